-- Repositories that follow another one elsewhere. The row is the truth: a pull is
-- due while wanted is more than done.

-- +goose Up
CREATE TABLE mirror (
    repository_id TEXT PRIMARY KEY REFERENCES repository (id),
    url           TEXT NOT NULL,
    refs          TEXT NOT NULL, -- patterns, with spaces between
    every         BIGINT NOT NULL, -- microseconds; 0: only when asked for
    credential    TEXT NOT NULL, -- NAME:TOKEN; empty: none
    created_at    BIGINT NOT NULL,
    wanted        BIGINT NOT NULL, -- how many pulls were asked for
    done          BIGINT NOT NULL, -- how many of these the last finished pull answered
    again         BOOLEAN NOT NULL, -- the next pull takes up what was refused
    hops          BIGINT NOT NULL, -- of who asked last
    due_at        BIGINT NOT NULL, -- when the clock asks; 0: never
    failures      BIGINT NOT NULL, -- in a row
    state         TEXT NOT NULL, -- of the last pull: new, current, updated, refused, failed
    report        TEXT NOT NULL,
    push_id       TEXT NOT NULL, -- the last push that a pull has made
    refused       TEXT NOT NULL, -- JSON: ids by ref that were refused
    begun_at      BIGINT NOT NULL,
    ended_at      BIGINT NOT NULL
);
CREATE INDEX mirror_due ON mirror (due_at);

-- +goose Down
DROP TABLE mirror;
