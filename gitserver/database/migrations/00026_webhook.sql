-- Webhooks that choose their events, rotate their secrets and can be paused;
-- deliveries in order, with a log of every attempt; triggers with two secrets;
-- and how many programs have told each other of something.

-- +goose Up
ALTER TABLE publication ADD COLUMN hops BIGINT NOT NULL DEFAULT 0;

ALTER TABLE webhook ADD COLUMN events TEXT NOT NULL DEFAULT 'release.*'; -- patterns, with commas
ALTER TABLE webhook ADD COLUMN signature TEXT NOT NULL DEFAULT 'standard'; -- standard, github, both
ALTER TABLE webhook ADD COLUMN old_secret TEXT NOT NULL DEFAULT '';
ALTER TABLE webhook ADD COLUMN old_secret_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE webhook ADD COLUMN creator TEXT NOT NULL DEFAULT ''; -- account id; empty: who has the data folder
ALTER TABLE webhook ADD COLUMN state TEXT NOT NULL DEFAULT 'active'; -- active, paused, suspended
ALTER TABLE webhook ADD COLUMN reason TEXT NOT NULL DEFAULT ''; -- of a suspension

-- The deliveries of one webhook about one repository are made in the order of
-- their places.
ALTER TABLE delivery ADD COLUMN repository_id TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN place BIGINT NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN hops BIGINT NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN begun_at BIGINT NOT NULL DEFAULT 0; -- when it was announced, or asked for again
ALTER TABLE delivery ADD COLUMN next_at BIGINT NOT NULL DEFAULT 0; -- when the next attempt is due
UPDATE delivery SET begun_at = created_at, place = created_at;
CREATE INDEX delivery_queue ON delivery (webhook_id, repository_id, place);
CREATE INDEX delivery_age ON delivery (created_at);

CREATE TABLE delivery_attempt (
    delivery_id     TEXT NOT NULL REFERENCES delivery (id),
    number          BIGINT NOT NULL, -- counts up, over redeliveries
    at              BIGINT NOT NULL,
    took            BIGINT NOT NULL, -- microseconds
    url             TEXT NOT NULL,
    request_header  TEXT NOT NULL, -- as on the wire
    status          BIGINT NOT NULL, -- 0: there was no answer
    answer          TEXT NOT NULL, -- status line, or why there was none
    answer_header   TEXT NOT NULL,
    answer_body     TEXT NOT NULL, -- the beginning of it
    PRIMARY KEY (delivery_id, number)
);

ALTER TABLE trigger_ ADD COLUMN old_secret TEXT NOT NULL DEFAULT '';
ALTER TABLE trigger_ ADD COLUMN old_secret_until BIGINT NOT NULL DEFAULT 0;
CREATE INDEX trigger_delivery_age ON trigger_delivery (at);

-- +goose Down
DROP INDEX trigger_delivery_age;
ALTER TABLE trigger_ DROP COLUMN old_secret_until;
ALTER TABLE trigger_ DROP COLUMN old_secret;
DROP TABLE delivery_attempt;
DROP INDEX delivery_age;
DROP INDEX delivery_queue;
ALTER TABLE delivery DROP COLUMN next_at;
ALTER TABLE delivery DROP COLUMN begun_at;
ALTER TABLE delivery DROP COLUMN hops;
ALTER TABLE delivery DROP COLUMN place;
ALTER TABLE delivery DROP COLUMN repository_id;
ALTER TABLE webhook DROP COLUMN reason;
ALTER TABLE webhook DROP COLUMN state;
ALTER TABLE webhook DROP COLUMN creator;
ALTER TABLE webhook DROP COLUMN old_secret_until;
ALTER TABLE webhook DROP COLUMN old_secret;
ALTER TABLE webhook DROP COLUMN signature;
ALTER TABLE webhook DROP COLUMN events;
ALTER TABLE publication DROP COLUMN hops;
