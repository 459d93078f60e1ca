-- The wallet's view of the ledger: accounts, addresses, outputs, the event log and its readers.
-- Every column says what it holds. Ids and addresses are bytes as on the ledger; amounts are base
-- units, at most the token supply, which is below 2^63; times are seconds (…_time) or milliseconds
-- (…_ms) since 1970.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY NOT NULL, -- what: log_id, coin_type, secret_manager, seed_address, seed_origin, network, foreign_signer
    value BLOB NOT NULL              -- its value; each key has one encoding, see store::meta
) STRICT, WITHOUT ROWID;

CREATE TABLE cursor (
    one             INTEGER PRIMARY KEY NOT NULL CHECK (one = 1), -- there is one cursor
    milestone_index INTEGER NOT NULL, -- everything up to and with this milestone is applied
    milestone_id    BLOB    NOT NULL, -- its id, to which the next milestone must link
    milestone_time  INTEGER NOT NULL, -- its ledger time
    since_index     INTEGER NOT NULL  -- the milestone after which watching began
) STRICT;

-- What all accounts hold together; the same counters as in `account`, written with them.
CREATE TABLE total (
    one              INTEGER PRIMARY KEY NOT NULL CHECK (one = 1), -- there is one total
    plain            INTEGER NOT NULL DEFAULT 0 CHECK (plain >= 0),            -- amount in unspent plain outputs
    held             INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),             -- amount in unspent outputs under conditions
    assets           INTEGER NOT NULL DEFAULT 0 CHECK (assets >= 0),           -- amount in unspent outputs with assets
    locked           INTEGER NOT NULL DEFAULT 0 CHECK (locked >= 0),           -- amount of the plain ones that open payments reserve
    incoming         INTEGER NOT NULL DEFAULT 0 CHECK (incoming >= 0),         -- own remainders in signed, unconfirmed payments
    required_deposit INTEGER NOT NULL DEFAULT 0 CHECK (required_deposit >= 0), -- least amount that the unspent outputs must hold (TIP-19)
    output_count     INTEGER NOT NULL DEFAULT 0 CHECK (output_count >= 0)      -- number of unspent outputs
) STRICT;
INSERT INTO total (one) VALUES (1);

CREATE TABLE account (
    account          INTEGER PRIMARY KEY NOT NULL, -- index of the account: the account step of its keys' paths
    alias            TEXT    NOT NULL UNIQUE,      -- its name
    public_next      INTEGER NOT NULL DEFAULT 0,   -- key index that the next public address gets
    internal_next    INTEGER NOT NULL DEFAULT 0,   -- key index that the next internal address gets
    discovery        INTEGER NOT NULL DEFAULT 0,   -- 1: what the seed's addresses hold was not looked for yet; nothing is issued before
    created_ms       INTEGER NOT NULL,             -- when it was created, by the wallet's clock
    plain            INTEGER NOT NULL DEFAULT 0 CHECK (plain >= 0),            -- amount in unspent plain outputs
    held             INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),             -- amount in unspent outputs under conditions
    assets           INTEGER NOT NULL DEFAULT 0 CHECK (assets >= 0),           -- amount in unspent outputs with assets
    locked           INTEGER NOT NULL DEFAULT 0 CHECK (locked >= 0),           -- amount of the plain ones that open payments reserve
    incoming         INTEGER NOT NULL DEFAULT 0 CHECK (incoming >= 0),         -- own remainders in signed, unconfirmed payments
    required_deposit INTEGER NOT NULL DEFAULT 0 CHECK (required_deposit >= 0), -- least amount that the unspent outputs must hold (TIP-19)
    output_count     INTEGER NOT NULL DEFAULT 0 CHECK (output_count >= 0)      -- number of unspent outputs
) STRICT;
CREATE INDEX account_undiscovered ON account (account) WHERE discovery = 1;

CREATE TABLE address (
    account      INTEGER NOT NULL REFERENCES account (account), -- whose
    internal     INTEGER NOT NULL CHECK (internal IN (0, 1)),   -- 1: of the change chain
    key_index    INTEGER NOT NULL,                              -- index on its chain
    raw          BLOB    NOT NULL,                              -- the address as on the ledger
    label        TEXT,                                          -- the user's note
    used         INTEGER NOT NULL DEFAULT 0,                    -- 1: an output of ours was booked on it
    balance      INTEGER NOT NULL DEFAULT 0 CHECK (balance >= 0), -- amount in its unspent outputs that are ours now
    watched_from INTEGER,                                       -- milestone after which its diffs are seen; none: before the first contact
    PRIMARY KEY (account, internal, key_index)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX address_raw ON address (raw);

CREATE TABLE output (
    id               INTEGER PRIMARY KEY NOT NULL, -- order of booking; key of pages
    output_id        BLOB    NOT NULL UNIQUE,      -- the output
    transaction_id   BLOB    NOT NULL,             -- the transaction that created it
    account          INTEGER NOT NULL,             -- whose
    internal         INTEGER NOT NULL,             -- chain of the address it is booked on
    key_index        INTEGER NOT NULL,             -- index of that address
    kind             TEXT    NOT NULL,             -- basic, alias, foundry, nft
    class            TEXT    NOT NULL,             -- plain, held, asset, foreign (names our address, and someone else owns it)
    origin           TEXT    NOT NULL,             -- where it came from, see events::Origin
    amount           INTEGER NOT NULL CHECK (amount >= 0), -- base units
    minimum_deposit  INTEGER NOT NULL,             -- least amount it must hold (TIP-19)
    details          TEXT,                         -- conditions, assets, tag, metadata, sender; JSON; none for a bare plain output
    raw              BLOB    NOT NULL,             -- the output's bytes as on the wire
    milestone_index  INTEGER NOT NULL,             -- milestone that created it; for a discovered one the cursor at that time
    milestone_time   INTEGER NOT NULL,             -- that milestone's time
    spent_index      INTEGER,                      -- milestone that spent it; none: unspent
    spent_by         BLOB,                         -- transaction that spent it, if known
    locked_by        INTEGER,                      -- payment that reserves it; none: free
    FOREIGN KEY (account, internal, key_index) REFERENCES address (account, internal, key_index)
) STRICT;
CREATE INDEX output_account ON output (account, id);
CREATE INDEX output_unspent ON output (account, id, output_id) WHERE spent_index IS NULL;
-- Selection of inputs: only plain outputs that no milestone spent and no payment reserves.
CREATE INDEX output_spendable ON output (account, amount, id)
    WHERE class = 'plain' AND spent_index IS NULL AND locked_by IS NULL;

CREATE TABLE event (
    sequence        INTEGER PRIMARY KEY NOT NULL, -- position in the log, from 1, without holes
    milestone_index INTEGER NOT NULL,             -- cursor when it became true; 0 before the first contact
    milestone_time  INTEGER NOT NULL,             -- that milestone's time
    kind            TEXT    NOT NULL,             -- newOutput, spentOutput, deposit, transactionInclusion
    account         INTEGER NOT NULL,             -- whom it concerns
    payload         TEXT    NOT NULL              -- the event; JSON, versioned by its field `v`
) STRICT;

CREATE TABLE consumer (
    name         TEXT PRIMARY KEY NOT NULL, -- the reader
    acknowledged INTEGER NOT NULL,          -- it is done with everything up to and with this sequence
    created_ms   INTEGER NOT NULL           -- when it was opened first, by the wallet's clock
) STRICT, WITHOUT ROWID;
