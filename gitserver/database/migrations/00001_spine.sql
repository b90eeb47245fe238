-- One schema for SQLite and PostgreSQL: portable types only.
-- Times are microseconds since 1970-01-01 UTC; ref names are bytes.

-- +goose Up
CREATE TABLE repository (
    id         TEXT PRIMARY KEY,
    owner      TEXT NOT NULL,
    name       TEXT NOT NULL,
    head       BYTEA NOT NULL,
    private    BOOLEAN NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (owner, name)
);

CREATE TABLE ref (
    repository_id TEXT NOT NULL REFERENCES repository (id),
    name          BYTEA NOT NULL,
    target        TEXT NOT NULL,
    peeled        TEXT NOT NULL, -- empty unless target is an annotated tag
    PRIMARY KEY (repository_id, name)
);

CREATE TABLE pack (
    repository_id TEXT NOT NULL REFERENCES repository (id),
    name          TEXT NOT NULL, -- git's name: pack-NAME.pack, pack-NAME.idx
    digest        TEXT NOT NULL,
    index_digest  TEXT NOT NULL,
    size          BIGINT NOT NULL,
    objects       BIGINT NOT NULL,
    level         BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    retired_at    BIGINT,
    PRIMARY KEY (repository_id, name)
);

CREATE TABLE push (
    repository_id TEXT NOT NULL REFERENCES repository (id),
    id            TEXT NOT NULL,
    version       BIGINT NOT NULL, -- of the repository after the push
    actor         TEXT NOT NULL,
    transport     TEXT NOT NULL,
    at            BIGINT NOT NULL,
    updates       TEXT NOT NULL, -- JSON
    options       TEXT NOT NULL, -- JSON
    accepted      BOOLEAN NOT NULL,
    verdict       TEXT NOT NULL,
    PRIMARY KEY (repository_id, id)
);
CREATE INDEX push_at ON push (repository_id, at);

CREATE TABLE account (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    admin      BOOLEAN NOT NULL,
    disabled   BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE ssh_key (
    fingerprint TEXT PRIMARY KEY, -- SHA256:...
    account_id  TEXT NOT NULL REFERENCES account (id),
    public_key  TEXT NOT NULL, -- authorized_keys line
    created_at  BIGINT NOT NULL
);

CREATE TABLE token (
    id         TEXT PRIMARY KEY, -- public part of the token
    account_id TEXT NOT NULL REFERENCES account (id),
    digest     TEXT NOT NULL, -- SHA-256 of the whole token
    scope      TEXT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    created_at BIGINT NOT NULL
);

CREATE TABLE grant_ (
    repository_id TEXT NOT NULL REFERENCES repository (id),
    account_id    TEXT NOT NULL REFERENCES account (id),
    role          TEXT NOT NULL,
    PRIMARY KEY (repository_id, account_id)
);

-- What every machine that serves this database must have in common, such as
-- the SSH host key.
CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- A publication is a commit that is to become releases or drafts. Numbers count
-- up per repository and are published in that order.
CREATE TABLE publication (
    repository_id TEXT NOT NULL REFERENCES repository (id),
    number        BIGINT NOT NULL,
    ref           BYTEA NOT NULL,
    commit_id     TEXT NOT NULL, -- empty when a draft's branch was deleted
    kind          TEXT NOT NULL, -- release, draft
    push_id       TEXT NOT NULL, -- empty when nobody pushed: a trigger, the command line
    state         TEXT NOT NULL, -- pending, published, failed, superseded
    report        TEXT NOT NULL, -- what went wrong, or which releases came of it
    attempts      BIGINT NOT NULL DEFAULT 0, -- how often a worker has begun it
    created_at    BIGINT NOT NULL,
    finished_at   BIGINT,
    PRIMARY KEY (repository_id, number)
);
CREATE INDEX publication_pending ON publication (state, repository_id, number);

CREATE TABLE release (
    repository_id TEXT NOT NULL REFERENCES repository (id),
    book          TEXT NOT NULL,
    major         BIGINT NOT NULL,
    minor         BIGINT NOT NULL,
    title         TEXT NOT NULL,
    commit_id     TEXT NOT NULL,
    ref           BYTEA NOT NULL,
    publication   BIGINT NOT NULL,
    manifest      TEXT NOT NULL, -- digest
    state         TEXT NOT NULL, -- current, withdrawn, blocked
    reason        TEXT NOT NULL,
    published_at  BIGINT NOT NULL,
    PRIMARY KEY (repository_id, book, major, minor)
);

CREATE TABLE draft (
    repository_id TEXT NOT NULL REFERENCES repository (id),
    branch        BYTEA NOT NULL, -- short name
    book          TEXT NOT NULL,
    title         TEXT NOT NULL,
    commit_id     TEXT NOT NULL,
    manifest      TEXT NOT NULL,
    problems      BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (repository_id, branch, book)
);

CREATE TABLE webhook (
    id            TEXT PRIMARY KEY,
    url           TEXT NOT NULL,
    secret        TEXT NOT NULL,
    repository_id TEXT REFERENCES repository (id), -- NULL: of every repository
    created_at    BIGINT NOT NULL
);

CREATE TABLE delivery (
    id           TEXT PRIMARY KEY,
    webhook_id   TEXT NOT NULL REFERENCES webhook (id),
    event        TEXT NOT NULL,
    body         TEXT NOT NULL,
    state        TEXT NOT NULL, -- pending, taken, failed
    attempts     BIGINT NOT NULL,
    answer       TEXT NOT NULL, -- the last status or error
    created_at   BIGINT NOT NULL,
    attempted_at BIGINT
);
CREATE INDEX delivery_state ON delivery (state);

CREATE TABLE trigger_ (
    name          TEXT PRIMARY KEY,
    repository_id TEXT NOT NULL REFERENCES repository (id),
    ref           BYTEA, -- the one ref it may publish; NULL: the published branches
    secret        TEXT NOT NULL,
    created_at    BIGINT NOT NULL
);

CREATE TABLE trigger_delivery (
    trigger_name TEXT NOT NULL REFERENCES trigger_ (name),
    delivery_id  TEXT NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (trigger_name, delivery_id)
);

-- +goose Down
DROP TABLE trigger_delivery;
DROP TABLE trigger_;
DROP TABLE delivery;
DROP TABLE webhook;
DROP TABLE draft;
DROP TABLE release;
DROP TABLE publication;
DROP TABLE setting;
DROP TABLE grant_;
DROP TABLE token;
DROP TABLE ssh_key;
DROP TABLE account;
DROP TABLE push;
DROP TABLE pack;
DROP TABLE ref;
DROP TABLE repository;
