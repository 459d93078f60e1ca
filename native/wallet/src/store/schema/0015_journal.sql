-- The key journal: payments that it contradicts the database about, and what it has to have of withdrawals.

ALTER TABLE payment ADD COLUMN
    held INTEGER NOT NULL DEFAULT 0;                    -- 1: the key journal has it, and a key of it was used for another payment: never submitted
-- What is never paid, for ever: the journal is compared with it when the wallet is opened.
CREATE INDEX withdrawal_ended ON withdrawal (id) WHERE cancel = 1 OR stage = 'refused';
