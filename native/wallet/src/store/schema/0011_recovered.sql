-- What a restored wallet found on the ledger of the time after its backup: transactions of its own keys that it had no record of.

CREATE TABLE recovered (
    id              INTEGER PRIMARY KEY NOT NULL, -- order of finding; key of pages
    transaction_id  BLOB    NOT NULL UNIQUE,      -- the transaction
    milestone_index INTEGER NOT NULL,             -- milestone that applied it
    milestone_time  INTEGER NOT NULL,             -- that milestone's time
    state           TEXT    NOT NULL,             -- marked, unmarked, dismissed, unverifiable; see RecoveredState
    payment         INTEGER REFERENCES payment (id) -- what its bytes say; none: nobody has them any more
) STRICT;

-- Keys of recovered payments that nobody has asked for again yet. A row goes when its key is bound.
CREATE TABLE recovered_key (
    marker   BLOB    PRIMARY KEY NOT NULL,        -- keyed hash of the key, see payments::marker
    payment  INTEGER NOT NULL REFERENCES payment (id), -- the payment that has it
    position INTEGER,                             -- output of the withdrawal; none: the whole payment, or any output of it when named
    named    INTEGER NOT NULL                     -- 1: a person said so, 0: the transaction carries it
) STRICT, WITHOUT ROWID;

-- What unmarked payments pay: a request for the same may be the one that they were made for.
CREATE TABLE recovered_output (
    address  BLOB    NOT NULL,                    -- who got it
    amount   INTEGER NOT NULL,                    -- base units, without a storage deposit that goes back
    payment  INTEGER NOT NULL REFERENCES payment (id), -- whose
    position INTEGER NOT NULL,                    -- which of its outputs
    PRIMARY KEY (address, amount, payment, position)
) STRICT, WITHOUT ROWID;
