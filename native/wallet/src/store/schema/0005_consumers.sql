-- Consumers with filters and with positions in a named log, and pruning of the log.

-- As before, but for an event without account, and with the origin beside the kind.
ALTER TABLE event RENAME TO event_before;
CREATE TABLE event (
    sequence        INTEGER PRIMARY KEY NOT NULL, -- position in the log, from 1, without holes
    milestone_index INTEGER NOT NULL,             -- cursor when it became true, never less than an earlier event's; 0 before the first contact
    milestone_time  INTEGER NOT NULL,             -- that milestone's time
    kind            TEXT    NOT NULL,             -- newOutput, spentOutput, deposit, … see events::LedgerEvent
    account         INTEGER,                      -- whom it concerns; none: the wallet as a whole
    origin          TEXT,                         -- where its coins came from; none: its kind tells no origin
    payload         TEXT    NOT NULL              -- the event; JSON, versioned by its field `v`
) STRICT;
INSERT INTO event (sequence, milestone_index, milestone_time, kind, account, origin, payload)
    SELECT sequence, milestone_index, milestone_time, kind, account,
           coalesce(payload ->> '$.event.NewOutput.origin', payload ->> '$.event.OutputLapsed.origin',
                    payload ->> '$.event.Deposit.origin'),
           payload
    FROM event_before;
DROP TABLE event_before;
-- What a filter looks at, without the payloads. It grows at its end only, so it costs an append.
CREATE INDEX event_filter ON event (sequence, kind, account, origin);

ALTER TABLE consumer RENAME TO consumer_before;
CREATE TABLE consumer (
    name            TEXT PRIMARY KEY NOT NULL, -- the reader
    log_id          BLOB    NOT NULL,          -- the log that its position belongs to
    acknowledged    INTEGER NOT NULL,          -- it is done with everything up to and with this sequence
    milestone_index INTEGER NOT NULL,          -- milestone of the event there; 0: none
    filter          TEXT,                      -- which events it gets, JSON, see store::EventFilter; none: all
    created_ms      INTEGER NOT NULL           -- when it was opened first, by the wallet's clock
) STRICT, WITHOUT ROWID;
INSERT INTO consumer (name, log_id, acknowledged, milestone_index, filter, created_ms)
    SELECT name, (SELECT value FROM meta WHERE key = 'log_id'), acknowledged,
           coalesce((SELECT milestone_index FROM event WHERE sequence = acknowledged), 0), NULL, created_ms
    FROM consumer_before;
DROP TABLE consumer_before;

-- What was pruned from the beginning of the log.
CREATE TABLE pruned (
    one             INTEGER PRIMARY KEY NOT NULL CHECK (one = 1), -- there is one log
    sequence        INTEGER NOT NULL, -- everything up to and with this sequence is gone; 0: nothing
    milestone_index INTEGER NOT NULL  -- milestone of the last event that is gone; 0: none
) STRICT;
INSERT INTO pruned (one, sequence, milestone_index) VALUES (1, 0, 0);
