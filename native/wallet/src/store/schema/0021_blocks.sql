-- By which block a payment was applied, where that is not the only one that could have carried it.

ALTER TABLE payment ADD COLUMN
    unsure INTEGER NOT NULL DEFAULT 0;                  -- 1: blocks that are not on record may carry it, as it was submitted more than once
ALTER TABLE payment ADD COLUMN
    included BLOB;                                      -- the block by which a milestone applied it, as a node has shown it
ALTER TABLE payment ADD COLUMN
    sought INTEGER NOT NULL DEFAULT 0;                  -- 1: it is confirmed, and nodes are to be asked for that block
CREATE INDEX payment_sought ON payment (id) WHERE sought = 1;

-- of what was submitted before it was not noted
UPDATE payment SET unsure = 1 WHERE state IN ('signed', 'submitted', 'rejected', 'cancelling');
UPDATE payment SET sought = 1
    WHERE state = 'confirmed' AND (SELECT count(*) FROM attachment WHERE attachment.payment = payment.id) > 1;
