-- Git LFS: which objects a repository has, what is being uploaded, and locks.

-- +goose Up
CREATE TABLE lfs_object (
    repository_id TEXT NOT NULL REFERENCES repository (id),
    oid           TEXT NOT NULL, -- SHA-256 of the content, which is its blob's digest
    size          BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (repository_id, oid)
);

-- What an upload under way will take up of the repository's quota.
CREATE TABLE lfs_upload (
    id            TEXT PRIMARY KEY,
    repository_id TEXT NOT NULL REFERENCES repository (id),
    size          BIGINT NOT NULL,
    begun_at      BIGINT NOT NULL
);
CREATE INDEX lfs_upload_repository ON lfs_upload (repository_id);

CREATE TABLE lfs_lock (
    repository_id TEXT NOT NULL REFERENCES repository (id),
    path          TEXT NOT NULL,
    id            TEXT NOT NULL UNIQUE,
    account_id    TEXT NOT NULL REFERENCES account (id),
    locked_at     BIGINT NOT NULL,
    PRIMARY KEY (repository_id, path)
);

-- +goose Down
DROP TABLE lfs_lock;
DROP TABLE lfs_upload;
DROP TABLE lfs_object;
