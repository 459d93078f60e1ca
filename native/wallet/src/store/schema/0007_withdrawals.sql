-- Withdrawals, each a recipient with a key of its own, paid in batches; and cancelling.

ALTER TABLE payment ADD COLUMN
    contests INTEGER REFERENCES payment (id);           -- the payment that it was made to stop; none: an ordinary one
DROP INDEX payment_open;
CREATE INDEX payment_open ON payment (id) WHERE state IN ('signed', 'submitted', 'rejected', 'cancelling');
CREATE INDEX payment_contests ON payment (contests) WHERE contests IS NOT NULL;

CREATE TABLE withdrawal (
    id              INTEGER PRIMARY KEY NOT NULL, -- order of request; key of pages
    idempotency_key TEXT    NOT NULL UNIQUE,      -- the caller's key; no payment has it either
    digest          BLOB    NOT NULL,             -- hash of the request's parameters, see payments::withdraw
    account         INTEGER NOT NULL REFERENCES account (account), -- who pays
    address         BLOB    NOT NULL,             -- who gets it
    amount          INTEGER NOT NULL CHECK (amount > 0), -- base units
    stage           TEXT    NOT NULL,             -- requested (waits for a transaction), assigned (is where its payment is), cancelled
    reason          TEXT,                         -- why it still waits
    payment         INTEGER REFERENCES payment (id), -- the transaction that pays it; there while assigned
    position        INTEGER,                      -- its output there
    cancel          INTEGER NOT NULL DEFAULT 0,   -- 1: it ends when its payment is contested with success, and is not requested again
    created_ms      INTEGER NOT NULL              -- when it was requested, by the wallet's clock
) STRICT;
CREATE INDEX withdrawal_requested ON withdrawal (account, id) WHERE stage = 'requested';
CREATE INDEX withdrawal_payment ON withdrawal (payment) WHERE payment IS NOT NULL;
CREATE INDEX withdrawal_account ON withdrawal (account, id);
