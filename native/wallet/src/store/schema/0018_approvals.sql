-- Who has to approve stays with the withdrawal, and what is lent leaves the wallet too.

ALTER TABLE withdrawal ADD COLUMN
    persons INTEGER NOT NULL DEFAULT 0;                 -- so many persons have to approve it, by the strictest rules that it met
ALTER TABLE withdrawal ADD COLUMN
    lent INTEGER NOT NULL DEFAULT 0;                    -- the storage deposit on top of its amount that comes back, as it was when it was requested
-- The accounts of those that wait for people.
CREATE INDEX withdrawal_review_account ON withdrawal (account) WHERE stage = 'awaitingReview';
CREATE INDEX withdrawal_approval_account ON withdrawal (account) WHERE stage = 'awaitingApproval';
-- What an account paid last.
CREATE INDEX withdrawal_paid ON withdrawal (account, id) WHERE payment IS NOT NULL;
UPDATE withdrawal SET persons = 2 WHERE stage = 'awaitingApproval';

-- A storage deposit that comes back is away until then, and counts.
UPDATE outgoing
SET amount = (SELECT sum(o.amount) FROM payment_output o
              WHERE o.payment = outgoing.payment AND o.role IN ('payee', 'remainder') AND o.ours IS NULL)
WHERE withdrawal IS NULL
    AND payment IN (SELECT payment FROM payment_output WHERE deposit_return IS NOT NULL AND role = 'payee' AND ours IS NULL);
UPDATE outgoing
SET amount = (SELECT o.amount FROM withdrawal w JOIN payment_output o ON o.payment = w.payment AND o.position = w.position
              WHERE w.id = outgoing.withdrawal)
WHERE withdrawal IN (SELECT w.id FROM withdrawal w
                     JOIN payment_output o ON o.payment = w.payment AND o.position = w.position
                     WHERE o.deposit_return IS NOT NULL);
DELETE FROM outgoing_minute;
INSERT INTO outgoing_minute (minute, millions, units, recipients) VALUES (-1, 0, 0, 0);
INSERT INTO outgoing_minute (minute, millions, units, recipients)
SELECT coalesce(signed_ms / 60000, -1), sum(amount / 1000000), sum(amount % 1000000), sum(recipients)
FROM outgoing WHERE true GROUP BY 1
ON CONFLICT (minute) DO UPDATE SET
    millions = excluded.millions, units = excluded.units, recipients = excluded.recipients;

DROP TRIGGER outgoing_requested;
CREATE TRIGGER outgoing_requested AFTER INSERT ON withdrawal
WHEN NEW.stage <> 'refused' AND NOT EXISTS (SELECT 1 FROM address WHERE raw = NEW.address)
BEGIN
    INSERT INTO outgoing (withdrawal, payment, signed_ms, recipients, amount)
    VALUES (NEW.id, NULL, NULL, 1, NEW.amount + NEW.lent);
END;
-- What is signed is known: the network's storage deposit may have changed since the request.
DROP TRIGGER outgoing_assigned;
CREATE TRIGGER outgoing_assigned AFTER UPDATE OF payment ON withdrawal WHEN NEW.payment IS NOT OLD.payment
BEGIN
    UPDATE outgoing
    SET payment = NEW.payment, signed_ms = (SELECT created_ms FROM payment WHERE id = NEW.payment),
        amount = coalesce(
            (SELECT amount FROM payment_output WHERE payment = NEW.payment AND position = NEW.position),
            NEW.amount + NEW.lent)
    WHERE withdrawal = NEW.id;
END;
DROP TRIGGER outgoing_moved;
CREATE TRIGGER outgoing_moved AFTER UPDATE OF signed_ms, amount ON outgoing
WHEN NEW.signed_ms IS NOT OLD.signed_ms OR NEW.amount <> OLD.amount
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
