-- How the attempts at a publication ended: what a stop of the server ended says
-- nothing about the book.

-- +goose Up
ALTER TABLE publication ADD COLUMN faults BIGINT NOT NULL DEFAULT 0; -- attempts that ended with an error
ALTER TABLE publication ADD COLUMN crashes BIGINT NOT NULL DEFAULT 0; -- attempts during which the server stopped
ALTER TABLE publication ADD COLUMN begun BOOLEAN NOT NULL DEFAULT FALSE; -- an attempt has begun and not ended
ALTER TABLE publication ADD COLUMN cancelled_by TEXT NOT NULL DEFAULT ''; -- who asked to give it up; empty: nobody

-- +goose Down
ALTER TABLE publication DROP COLUMN cancelled_by;
ALTER TABLE publication DROP COLUMN begun;
ALTER TABLE publication DROP COLUMN crashes;
ALTER TABLE publication DROP COLUMN faults;
