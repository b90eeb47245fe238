package database_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

func open(t *testing.T, path string) database.DB {
	t.Helper()
	db, err := database.OpenSQLite(t.Context(), path, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// Placeholders are bound by number; a driver that binds by order of appearance
// would break every query that repeats or reorders them, silently.
func TestPlaceholdersBindByNumber(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "db"))
	var both, first string
	if err := db.QueryRowContext(t.Context(), "SELECT $2 || $1, $1", "x", "y").Scan(&both, &first); err != nil {
		t.Fatal(err)
	}
	if both != "yx" || first != "x" {
		t.Errorf("got %q, %q; want yx, x", both, first)
	}
}

func TestOpenTwiceAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			db, err := database.OpenSQLite(t.Context(), path, slog.New(slog.NewTextHandler(io.Discard, nil)))
			if err != nil {
				t.Error(err)
				return
			}
			db.Close()
		})
	}
	wg.Wait()
}

type job struct {
	N int `json:"n"`
}

func (job) Kind() string { return "test" }

type worker struct {
	river.WorkerDefaults[job]
	done chan int
}

func (w *worker) Work(_ context.Context, j *river.Job[job]) error {
	w.done <- j.Args.N
	return nil
}

// Rows and jobs of one transaction happen together or not at all.
func TestRowsAndJobsTogether(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "db"))
	insert := func(n int, fail error) error {
		return db.Write(t.Context(), func(ctx context.Context, tx database.Tx) error {
			if _, err := tx.ExecContext(ctx, "INSERT INTO setting (name, value) VALUES ($1, $1)", string(rune('a'+n))); err != nil {
				return err
			}
			if err := tx.Enqueue(ctx, job{N: n}, nil); err != nil {
				return err
			}
			return fail
		})
	}
	refuse := errors.New("refuse")
	if err := insert(0, refuse); !errors.Is(err, refuse) {
		t.Fatalf("got %v", err)
	}
	if err := insert(1, nil); err != nil {
		t.Fatal(err)
	}
	w := &worker{done: make(chan int, 2)}
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	stop, err := db.Work(t.Context(), workers, 2)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case n := <-w.done:
		if n != 1 {
			t.Errorf("worked job %d of a transaction that was rolled back", n)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the job was not worked")
	}
	if err := stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	var rows int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM setting").Scan(&rows); err != nil || rows != 1 {
		t.Errorf("%d rows, %v; want 1", rows, err)
	}
	if len(w.done) != 0 {
		t.Error("a second job was worked")
	}
}

func TestConcurrentWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	dbs := []database.DB{open(t, path), open(t, path)} // as two processes would
	if _, err := dbs[0].ExecContext(t.Context(), "INSERT INTO setting (name, value) VALUES ('n', '0')"); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 10 {
				err := dbs[i%2].Write(t.Context(), func(ctx context.Context, tx database.Tx) error {
					var n int
					if err := tx.QueryRowContext(ctx, "SELECT value FROM setting WHERE name = 'n'").Scan(&n); err != nil {
						return err
					}
					_, err := tx.ExecContext(ctx, "UPDATE setting SET value = $1 WHERE name = 'n'", n+1)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	var n int
	if err := dbs[0].QueryRowContext(t.Context(), "SELECT value FROM setting WHERE name = 'n'").Scan(&n); err != nil || n != 80 {
		t.Errorf("counted to %d, %v; want 80", n, err)
	}
}

// A query is answered alike when it is asked for the first time, when it is
// prepared, and when there is no room to prepare it. One that is wrong is an
// error each time, and a prepared one follows a change of the schema.
func TestStatements(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "db"))
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

// Workers that look for jobs once in an hour hear at once of those that this
// process commits.
func TestCommitWakesWorkers(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "db"))
	database.SetPoll(db, time.Hour)
	w := &worker{done: make(chan int, 1)}
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	stop, err := db.Work(t.Context(), workers, 4)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		if err := db.Write(t.Context(), func(ctx context.Context, tx database.Tx) error { return tx.Enqueue(ctx, job{N: n}, nil) }); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-w.done:
			if got != n {
				t.Errorf("worked job %d, want %d", got, n)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("job %d was not worked", n)
		}
	}
	if err := stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// outsider is a job that waits for another machine.
type outsider struct{}

func (outsider) Kind() string { return "outsider" }

func (outsider) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: database.Outside} }

type waiter struct {
	river.WorkerDefaults[outsider]
	waits chan struct{}
}

func (w *waiter) Work(ctx context.Context, _ *river.Job[outsider]) error {
	w.waits <- struct{}{}
	<-ctx.Done()
	return nil
}

// Jobs that wait for other machines, however many, keep no other job waiting, and
// begin at once as well.
func TestOutsidersKeepNobodyWaiting(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "db"))
	database.SetPoll(db, time.Hour)
	w, out := &worker{done: make(chan int, 1)}, &waiter{waits: make(chan struct{}, 100)}
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	river.AddWorker(workers, out)
	ctx, cancel := context.WithCancel(t.Context())
	stop, err := db.Work(ctx, workers, 1)
	if err != nil {
		t.Fatal(err)
	}
	enqueue := func(args river.JobArgs) {
		t.Helper()
		if err := db.Write(t.Context(), func(ctx context.Context, tx database.Tx) error { return tx.Enqueue(ctx, args, nil) }); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		enqueue(outsider{})
	}
	for range 2 {
		select {
		case <-out.waits:
		case <-time.After(20 * time.Second):
			t.Fatal("a job that waits for another machine was not begun")
		}
	}
	enqueue(job{N: 7})
	select {
	case <-w.done:
	case <-time.After(20 * time.Second):
		t.Fatal("a job of this machine waits for others")
	}
	cancel()
	if err := stop(t.Context()); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}
