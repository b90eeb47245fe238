-- What is asked of a publication beside its commit, releases whose time has not
-- come, and what was done to releases later.

-- +goose Up
ALTER TABLE publication ADD COLUMN numbers TEXT NOT NULL DEFAULT ''; -- "2.0", "BOOK@2.0", with spaces between
ALTER TABLE publication ADD COLUMN only_named BOOLEAN NOT NULL DEFAULT FALSE; -- no other books than those in numbers
ALTER TABLE publication ADD COLUMN publish_at BIGINT; -- NULL: at once
ALTER TABLE publication ADD COLUMN actor TEXT NOT NULL DEFAULT ''; -- empty: nobody with an account
CREATE INDEX publication_push ON publication (repository_id, push_id);

-- release.state may be "embargoed" too: until appears_at nobody knows of it.
ALTER TABLE release ADD COLUMN appears_at BIGINT;
ALTER TABLE release ADD COLUMN blocked_by TEXT NOT NULL DEFAULT ''; -- who demanded it, a URL
ALTER TABLE release ADD COLUMN changed_by TEXT NOT NULL DEFAULT ''; -- who withdrew, blocked or restored it last
ALTER TABLE release ADD COLUMN changed_at BIGINT;
CREATE INDEX release_appears ON release (state, appears_at);

CREATE TABLE release_change (
    repository_id TEXT NOT NULL REFERENCES repository (id),
    number        BIGINT NOT NULL, -- counts up in the repository
    book          TEXT NOT NULL,
    major         BIGINT NOT NULL,
    minor         BIGINT NOT NULL,
    change        TEXT NOT NULL, -- withdrawn, blocked, restored, moved, cancelled, appeared
    reason        TEXT NOT NULL,
    actor         TEXT NOT NULL,
    at            BIGINT NOT NULL,
    announced     BOOLEAN NOT NULL,
    PRIMARY KEY (repository_id, number)
);
CREATE INDEX release_change_announced ON release_change (announced, repository_id, number);

-- +goose Down
DROP TABLE release_change;
DROP INDEX release_appears;
ALTER TABLE release DROP COLUMN changed_at;
ALTER TABLE release DROP COLUMN changed_by;
ALTER TABLE release DROP COLUMN blocked_by;
ALTER TABLE release DROP COLUMN appears_at;
DROP INDEX publication_push;
ALTER TABLE publication DROP COLUMN actor;
ALTER TABLE publication DROP COLUMN publish_at;
ALTER TABLE publication DROP COLUMN only_named;
ALTER TABLE publication DROP COLUMN numbers;
