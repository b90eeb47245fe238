// Package databasetest runs the tests of a package on every database: on SQLite, and
// once more on a private PostgreSQL, unless the run is short.
package databasetest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/postgrestest"
	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// Databases is the environment variable that names the only database to test on,
// "sqlite" or "postgres".
const Databases = "RHAPTOS_TEST_DATABASE"

// Parameters is the environment variable with parameters for the URLs of PostgreSQL
// databases, such as default_query_exec_mode=exec.
const Parameters = "RHAPTOS_TEST_POSTGRES"

// dialect is that of the databases that New makes; Main changes it between runs.
var dialect = database.SQLite

// reuse says that a database on PostgreSQL is emptied and given to another test, which
// takes a tenth of the time that a new one takes.
var reuse = true

// Main is the TestMain of a package whose tests take their databases from here, and
// leave the schema as it is.
func Main(m *testing.M) { run(m, false) }

// Apart is Main for tests that change schemas: a database is used once.
func Apart(m *testing.M) {
	reuse = false
	run(m, false)
}

// Brief is Main for a package with long tests that have little to do with databases:
// the run on PostgreSQL is a short one.
func Brief(m *testing.M) { run(m, true) }

func run(m *testing.M, brief bool) {
	only := os.Getenv(Databases)
	code := 0
	if only != "postgres" {
		code = m.Run()
	}
	if only == "postgres" || only == "" && code == 0 && !once() {
		dialect = database.PostgreSQL
		if brief {
			flag.Parse() // or what is set here is overwritten
			if err := flag.Set("test.short", "true"); err != nil {
				panic(err)
			}
		}
		fmt.Println("on PostgreSQL:")
		code = m.Run()
	}
	if s := running.server; s != nil {
		s.Remove()
	}
	os.Exit(code)
}

// once reports whether one database is enough for this run: a short one, and one
// that measures or fuzzes.
func once() bool {
	for _, name := range []string{"test.bench", "test.fuzz", "test.list"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return true
		}
	}
	return testing.Short()
}

// Place is where a database of its own is, empty at first.
type Place struct {
	dialect database.Dialect
	at      string // a path or a URL
}

// New makes room for a database that is removed at the end of the test.
func New(t testing.TB) *Place {
	t.Helper()
	return NewOn(t, dialect)
}

// Through makes a database on PostgreSQL that is reached through a proxy.
func Through(t testing.TB) (*Place, *postgrestest.Proxy) {
	t.Helper()
	s := Server(t)
	proxy, err := postgrestest.NewProxy(s.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	u, err := url.Parse(copyTemplate(t))
	if err != nil {
		t.Fatal(err)
	}
	return &Place{database.PostgreSQL, s.TCP(proxy.Address(), strings.TrimPrefix(u.Path, "/"))}, proxy
}

// NewOn is New for a test that compares both kinds of databases.
func NewOn(t testing.TB, d database.Dialect) *Place {
	t.Helper()
	if d == database.SQLite {
		return &Place{database.SQLite, copyFile(t)}
	}
	return &Place{database.PostgreSQL, copyTemplate(t)}
}

// migrated is an SQLite database of this schema in which nothing is: to migrate one
// for every test costs more than most of the tests.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "rhaptos-database-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "db")
	db, err := (&Place{database.SQLite, file}).open(context.Background())
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

// copyFile makes a database and returns its path.
func copyFile(t testing.TB) string {
	t.Helper()
	data, err := migrated()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "db")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Open opens the database. It may be open several times, as by several processes.
func (p *Place) Open(t testing.TB) database.DB {
	t.Helper()
	db, err := p.TryOpen(t)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// URL is the URL of a PostgreSQL database.
func (p *Place) URL() string { return p.at }

// TryOpen opens a database that is perhaps not to be opened.
func (p *Place) TryOpen(t testing.TB) (database.DB, error) {
	return p.open(context.WithoutCancel(t.Context()))
}

func (p *Place) open(ctx context.Context) (database.DB, error) {
	log := slog.New(slog.DiscardHandler)
	if p.dialect == database.SQLite {
		return database.OpenSQLite(ctx, p.at, log)
	}
	return database.OpenPostgres(ctx, database.Config{URL: p.at, Volatile: true, Log: log})
}

// Open opens a database that nothing else has open.
func Open(t testing.TB) database.DB {
	t.Helper()
	return New(t).Open(t)
}

// Only leaves a test out of the run on other databases.
func Only(t testing.TB, d database.Dialect, why string) {
	t.Helper()
	if dialect != d {
		t.Skip("only on " + d.String() + ": " + why)
	}
}

// running is the server of this process, with an empty database that is up to date.
var running struct {
	once   sync.Once
	server *postgrestest.Server
	err    error

	mu     sync.Mutex
	copies int
	free   []string // names of databases that are empty
}

const template = "template_rhaptos"

// Server is the PostgreSQL server that all tests of this process share.
func Server(t testing.TB) *postgrestest.Server {
	t.Helper()
	running.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*time.Minute)
		defer cancel()
		if running.server, running.err = postgrestest.Start(ctx, postgrestest.Config{}); running.err != nil {
			return
		}
		running.err = prepareTemplate(ctx, running.server)
	})
	if errors.Is(running.err, postgrestest.ErrMissing) {
		testenv.Missing(t, "PostgreSQL", ".ci/install postgresql")
	}
	if running.err != nil {
		t.Fatal(running.err)
	}
	return running.server
}

func prepareTemplate(ctx context.Context, s *postgrestest.Server) error {
	if err := s.Exec(ctx, "postgres", "CREATE DATABASE "+template); err != nil {
		return err
	}
	db, err := (&Place{database.PostgreSQL, s.URL(template)}).open(ctx)
	if err != nil {
		return err
	}
	return db.Close()
}

// copyTemplate makes a database, or takes one that another test gave back, and
// returns its URL.
func copyTemplate(t testing.TB) string {
	t.Helper()
	s, ctx := Server(t), context.WithoutCancel(t.Context())
	name, isNew := take()
	if isNew {
		if err := s.Exec(ctx, "postgres", "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		var err error
		if reuse {
			err = giveBack(ctx, s, name)
		} else {
			err = s.Exec(ctx, "postgres", "DROP DATABASE "+name+" WITH (FORCE)")
		}
		if err != nil {
			t.Error(err)
		}
	})
	return s.URL(name) + "&pool_max_conns=8&" + os.Getenv(Parameters)
}

// take returns the name of a database, and whether it is to be created.
func take() (name string, isNew bool) {
	running.mu.Lock()
	defer running.mu.Unlock()
	if n := len(running.free); n > 0 {
		name, running.free = running.free[n-1], running.free[:n-1]
		return name, false
	}
	running.copies++
	return fmt.Sprintf("test_%d", running.copies), true
}

// giveBack ends what is still connected to the database and empties the tables that
// hold something.
func giveBack(ctx context.Context, s *postgrestest.Server, name string) error {
	err := s.Exec(ctx, name, `DO $$
		DECLARE
			t regclass;
			holds boolean;
			tables text[];
		BEGIN
			PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND pid <> pg_backend_pid();
			FOR t IN SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
				AND relname NOT IN ('goose_db_version', 'river_migration')
			LOOP
				EXECUTE format('SELECT EXISTS (SELECT FROM %s)', t) INTO holds;
				IF holds THEN
					tables := tables || t::text;
				END IF;
			END LOOP;
			IF tables IS NOT NULL THEN
				EXECUTE 'TRUNCATE ' || array_to_string(tables, ', ') || ' RESTART IDENTITY CASCADE';
			END IF;
		END $$`)
	if err != nil {
		return err
	}
	running.mu.Lock()
	defer running.mu.Unlock()
	running.free = append(running.free, name)
	return nil
}
