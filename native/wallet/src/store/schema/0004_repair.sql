-- Gaps and their repair, addresses that are watched late, incidents.

-- An incident may concern no account.
CREATE TABLE event_new (
    sequence        INTEGER PRIMARY KEY NOT NULL, -- position in the log, from 1, without holes
    milestone_index INTEGER NOT NULL,             -- cursor when it became true; 0 before the first contact
    milestone_time  INTEGER NOT NULL,             -- that milestone's time
    kind            TEXT    NOT NULL,             -- see events::LedgerEvent::kind
    account         INTEGER,                      -- whom it concerns; none: nobody in particular
    payload         TEXT    NOT NULL              -- the event; JSON, versioned by its field `v`
) STRICT;
INSERT INTO event_new SELECT sequence, milestone_index, milestone_time, kind, account, payload FROM event;
DROP TABLE event;
ALTER TABLE event_new RENAME TO event;

-- Milestones that this wallet never saw, because no node had them any more.
CREATE TABLE gap (
    from_index  INTEGER PRIMARY KEY NOT NULL, -- the first one missed
    to_index    INTEGER NOT NULL,             -- the last one missed: the height at which the repair booked
    repaired_ms INTEGER NOT NULL              -- when, by the wallet's clock
) STRICT;

-- Findings that were told; each is told once.
CREATE TABLE incident (
    id        TEXT PRIMARY KEY NOT NULL, -- the incident's id
    raised_ms INTEGER NOT NULL           -- when, by the wallet's clock
) STRICT, WITHOUT ROWID;

-- What is known of an address's time before `watched_from`. Unchecked ones are the queue of late addresses.
ALTER TABLE address ADD COLUMN
    past TEXT NOT NULL DEFAULT 'new';              -- new (issued here first, nothing was asked), unchecked, checked (what it held is booked)
CREATE INDEX address_unchecked ON address (account, internal, key_index) WHERE past = 'unchecked';

-- Reconciliation compares address by address.
CREATE INDEX output_address ON output (account, internal, key_index, output_id)
    WHERE spent_index IS NULL AND lost_index IS NULL;
