package database_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
	"github.com/rhaptos/rhaptos/gitserver/database/postgrestest"
)

// server starts a server of its own, for tests that stop it.
func server(t *testing.T, c postgrestest.Config) *postgrestest.Server {
	t.Helper()
	databasetest.Only(t, database.PostgreSQL, "it is about its server")
	s, err := postgrestest.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Remove)
	if err := s.Exec(t.Context(), "postgres", "CREATE DATABASE books"); err != nil {
		t.Fatal(err)
	}
	return s
}

func openURL(t *testing.T, url string) database.DB {
	t.Helper()
	db, err := database.OpenPostgres(t.Context(), database.Config{URL: url, Volatile: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// add inserts a setting, as work that must be done exactly once.
func add(ctx context.Context, db database.DB, name string) error {
	return db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO setting (name, value) VALUES ($1, '')", name); err != nil {
			return err
		}
		return tx.Enqueue(ctx, job{}, nil)
	})
}

// names are the settings that are there.
func names(t *testing.T, db database.DB) []string {
	t.Helper()
	rows, err := db.QueryContext(context.WithoutCancel(t.Context()), "SELECT name FROM setting ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	list, err := database.Collect(rows, func(row database.Row) (name string, err error) {
		err = row.Scan(&name)
		return name, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func jobs(t *testing.T, db database.DB) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM river_job").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A connection that is cut at a commit leaves no doubt: what was committed is found,
// what was not is done once more, and neither happens twice.
func TestCommitCut(t *testing.T) {
	databasetest.Only(t, database.PostgreSQL, "it has a connection")
	s := databasetest.Server(t)
	proxy, err := postgrestest.NewProxy(s.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	if err := s.Exec(t.Context(), "postgres", "CREATE DATABASE cut"); err != nil {
		t.Fatal(err)
	}
	db := openURL(t, s.TCP(proxy.Address(), "cut"))
	var want []string
	for i := range 40 {
		name := fmt.Sprintf("%02d", i)
		proxy.Next([]postgrestest.Cut{postgrestest.BeforeCommit, postgrestest.AfterCommit}[i%2])
		if err := add(t.Context(), db, name); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want = append(want, name)
	}
	if proxy.Cuts() < 40 {
		t.Errorf("only %d connections were cut", proxy.Cuts())
	}
	if got := names(t, db); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if n := jobs(t, db); n != 40 {
		t.Errorf("%d jobs, want 40", n)
	}
}

// While the server is away for good, a commit whose answer was lost is uncertain,
// and nothing else is said.
func TestUncertainCommit(t *testing.T) {
	s := server(t, postgrestest.Config{})
	proxy, err := postgrestest.NewProxy(s.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	db := openURL(t, s.TCP(proxy.Address(), "books"))
	database.SetCommitTime(db, time.Second, 2*time.Second)
	proxy.Next(postgrestest.ForGood)
	if err := add(t.Context(), db, "a"); !errors.Is(err, database.ErrUncertain) {
		t.Errorf("got %v", err)
	}
}

// The server crashes over and over under writers. What they were told is there, each
// once.
func TestServerCrashes(t *testing.T) {
	s := server(t, postgrestest.Config{Durable: true})
	db := openURL(t, s.URL("books"))
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	var told, failed []string
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				name := fmt.Sprintf("%d-%04d", w, i)
				err := add(context.WithoutCancel(ctx), db, name)
				mu.Lock()
				if err == nil {
					told = append(told, name)
				} else {
					failed = append(failed, name)
					t.Logf("%s: %v", name, err)
				}
				mu.Unlock()
			}
		})
	}
	const crashes = 8
	for i := range crashes {
		time.Sleep(time.Duration(150+70*i) * time.Millisecond)
		s.Crash()
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	wg.Wait()
	got := names(t, db)
	there := map[string]bool{}
	for _, name := range got {
		there[name] = true
	}
	for _, name := range told {
		if !there[name] {
			t.Errorf("%s was acknowledged and is lost", name)
		}
	}
	if len(got) != len(told) || jobs(t, db) != len(told) {
		t.Errorf("%d rows and %d jobs of %d acknowledged transactions; %d failed", len(got), jobs(t, db), len(told), len(failed))
	}
	if len(failed) > 0 {
		t.Errorf("%d transactions failed though the server came back", len(failed))
	}
	t.Logf("%d transactions through %d crashes", len(told), crashes)
}

// A commit whose wait for the standby is cancelled by somebody is not done before
// the standby has it.
func TestStandbyIsAwaited(t *testing.T) {
	s := server(t, postgrestest.Config{Durable: true})
	db := openURL(t, s.URL("books"))
	set := func(value string) {
		t.Helper()
		if err := s.Exec(t.Context(), "postgres", "ALTER SYSTEM SET synchronous_standby_names = '"+value+"'", "SELECT pg_reload_conf()"); err != nil {
			t.Fatal(err)
		}
	}
	set("nobody")
	time.Sleep(200 * time.Millisecond) // for the processes of the server to read it
	for name, act := range map[string]string{"cancelled": "pg_cancel_backend", "terminated": "pg_terminate_backend"} {
		t.Run(name, func(t *testing.T) {
			done := make(chan error, 1)
			go func() { done <- add(t.Context(), db, name) }()
			for i := range 3 {
				if err := s.Exec(t.Context(), "postgres", awaitSync, "SELECT "+act+"(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"); err != nil {
					t.Fatal(err)
				}
				select {
				case err := <-done:
					t.Fatalf("done without the standby, after %d: %v", i, err)
				case <-time.After(300 * time.Millisecond):
				}
			}
			set("")
			select {
			case err := <-done:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(20 * time.Second):
				t.Error("not done when no standby is to be awaited any more")
			}
			set("nobody")
			time.Sleep(200 * time.Millisecond)
		})
	}
	set("")
	if got := names(t, db); !slices.Equal(got, []string{"cancelled", "terminated"}) {
		t.Errorf("got %v", got)
	}
}

// awaitSync waits until a session waits for the standby.
const awaitSync = `DO $$ BEGIN FOR i IN 1..500 LOOP
	PERFORM pg_stat_clear_snapshot();
	EXIT WHEN EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep');
	PERFORM pg_sleep(0.01); END LOOP; END $$`

// A server that could lose commits is refused, in words that say what to set.
func TestVolatileServer(t *testing.T) {
	databasetest.Only(t, database.PostgreSQL, "it has such settings")
	s := databasetest.Server(t) // which is fast, and volatile
	_, err := database.OpenPostgres(t.Context(), database.Config{URL: s.URL("postgres"), Log: slog.New(slog.DiscardHandler)})
	if err == nil {
		t.Fatal("opened")
	}
	for _, name := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
		if !strings.Contains(err.Error(), name+" is off") {
			t.Errorf("%s is not among what is wrong: %v", name, err)
		}
	}
}

// A database in another encoding is refused.
func TestWrongEncoding(t *testing.T) {
	databasetest.Only(t, database.PostgreSQL, "it has encodings")
	s := databasetest.Server(t)
	if err := s.Exec(t.Context(), "postgres", "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0"); err != nil {
		t.Fatal(err)
	}
	_, err := database.OpenPostgres(t.Context(), database.Config{URL: s.URL("latin"), Volatile: true, Log: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "LATIN1, must be UTF8") {
		t.Errorf("got %v", err)
	}
}

// Whatever goes wrong with a connection, its password is not in what is said.
func TestPasswordIsKept(t *testing.T) {
	databasetest.Only(t, database.PostgreSQL, "it has passwords")
	s := databasetest.Server(t)
	var log bytes.Buffer
	for _, url := range []string{
		s.TCP("127.0.0.1:1", "books"),
		s.TCP(s.Address(), "no_such_database"),
		s.TCP(s.Address()+"x", "books"),
		strings.Replace(s.TCP(s.Address(), "postgres"), "rhaptos:", "stranger:", 1),
		"postgres://rhaptos:" + s.Password() + "@[::1/books",
		"postgres://rhaptos:%zz" + s.Password() + "@localhost/books",
		"host=localhost password='" + s.Password(),
		"mysql://rhaptos:" + s.Password() + "@localhost/books",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		db, err := database.OpenPostgres(ctx, database.Config{URL: url, Log: slog.New(slog.NewTextHandler(&log, nil))})
		cancel()
		if err == nil {
			db.Close()
			t.Errorf("%s was opened", url)
			continue
		}
		if strings.Contains(err.Error()+database.Place(url)+log.String(), s.Password()) {
			t.Errorf("the password is in: %v, %s, %s", err, database.Place(url), &log)
		}
	}
}

// Both databases have the same tables and columns, but for what only one of them needs.
func TestSameSchema(t *testing.T) {
	databasetest.Only(t, database.PostgreSQL, "it compares both")
	lite, err := database.OpenSQLite(t.Context(), t.TempDir()+"/db", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer lite.Close()
	columns := func(db database.DB, query string) []string {
		rows, err := db.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		list, err := database.Collect(rows, func(row database.Row) (string, error) {
			var table, column string
			var required bool
			err := row.Scan(&table, &column, &required)
			return fmt.Sprintf("%s.%s %v", table, column, required), err
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(list)
		return list
	}
	here := columns(databasetest.Open(t), `SELECT table_name, column_name, is_nullable = 'NO' FROM information_schema.columns
		WHERE table_schema = 'public' AND table_name !~ '^(river|goose)_' AND table_name NOT IN ('transaction_mark', 'turn')`)
	there := columns(lite, `SELECT m.name, c.name, c."notnull" OR c.pk FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT GLOB 'river_*' AND m.name NOT GLOB 'goose_*' AND m.name NOT GLOB 'sqlite_*'`)
	if !slices.Equal(here, there) {
		t.Errorf("PostgreSQL has\n%s\nSQLite has\n%s", strings.Join(here, "\n"), strings.Join(there, "\n"))
	}
}

// Several processes that start on an empty database make its schema once.
func TestMigrateAtOnce(t *testing.T) {
	databasetest.Only(t, database.PostgreSQL, "TestOpenTwiceAtOnce is that of SQLite")
	s := databasetest.Server(t)
	if err := s.Exec(t.Context(), "postgres", "CREATE DATABASE empty"); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			db, err := database.OpenPostgres(t.Context(), database.Config{URL: s.URL("empty"), Volatile: true, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Error(err)
				return
			}
			db.Close()
		})
	}
	wg.Wait()
}

// Transactions that write rows in opposite orders do not fail for it.
func TestDeadlocksPass(t *testing.T) {
	place := databasetest.New(t)
	db := place.Open(t)
	for _, name := range []string{"a", "b"} {
		if _, err := db.ExecContext(t.Context(), "INSERT INTO setting (name, value) VALUES ($1, '0')", name); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	for _, order := range [][]string{{"a", "b"}, {"b", "a"}} {
		wg.Go(func() {
			for range 20 {
				err := db.Write(t.Context(), func(ctx context.Context, tx database.Tx) error {
					for _, name := range order {
						if _, err := tx.ExecContext(ctx, "UPDATE setting SET value = value || 'x' WHERE name = $1", name); err != nil {
							return fmt.Errorf("write: %w", err)
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT length(value) FROM setting WHERE name = 'a'").Scan(&n); err != nil || n != 41 {
		t.Errorf("%d, %v", n, err)
	}
}
