-- What the servers that share a bucket have to know of a blob beyond its bytes:
-- see Mark in gitserver/blobstore.

-- +goose Up
CREATE TABLE blob_mark (
    digest    TEXT PRIMARY KEY,
    kind      TEXT NOT NULL,   -- condemned, deleting, damaged
    marked_at BIGINT NOT NULL -- when it was set
);

-- +goose Down
DROP TABLE blob_mark;
