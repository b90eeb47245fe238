-- Changes that are proposed to branches.

-- +goose Up
CREATE TABLE contribution_counter (
    repository_id TEXT PRIMARY KEY REFERENCES repository (id),
    last          BIGINT NOT NULL -- the number that was given last
);

CREATE TABLE contribution (
    repository_id TEXT NOT NULL REFERENCES repository (id),
    number        BIGINT NOT NULL,
    branch        BYTEA NOT NULL, -- that it is for, by its short name
    author        TEXT NOT NULL,  -- name of the account
    topic         TEXT NOT NULL,  -- empty: none
    change_id     TEXT NOT NULL,  -- of the head commit; empty: none
    title         TEXT NOT NULL,
    description   TEXT NOT NULL,
    titled        BOOLEAN NOT NULL, -- title and description were given, not taken from the commit
    state         TEXT NOT NULL,  -- open, accepted, closed
    version       BIGINT NOT NULL,
    head          TEXT NOT NULL,  -- commit
    merged        TEXT NOT NULL,  -- the commit of the branch that accepted it; empty: none
    changed_by    TEXT NOT NULL,  -- who closed, reopened or accepted it last; empty: nobody
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (repository_id, number)
);
CREATE INDEX contribution_state ON contribution (repository_id, state, branch);

CREATE TABLE contribution_version (
    repository_id TEXT NOT NULL REFERENCES repository (id),
    number        BIGINT NOT NULL,
    version       BIGINT NOT NULL,
    head          TEXT NOT NULL, -- commit
    base          TEXT NOT NULL, -- merge base with the branch
    tip           TEXT NOT NULL, -- of the branch when the version was pushed
    conflicts     TEXT NOT NULL, -- of a merge with tip, a line each; empty: none
    push_id       TEXT NOT NULL,
    at            BIGINT NOT NULL,
    PRIMARY KEY (repository_id, number, version)
);

-- +goose Down
DROP TABLE contribution_version;
DROP TABLE contribution;
DROP TABLE contribution_counter;
