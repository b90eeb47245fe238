-- Repositories that began as a release of another one.

-- +goose Up
CREATE TABLE derivation (
    repository_id TEXT PRIMARY KEY REFERENCES repository (id),
    source_id     TEXT NOT NULL, -- of a repository that may be gone
    release       TEXT NOT NULL, -- BOOK@NUMBER
    commit_id     TEXT NOT NULL, -- of the source
    at            BIGINT NOT NULL
);
CREATE INDEX derivation_source ON derivation (source_id);

-- +goose Down
DROP TABLE derivation;
