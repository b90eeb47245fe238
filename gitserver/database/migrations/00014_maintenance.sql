-- What is known of the upkeep of a repository's packs. A repository without a
-- row has never had any.

-- +goose Up
CREATE TABLE maintenance (
    repository_id TEXT PRIMARY KEY REFERENCES repository (id) ON DELETE CASCADE,
    generation    BIGINT NOT NULL, -- grows whenever packs are swapped for others
    full_at       BIGINT NOT NULL, -- when what no ref reaches was last left out
    holder        TEXT NOT NULL,   -- which cache is at it
    held_until    BIGINT NOT NULL  -- when another may take over
);
CREATE INDEX pack_retired ON pack (retired_at) WHERE retired_at IS NOT NULL;

-- +goose Down
DROP INDEX pack_retired;
DROP TABLE maintenance;
