-- The hot wallet that looks after itself, claims that are made again, and withdrawals below the storage deposit.

ALTER TABLE withdrawal ADD COLUMN
    micro_expiration INTEGER;                           -- seconds that its recipient has to claim an amount below the storage deposit; none: such an amount is refused
ALTER TABLE payment ADD COLUMN
    retry INTEGER NOT NULL DEFAULT 0;                   -- 1: a claim that is made again for the rest of its inputs once it is dead
ALTER TABLE payment ADD COLUMN
    retries INTEGER REFERENCES payment (id);            -- the dead claim in whose place it was made; none: in no other's
-- Those that are open or dead and not made again yet.
CREATE INDEX payment_retry ON payment (id) WHERE retry = 1;
-- What a hot wallet may sweep from all accounts, by amount.
CREATE INDEX output_sweepable ON output (amount, account, milestone_index, milestone_time)
    WHERE class = 'plain' AND spent_index IS NULL AND locked_by IS NULL;
-- Accounts with many outputs, and no others.
CREATE INDEX account_crowded ON account (output_count) WHERE output_count > 16;
