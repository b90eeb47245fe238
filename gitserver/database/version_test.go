package database_test

import (
	"errors"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// A program that is older than the schema refuses to start, and changes nothing.
func TestNewerSchema(t *testing.T) {
	for name, newer := range map[string]string{
		"ours":      `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9000, 1)`,
		"the queue": `INSERT INTO river_migration (line, version, created_at) VALUES ('main', 9000, CURRENT_TIMESTAMP)`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "db")
			db := open(t, path)
			if _, err := db.ExecContext(t.Context(), newer); err != nil {
				t.Fatal(err)
			}
			db.Close()
			if db, err := database.OpenSQLite(t.Context(), path, slog.New(slog.DiscardHandler)); !errors.Is(err, database.ErrNewer) {
				if err == nil {
					db.Close()
				}
				t.Errorf("opened: %v", err)
			}
		})
	}
}
