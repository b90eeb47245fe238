package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"golang.org/x/sys/unix"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

type sqliteDB struct {
	*sql.DB
	insert     *river.Client[*sql.Tx]
	log        *slog.Logger
	statements statements
	poll       time.Duration
	committed  chan struct{} // holds something when jobs were committed of which no worker knows
}

// OpenSQLite opens the database file at path, making it and its schema if need
// be. Every commit is on the disk before it returns (WAL, synchronous=FULL).
// Several processes may have the file open.
func OpenSQLite(ctx context.Context, path string, log *slog.Logger) (DB, error) {
	if err := touch(path); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	// Readers work beside the one writer. More connections only queue for it.
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8) // one that is opened anew has everything to prepare
	s := &sqliteDB{DB: db, log: log, statements: statements{prepared: map[string]*sql.Stmt{}}, poll: pollInterval, committed: make(chan struct{}, 1)}
	if err := s.prepare(ctx, path); err != nil {
		db.Close()
		return nil, fmt.Errorf("prepare %s: %w", path, full(err))
	}
	return s, nil
}

// touch makes the file readable by nobody else before SQLite writes to it.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

func dsn(path string) string {
	q := url.Values{}
	q.Set("_txlock", "immediate")
	for _, p := range []string{"busy_timeout(20000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)"} {
		q.Add("_pragma", p)
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}).String()
}

func (s *sqliteDB) prepare(ctx context.Context, path string) error {
	if err := checkDurable(ctx, s.DB); err != nil {
		return err
	}
	unlock, err := lock(path + "-migrate")
	if err != nil {
		return err
	}
	err = s.migrate(ctx)
	unlock()
	if err != nil {
		return err
	}
	s.insert, err = river.NewClient(s.driver(), &river.Config{Logger: s.log})
	return err
}

func (s *sqliteDB) driver() *queueDriver { return &queueDriver{riversqlite.New(s.DB), s.committed} }

// checkDurable refuses a database whose commits could be lost.
func checkDurable(ctx context.Context, db *sql.DB) error {
	var mode string
	var sync int
	if err := db.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return err
	}
	if err := db.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&sync); err != nil {
		return err
	}
	if mode != "wal" || sync < 2 {
		return fmt.Errorf("journal_mode is %q and synchronous %d, need wal and 2: does the file system support shared memory?", mode, sync)
	}
	return nil
}

func (s *sqliteDB) migrate(ctx context.Context) error {
	m, err := newMigration(s.DB, goose.DialectSQLite3, migrations, riversqlite.New(s.DB), s.log)
	if err != nil {
		return err
	}
	m.queueThere = `SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'river_migration')`
	return m.up(ctx)
}

// lock keeps other processes from migrating the same database: neither
// library locks SQLite over all of its steps.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}

// retry runs f again while the database is busy with another writer.
func (s *sqliteDB) retry(ctx context.Context, f func() error) error {
	for wait := 5 * time.Millisecond; ; wait *= 2 {
		err := f()
		if err == nil || !busy(err) || wait > 5*time.Second {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

func busy(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	code := e.Code() & 0xff
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
}

func (s *sqliteDB) Write(ctx context.Context, f func(context.Context, Tx) error) error {
	return moved(full(s.retry(ctx, func() error { return s.writeOnce(ctx, f) })))
}

func (s *sqliteDB) writeOnce(ctx context.Context, f func(context.Context, Tx) error) error {
	tx, err := s.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	t := &sqliteTx{Tx: tx, insert: s.insert}
	if err := f(ctx, t); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if t.enqueued {
		s.wake()
	}
	return nil
}

// wake has the workers of this process look for jobs.
func (s *sqliteDB) wake() {
	select {
	case s.committed <- struct{}{}:
	default: // they are about to look
	}
}

// Work implements [DB].
func (s *sqliteDB) Work(ctx context.Context, workers *river.Workers, concurrency int) (func(context.Context) error, error) {
	return startWorkers(ctx, s.driver(), workerConfig(workers, concurrency, s.poll, s.log))
}

// Turn implements [DB]: there is one server.
func (*sqliteDB) Turn(context.Context, string, time.Duration) (bool, error) { return true, nil }

// Claim implements [DB]: there is one server.
func (*sqliteDB) Claim(context.Context, string) (release func(), ok bool, err error) {
	return func() {}, true, nil
}

// Dialect implements [DB].
func (s *sqliteDB) Dialect() Dialect { return SQLite }

type sqliteTx struct {
	*sql.Tx
	insert   *river.Client[*sql.Tx]
	enqueued bool
}

func (t *sqliteTx) Enqueue(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) error {
	_, err := t.insert.InsertTx(ctx, t.Tx, args, opts)
	if err != nil {
		return fmt.Errorf("enqueue %s: %w", args.Kind(), err)
	}
	t.enqueued = true
	return nil
}

func (t *sqliteTx) Requeue(ctx context.Context, kind string, jobs []river.JobArgs) error {
	return requeue(ctx, t, kind, jobs)
}
