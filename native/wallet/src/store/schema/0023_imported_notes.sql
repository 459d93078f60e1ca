-- Notes that the user of another wallet wrote to its transactions. An import writes them; nothing changes them.

CREATE TABLE imported_note (
    id             INTEGER PRIMARY KEY NOT NULL, -- order of accounts and ids; key of pages
    account        INTEGER NOT NULL REFERENCES account (account), -- whose transaction it was
    transaction_id BLOB    NOT NULL,             -- which
    note           TEXT    NOT NULL,             -- what was written
    UNIQUE (account, transaction_id)
) STRICT;
