-- What was found in a push, kept as a blob; and the commit whose errors a
-- publication is not refused for.

-- +goose Up
ALTER TABLE push ADD COLUMN report TEXT NOT NULL DEFAULT ''; -- digest; empty: nothing was looked at
ALTER TABLE publication ADD COLUMN base_commit TEXT NOT NULL DEFAULT ''; -- empty: judged in whole

-- +goose Down
ALTER TABLE publication DROP COLUMN base_commit;
ALTER TABLE push DROP COLUMN report;
