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
	"sync/atomic"
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

// Main is the TestMain of a package whose tests take their databases from here.
func Main(m *testing.M) { run(m, false) }

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
		return &Place{database.SQLite, filepath.Join(t.TempDir(), "db")}
	}
	return &Place{database.PostgreSQL, copyTemplate(t)}
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
	copies atomic.Int64
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

// copyTemplate makes a database and returns its URL.
func copyTemplate(t testing.TB) string {
	t.Helper()
	s := Server(t)
	name := fmt.Sprintf("test_%d", running.copies.Add(1))
	ctx := context.WithoutCancel(t.Context())
	if err := s.Exec(ctx, "postgres", "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Exec(ctx, "postgres", "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return s.URL(name) + "&pool_max_conns=8&" + os.Getenv(Parameters)
}
