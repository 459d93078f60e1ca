-- The release of issuing that is under way, if there is one: how far each account had issued when it began. What was
-- registered since is counted from there, so that a release that was interrupted goes on and does not begin anew. Empty
-- as long as none is under way.
CREATE TABLE release (
    account       INTEGER PRIMARY KEY REFERENCES account (account), -- whose
    public_from   INTEGER NOT NULL,                                 -- key index that the next public address had
    internal_from INTEGER NOT NULL,                                 -- the same of the change chain
    made          INTEGER NOT NULL CHECK (made IN (0, 1))           -- 1: the release made the account
) STRICT;
