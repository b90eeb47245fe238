package database_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
)

func TestOpenTwiceAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			db, err := database.OpenSQLite(t.Context(), path, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Error(err)
				return
			}
			db.Close()
		})
	}
	wg.Wait()
}

// A query is answered alike when it is asked for the first time, when it is
// prepared, and when there is no room to prepare it. One that is wrong is an
// error each time, and a prepared one follows a change of the schema.
func TestStatements(t *testing.T) {
	databasetest.Only(t, database.SQLite, "it is SQLite that keeps statements of ours")
	db := databasetest.Open(t)
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE late (n BIGINT)"); err != nil {
		t.Fatal(err)
	}
	columns := func(query string, want int) {
		t.Helper()
		rows, err := db.QueryContext(t.Context(), query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			return
		}
		defer rows.Close()
		if names, err := rows.Columns(); err != nil || len(names) != want {
			t.Errorf("%s: columns %v, %v; want %d", query, names, err, want)
		}
	}
	for range 2 {
		columns("SELECT * FROM late", 1)
		if rows, err := db.QueryContext(t.Context(), "SELECT m FROM late"); err == nil {
			rows.Close()
			t.Error("a column that is not there was read")
		}
	}
	if _, err := db.ExecContext(t.Context(), "ALTER TABLE late ADD COLUMN m BIGINT"); err != nil {
		t.Fatal(err)
	}
	columns("SELECT * FROM late", 2)
	columns("SELECT m FROM late", 1)
	for i := range 300 {
		for range 2 {
			var n int
			if err := db.QueryRowContext(t.Context(), fmt.Sprintf("SELECT $1 + 0 * %d", i), i).Scan(&n); err != nil || n != i {
				t.Errorf("query %d: %d, %v", i, n, err)
			}
		}
	}
}
