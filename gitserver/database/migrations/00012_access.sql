-- Deploy keys, certificate authorities, the last use of tokens, and what becomes
-- of a repository that is archived, deleted or renamed.

-- +goose Up
ALTER TABLE token ADD COLUMN used_at BIGINT; -- to the hour

-- NULL: neither archived nor deleted. A deleted repository keeps its name until
-- it is purged.
ALTER TABLE repository ADD COLUMN archived_at BIGINT;
ALTER TABLE repository ADD COLUMN deleted_at BIGINT;

-- The places that a repository had before it was renamed.
CREATE TABLE repository_move (
    owner         TEXT NOT NULL,
    name          TEXT NOT NULL,
    repository_id TEXT NOT NULL REFERENCES repository (id),
    moved_at      BIGINT NOT NULL,
    PRIMARY KEY (owner, name)
);

-- An SSH key that is good for one repository and belongs to no account.
CREATE TABLE deploy_key (
    fingerprint   TEXT PRIMARY KEY, -- SHA256:...
    repository_id TEXT NOT NULL REFERENCES repository (id),
    public_key    TEXT NOT NULL, -- authorized_keys line
    may_write     BOOLEAN NOT NULL,
    created_at    BIGINT NOT NULL
);

-- Whose signature makes an OpenSSH user certificate one of an account.
CREATE TABLE ssh_authority (
    fingerprint TEXT PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    public_key  TEXT NOT NULL,
    created_at  BIGINT NOT NULL
);

-- Certificates that are void before their time, by serial number or by the key
-- that they are over.
CREATE TABLE ssh_revocation (
    authority  TEXT NOT NULL REFERENCES ssh_authority (fingerprint),
    kind       TEXT NOT NULL, -- serial, key
    value      TEXT NOT NULL, -- a decimal number, or SHA256:...
    created_at BIGINT NOT NULL,
    PRIMARY KEY (authority, kind, value)
);

-- +goose Down
DROP TABLE ssh_revocation;
DROP TABLE ssh_authority;
DROP TABLE deploy_key;
DROP TABLE repository_move;
ALTER TABLE repository DROP COLUMN deleted_at;
ALTER TABLE repository DROP COLUMN archived_at;
ALTER TABLE token DROP COLUMN used_at;
