-- Payments: what was signed, what it spends and creates, and the blocks that carried it.

CREATE TABLE payment (
    id              INTEGER PRIMARY KEY NOT NULL, -- order of signing; key of pages; what output.locked_by names
    transaction_id  BLOB    NOT NULL UNIQUE,      -- the transaction
    account         INTEGER NOT NULL REFERENCES account (account), -- who pays
    idempotency_key TEXT    UNIQUE,               -- the caller's key, if any; never used for another payment
    digest          BLOB    NOT NULL,             -- hash of the request's parameters, see payments::request
    state           TEXT    NOT NULL,             -- signed, submitted, rejected (all open), confirmed, dead
    reason          TEXT,                         -- why rejected or dead
    payload         BLOB    NOT NULL,             -- the signed bytes; only these are ever submitted
    tag             BLOB,                         -- tag of its tagged data payload; none: it carries none
    data            BLOB,                         -- data of its tagged data payload; there with the tag
    remainder       INTEGER NOT NULL CHECK (remainder >= 0), -- what comes back; counted in account.incoming while open
    created_ms      INTEGER NOT NULL,             -- when it was signed, by the wallet's clock
    milestone_index INTEGER,                      -- milestone that confirmed it or spent an input otherwise
    milestone_time  INTEGER                       -- that milestone's time
) STRICT;
CREATE INDEX payment_account ON payment (account, id);
CREATE INDEX payment_open ON payment (id) WHERE state IN ('signed', 'submitted', 'rejected');

CREATE TABLE payment_input (
    payment   INTEGER NOT NULL REFERENCES payment (id), -- whose
    position  INTEGER NOT NULL,                         -- place in the order of selection
    output_id BLOB    NOT NULL,                         -- the output that it spends
    address   BLOB    NOT NULL,                         -- the address that unlocks it
    amount    INTEGER NOT NULL,                         -- its base units
    PRIMARY KEY (payment, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_input_output ON payment_input (output_id);

CREATE TABLE payment_output (
    payment   INTEGER NOT NULL REFERENCES payment (id), -- whose
    position  INTEGER NOT NULL,                         -- index in the transaction
    output_id BLOB    NOT NULL UNIQUE,                  -- the output that it creates
    address   BLOB    NOT NULL,                         -- who gets it
    amount    INTEGER NOT NULL,                         -- base units
    role      TEXT    NOT NULL,                         -- payee, remainder
    ours      INTEGER,                                  -- the account it goes to, when the address was ours at signing
    PRIMARY KEY (payment, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE attachment (
    payment     INTEGER NOT NULL REFERENCES payment (id), -- whose
    number      INTEGER NOT NULL,                         -- from 1
    block_id    BLOB    NOT NULL,                         -- the block that a node took
    attached_ms INTEGER NOT NULL,                         -- when, by the wallet's clock
    PRIMARY KEY (payment, number)
) STRICT, WITHOUT ROWID;
