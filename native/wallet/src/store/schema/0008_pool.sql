-- Addresses in advance: derived, not issued, watched by nobody. Those of a chain follow each other, and begin at its next
-- key index or before it; what lies before it was issued without the pool and is removed when the pool is filled.
CREATE TABLE pool (
    account   INTEGER NOT NULL REFERENCES account (account), -- whose
    internal  INTEGER NOT NULL CHECK (internal IN (0, 1)),   -- 1: of the change chain
    key_index INTEGER NOT NULL,                              -- index on its chain
    raw       BLOB    NOT NULL,                              -- the address as on the ledger
    PRIMARY KEY (account, internal, key_index)
) STRICT, WITHOUT ROWID;
