-- The audit log: every decision of the wallet, written in the transaction that makes it, each record bound to all before it by
-- its hash. It only grows: a slip in our own code that changes what is written is an error, not a change.

CREATE TABLE audit (
    sequence        INTEGER PRIMARY KEY NOT NULL, -- from 1, without holes
    time_ms         INTEGER NOT NULL,             -- when it was written, by the machine's clock
    kind            TEXT    NOT NULL,             -- what was decided, see audit::AuditKind
    account         INTEGER,                      -- whom it concerns; none: the wallet as a whole
    idempotency_key TEXT,                         -- the caller's key of the payment or withdrawal that it is about
    transaction_id  BLOB,                         -- the transaction that it is about
    details         TEXT    NOT NULL,             -- all else; JSON, hashed as it is written here
    hash            BLOB    NOT NULL              -- over the hash of the record before and all the columns above, see audit::chain
) STRICT;
CREATE INDEX audit_account ON audit (account) WHERE account IS NOT NULL;
CREATE INDEX audit_key ON audit (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX audit_transaction ON audit (transaction_id) WHERE transaction_id IS NOT NULL;

-- Where the log ends: what the next record is bound to, and what shows that none at the end is missing.
CREATE TABLE audit_head (
    one      INTEGER PRIMARY KEY NOT NULL CHECK (one = 1), -- there is one log
    sequence INTEGER NOT NULL,                             -- of the newest record; 0: there is none yet
    hash     BLOB    NOT NULL                              -- of the newest record; zeros before the first
) STRICT;
INSERT INTO audit_head (one, sequence, hash) VALUES (1, 0, zeroblob(32));

-- None of them is looked at when a record is appended. INSERT OR REPLACE is refused as a removal, because connections have
-- recursive_triggers on.
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
    BEGIN SELECT raise(ABORT, 'a record of the audit log is never changed'); END;
CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit
    BEGIN SELECT raise(ABORT, 'a record of the audit log is never removed'); END;
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head
    BEGIN SELECT raise(ABORT, 'the audit log has an end'); END;
CREATE TRIGGER audit_has_one_head BEFORE INSERT ON audit_head
    BEGIN SELECT raise(ABORT, 'the audit log has one end'); END;
