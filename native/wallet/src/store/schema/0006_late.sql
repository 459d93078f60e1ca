-- Addresses of a search that was not finished are looked at one by one from now on.

UPDATE address SET past = 'unchecked'
WHERE past = 'new' AND account IN (SELECT account FROM account WHERE discovery = 1);
