-- Rules before signing: what waits for people, and what leaves the wallet in a time.

ALTER TABLE withdrawal ADD COLUMN
    approvals TEXT;                                     -- who approved it and when: JSON [[name, ms], …]; none: nobody did
CREATE INDEX withdrawal_review ON withdrawal (id) WHERE stage = 'awaitingReview';
CREATE INDEX withdrawal_approval ON withdrawal (id) WHERE stage = 'awaitingApproval';

-- What leaves the wallet and counts for limits: withdrawals and payments to addresses that were not ours, unless they are
-- over without having been paid. Kept by the triggers below, so that nothing that ends a payment can forget it.
CREATE TABLE outgoing (
    id         INTEGER PRIMARY KEY NOT NULL,            -- nothing else
    withdrawal INTEGER UNIQUE REFERENCES withdrawal (id), -- the withdrawal; none: a payment of its own
    payment    INTEGER REFERENCES payment (id),         -- the payment; none: the withdrawal waits
    signed_ms  INTEGER,                                 -- when the payment was signed, by the wallet's clock; none: it waits
    recipients INTEGER NOT NULL,                        -- how many get it
    amount     INTEGER NOT NULL                         -- base units
) STRICT;
CREATE INDEX outgoing_signed ON outgoing (signed_ms, amount, recipients) WHERE signed_ms IS NOT NULL;
CREATE INDEX outgoing_payment ON outgoing (payment) WHERE payment IS NOT NULL;

-- Its sums, so that a look at a long time does not read every payment of it. An amount is in two parts, which no number of
-- payments brings beyond 2^63.
CREATE TABLE outgoing_minute (
    minute     INTEGER PRIMARY KEY NOT NULL, -- of signed_ms, in minutes since 1970; -1: what waits
    millions   INTEGER NOT NULL,             -- sum of amount / 1000000
    units      INTEGER NOT NULL,             -- sum of amount % 1000000
    recipients INTEGER NOT NULL              -- sum of recipients
) STRICT;
INSERT INTO outgoing_minute (minute, millions, units, recipients) VALUES (-1, 0, 0, 0);

CREATE TRIGGER outgoing_came AFTER INSERT ON outgoing
BEGIN
    INSERT INTO outgoing_minute (minute, millions, units, recipients)
    VALUES (coalesce(NEW.signed_ms / 60000, -1), NEW.amount / 1000000, NEW.amount % 1000000, NEW.recipients)
    ON CONFLICT (minute) DO UPDATE SET
        millions = millions + excluded.millions, units = units + excluded.units,
        recipients = recipients + excluded.recipients;
END;
CREATE TRIGGER outgoing_went AFTER DELETE ON outgoing
BEGIN
    UPDATE outgoing_minute
    SET millions = millions - OLD.amount / 1000000, units = units - OLD.amount % 1000000,
        recipients = recipients - OLD.recipients
    WHERE minute = coalesce(OLD.signed_ms / 60000, -1);
END;
CREATE TRIGGER outgoing_moved AFTER UPDATE OF signed_ms ON outgoing WHEN NEW.signed_ms IS NOT OLD.signed_ms
BEGIN
    UPDATE outgoing_minute
    SET millions = millions - OLD.amount / 1000000, units = units - OLD.amount % 1000000,
        recipients = recipients - OLD.recipients
    WHERE minute = coalesce(OLD.signed_ms / 60000, -1);
    INSERT INTO outgoing_minute (minute, millions, units, recipients)
    VALUES (coalesce(NEW.signed_ms / 60000, -1), NEW.amount / 1000000, NEW.amount % 1000000, NEW.recipients)
    ON CONFLICT (minute) DO UPDATE SET
        millions = millions + excluded.millions, units = units + excluded.units,
        recipients = recipients + excluded.recipients;
END;

-- What is there already.
INSERT INTO outgoing (withdrawal, payment, signed_ms, recipients, amount)
SELECT w.id, p.id, p.created_ms, 1, w.amount
FROM withdrawal w LEFT JOIN payment p ON p.id = w.payment
WHERE w.stage IN ('requested', 'assigned') AND coalesce(p.state, 'open') NOT IN ('dead', 'cancelled')
    AND NOT EXISTS (SELECT 1 FROM address a WHERE a.raw = w.address);
INSERT INTO outgoing (withdrawal, payment, signed_ms, recipients, amount)
SELECT NULL, p.id, p.created_ms, count(*), sum(o.amount - coalesce(o.deposit_return, 0))
FROM payment p JOIN payment_output o ON o.payment = p.id
WHERE p.state NOT IN ('dead', 'cancelled') AND o.role IN ('payee', 'remainder') AND o.ours IS NULL
    AND NOT EXISTS (SELECT 1 FROM withdrawal w WHERE w.payment = p.id)
GROUP BY p.id;

-- A withdrawal counts from its request on, and waits until it is signed. Payments of their own are added when they are stored.
CREATE TRIGGER outgoing_requested AFTER INSERT ON withdrawal
WHEN NEW.stage <> 'refused' AND NOT EXISTS (SELECT 1 FROM address WHERE raw = NEW.address)
BEGIN
    INSERT INTO outgoing (withdrawal, payment, signed_ms, recipients, amount) VALUES (NEW.id, NULL, NULL, 1, NEW.amount);
END;
CREATE TRIGGER outgoing_assigned AFTER UPDATE OF payment ON withdrawal WHEN NEW.payment IS NOT OLD.payment
BEGIN
    UPDATE outgoing
    SET payment = NEW.payment, signed_ms = (SELECT created_ms FROM payment WHERE id = NEW.payment)
    WHERE withdrawal = NEW.id;
END;
CREATE TRIGGER outgoing_withdrawal_over AFTER UPDATE OF stage ON withdrawal WHEN NEW.stage IN ('cancelled', 'refused')
BEGIN
    DELETE FROM outgoing WHERE withdrawal = NEW.id;
END;
-- The withdrawals of a cancelled payment wait again, or are cancelled themselves.
CREATE TRIGGER outgoing_payment_over AFTER UPDATE OF state ON payment WHEN NEW.state IN ('dead', 'cancelled')
BEGIN
    DELETE FROM outgoing WHERE payment = NEW.id AND (withdrawal IS NULL OR NEW.state = 'dead');
END;
