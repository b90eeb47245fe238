-- How the attempts at an export ended: what a stop of the server ended says nothing
-- about the release.

-- +goose Up
ALTER TABLE export ADD COLUMN faults BIGINT NOT NULL DEFAULT 0; -- attempts that ended with an error
ALTER TABLE export ADD COLUMN crashes BIGINT NOT NULL DEFAULT 0; -- attempts during which the server stopped
ALTER TABLE export ADD COLUMN begun BOOLEAN NOT NULL DEFAULT FALSE; -- an attempt has begun and not ended

-- +goose Down
ALTER TABLE export DROP COLUMN begun;
ALTER TABLE export DROP COLUMN crashes;
ALTER TABLE export DROP COLUMN faults;
