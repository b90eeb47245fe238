package transfer_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/postgrestest"
	"github.com/rhaptos/rhaptos/gitserver/database/transfer"
	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// open opens an SQLite database and a PostgreSQL database, both new.
func open(t *testing.T) (from, to database.DB) {
	t.Helper()
	testenv.Slow(t, "starts PostgreSQL")
	quiet := slog.New(slog.DiscardHandler)
	from, err := database.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "rhaptos.db"), quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { from.Close() })
	server, err := postgrestest.Start(t.Context(), postgrestest.Config{})
	if errors.Is(err, postgrestest.ErrMissing) {
		testenv.Missing(t, "PostgreSQL", ".ci/install postgresql")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Remove)
	if to, err = database.OpenPostgres(t.Context(), database.Config{URL: server.URL("postgres"), Volatile: true, Log: quiet}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { to.Close() })
	return from, to
}

func exec(t *testing.T, db database.DB, statement string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

// TestRows: every kind of value arrives as it is, also in many rows, and a second
// transfer replaces what the first one has left.
func TestRows(t *testing.T) {
	from, to := open(t)
	exec(t, from, `INSERT INTO repository (id, owner, name, head, private, version, created_at) VALUES ('r', 'änn', 'x', $1, true, 9007199254740993, -1)`, []byte("refs/heads/\xff\x00"))
	exec(t, from, `INSERT INTO pack (repository_id, name, digest, index_digest, size, objects, level, created_at, retired_at) VALUES ('r', 'p', 'd', 'i', 1, 2, 3, 4, NULL)`)
	exec(t, from, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
		INSERT INTO ref (repository_id, name, target, peeled) SELECT 'r', CAST('refs/tags/' || i AS BLOB), 'a''"\', '' FROM n`)
	exec(t, from, `INSERT INTO ref (repository_id, name, target, peeled) VALUES ('r', $1, '', '')`, []byte{})
	for range 2 {
		tables, err := transfer.Rows(t.Context(), from, to)
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range tables {
			if want := map[string]int64{"repository": 1, "pack": 1, "ref": 20001}[table.Name]; table.Rows != want {
				t.Errorf("%s: %d rows, want %d", table.Name, table.Rows, want)
			}
		}
		exec(t, to, `INSERT INTO repository (id, owner, name, head, private, version, created_at) VALUES ('left', 'ann', 'y', '', false, 1, 1)`)
	}
	exec(t, to, `DELETE FROM repository WHERE id = 'left'`)
	var head, empty []byte
	var private bool
	var version, retired int64
	if err := to.QueryRowContext(t.Context(), `SELECT head, private, version FROM repository`).Scan(&head, &private, &version); err != nil ||
		string(head) != "refs/heads/\xff\x00" || !private || version != 9007199254740993 {
		t.Errorf("%q, %t, %d, %v", head, private, version, err)
	}
	if err := to.QueryRowContext(t.Context(), `SELECT name FROM ref WHERE target = ''`).Scan(&empty); err != nil || empty == nil || len(empty) != 0 {
		t.Errorf("an empty name arrived as %q, %v", empty, err)
	}
	if err := to.QueryRowContext(t.Context(), `SELECT count(*) FROM pack WHERE retired_at IS NULL`).Scan(&retired); err != nil || retired != 1 {
		t.Errorf("NULL did not arrive: %v", err)
	}
}

// TestRowsCompared: a row that the new database changes is noticed, and nothing is there
// then.
func TestRowsCompared(t *testing.T) {
	from, to := open(t)
	exec(t, from, `INSERT INTO account (id, name, admin, disabled, created_at) VALUES ('a', 'ann', false, false, 1)`)
	exec(t, to, `CREATE FUNCTION promote() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.admin := true; RETURN NEW; END'`)
	exec(t, to, `CREATE TRIGGER promote BEFORE INSERT ON account FOR EACH ROW EXECUTE FUNCTION promote()`)
	if _, err := transfer.Rows(t.Context(), from, to); err == nil || !strings.Contains(err.Error(), "table account") {
		t.Errorf("a changed row: %v", err)
	}
	if empty, err := transfer.Empty(t.Context(), from, to); err != nil || !empty {
		t.Errorf("something is left: %v", err)
	}
}

// TestClose: a closed database takes no change, and can be read.
func TestClose(t *testing.T) {
	from, err := database.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "rhaptos.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	exec(t, from, `INSERT INTO setting (name, value) VALUES ('x', 'y')`)
	if err := from.Write(t.Context(), func(ctx context.Context, tx database.Tx) error { return transfer.Close(ctx, tx, "db/it's") }); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{`INSERT INTO account (id, name, admin, disabled, created_at) VALUES ('a', 'ann', false, false, 1)`,
		`UPDATE setting SET value = 'z'`, `DELETE FROM setting`, `INSERT INTO river_queue (name, created_at, updated_at) VALUES ('q', 1, 1)`} {
		err := from.Write(t.Context(), func(ctx context.Context, tx database.Tx) error {
			_, err := tx.ExecContext(ctx, statement)
			return err
		})
		if !errors.Is(err, database.ErrMoved) || !strings.Contains(err.Error(), "db/it's") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	if place, err := transfer.Moved(t.Context(), from); err != nil || place != "db/it's" {
		t.Errorf("%q, %v", place, err)
	}
}
