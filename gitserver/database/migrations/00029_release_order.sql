-- The order in which readers got the releases of a repository, whatever the clock
-- said. Releases of one publication that appear together share a place.

-- +goose Up
ALTER TABLE release ADD COLUMN place BIGINT NOT NULL DEFAULT 0;
UPDATE release SET place = 1 + (SELECT count(*) FROM release AS earlier
    WHERE earlier.repository_id = release.repository_id AND (earlier.published_at < release.published_at
        OR earlier.published_at = release.published_at AND earlier.publication < release.publication));

-- +goose Down
ALTER TABLE release DROP COLUMN place;
