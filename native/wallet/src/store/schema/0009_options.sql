-- Claims of conditional outputs, and what payments say beyond payees and amounts.

ALTER TABLE payment ADD COLUMN
    note TEXT;                                          -- the caller's words; never on the ledger
ALTER TABLE payment_output ADD COLUMN
    deposit_return INTEGER;                             -- part of the amount that its owner has to give back; none: nothing
ALTER TABLE payment_output ADD COLUMN
    expiration INTEGER;                                 -- ledger time from which it belongs to the return address; none: never
CREATE INDEX output_held ON output (account, id) WHERE class = 'held' AND spent_index IS NULL;
