-- Outputs whose conditions end at a ledger time.

ALTER TABLE output ADD COLUMN
    next_change_time INTEGER;                      -- ledger time at which a condition ends next; none: nothing will change
ALTER TABLE output ADD COLUMN
    lost_index       INTEGER;                      -- milestone since which it is somebody else's, by its expiration; none: it is not
-- What a milestone has to look at: outputs whose time has come, and no others.
CREATE INDEX output_due ON output (next_change_time) WHERE next_change_time IS NOT NULL AND spent_index IS NULL;
DROP INDEX output_unspent;
CREATE INDEX output_unspent ON output (account, id, output_id) WHERE spent_index IS NULL AND lost_index IS NULL;
-- Times that have passed already count at the next milestone.
UPDATE output
SET next_change_time = min(
    coalesce(details ->> '$.timelock', details ->> '$.expiration[1]'),
    coalesce(details ->> '$.expiration[1]', details ->> '$.timelock'))
WHERE spent_index IS NULL AND details IS NOT NULL;
