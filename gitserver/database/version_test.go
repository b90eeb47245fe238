package database_test

import (
	"errors"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
)

// A program that is older than the schema refuses to start, and changes nothing.
func TestNewerSchema(t *testing.T) {
	for name, newer := range map[string]string{
		"ours":      `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9000, true)`,
		"the queue": `INSERT INTO river_migration (line, version, created_at) VALUES ('main', 9000, CURRENT_TIMESTAMP)`,
	} {
		t.Run(name, func(t *testing.T) {
			place := databasetest.New(t)
			db := place.Open(t)
			if _, err := db.ExecContext(t.Context(), newer); err != nil {
				t.Fatal(err)
			}
			if schema, queue, err := database.Schema(t.Context(), db); err != nil || max(schema, queue) != 9000 || min(schema, queue) < 6 {
				t.Errorf("schema %d, queue %d, %v", schema, queue, err)
			}
			db.Close()
			if db, err := place.TryOpen(t); !errors.Is(err, database.ErrNewer) {
				if err == nil {
					db.Close()
				}
				t.Errorf("opened: %v", err)
			}
		})
	}
}
