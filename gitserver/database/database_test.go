package database_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
)

func TestMain(m *testing.M) { databasetest.Apart(m) }

// Placeholders are bound by number; a driver that binds by order of appearance
// would break every query that repeats or reorders them, silently.
func TestPlaceholdersBindByNumber(t *testing.T) {
	db := databasetest.Open(t)
	var both, first string
	if err := db.QueryRowContext(t.Context(), "SELECT $2 || $1, $1", "x", "y").Scan(&both, &first); err != nil {
		t.Fatal(err)
	}
	if both != "yx" || first != "x" {
		t.Errorf("got %q, %q; want yx, x", both, first)
	}
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
	db := databasetest.Open(t)
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
	place := databasetest.New(t)
	dbs := []database.DB{place.Open(t), place.Open(t)} // as two processes would
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
					_, err := tx.ExecContext(ctx, "UPDATE setting SET value = $1 WHERE name = 'n'", strconv.Itoa(n+1))
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

// Workers that look for jobs once in an hour hear at once of those that this
// process commits.
func TestCommitWakesWorkers(t *testing.T) {
	db := databasetest.Open(t)
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
	db := databasetest.Open(t)
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

// Two transactions that each read what the other writes do not both succeed with
// what they read: one is run again (write skew).
func TestTransactionsAreAsIfAlone(t *testing.T) {
	place := databasetest.New(t)
	dbs := []database.DB{place.Open(t), place.Open(t)}
	for _, name := range []string{"a", "b"} {
		if _, err := dbs[0].ExecContext(t.Context(), "INSERT INTO setting (name, value) VALUES ($1, 'on duty')", name); err != nil {
			t.Fatal(err)
		}
	}
	refuse := errors.New("somebody must stay")
	var wg sync.WaitGroup
	var read sync.WaitGroup
	if dbs[0].Dialect() == database.PostgreSQL { // there both can have read before either writes
		read.Add(2)
	}
	errs := make([]error, 2)
	for i, name := range []string{"a", "b"} {
		wg.Go(func() {
			first := true
			errs[i] = dbs[i].Write(t.Context(), func(ctx context.Context, tx database.Tx) error {
				var n int
				if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM setting WHERE value = 'on duty'").Scan(&n); err != nil {
					return err
				}
				if first && dbs[0].Dialect() == database.PostgreSQL {
					read.Done()
					read.Wait()
				}
				first = false
				if n < 2 {
					return refuse
				}
				_, err := tx.ExecContext(ctx, "UPDATE setting SET value = 'off duty' WHERE name = $1", name)
				return err
			})
		})
	}
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), refuse) {
		t.Errorf("got %v; one must succeed and the other see it", errs)
	}
}

// A transaction whose caller has gone leaves nothing, and the database goes on.
func TestCancelledTransaction(t *testing.T) {
	db := databasetest.Open(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO setting (name, value) VALUES ('a', '')"); err != nil {
			return err
		}
		cancel()
		_, err := tx.ExecContext(ctx, "INSERT INTO setting (name, value) VALUES ('b', '')")
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM setting").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows, %v", n, err)
	}
	if _, err := db.ExecContext(t.Context(), "INSERT INTO setting (name, value) VALUES ('a', '')"); err != nil {
		t.Error(err)
	}
}

// Bytes that are no text, and texts of every kind, come back as they were.
func TestValues(t *testing.T) {
	db := databasetest.Open(t)
	name, owner := []byte("refs/heads/\xff\x00\\x41'"), "O'Brien \\ \u202e 漢 $1"
	_, err := db.ExecContext(t.Context(), `INSERT INTO repository (id, owner, name, head, private, version, created_at)
		VALUES ('1', $1, 'b', $2, true, 9007199254740993, -1)`, owner, name)
	if err != nil {
		t.Fatal(err)
	}
	var gotOwner string
	var gotName []byte
	var private bool
	var version, created int64
	if err := db.QueryRowContext(t.Context(), `SELECT owner, head, private, version, created_at FROM repository WHERE head = $1 AND owner = $2`, name, owner).
		Scan(&gotOwner, &gotName, &private, &version, &created); err != nil {
		t.Fatal(err)
	}
	if gotOwner != owner || string(gotName) != string(name) || !private || version != 9007199254740993 || created != -1 {
		t.Errorf("got %q %q %v %d %d", gotOwner, gotName, private, version, created)
	}
}

// Texts are in the order of their bytes, as they are in Go.
func TestOrderOfTexts(t *testing.T) {
	db := databasetest.Open(t)
	want := []string{"", "-", "A", "Z", "_", "a", "a b", "a-b", "ab", "b", "ä"}
	for _, name := range want {
		if _, err := db.ExecContext(t.Context(), "INSERT INTO setting (name, value) VALUES ($1, '')", name); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := db.QueryContext(t.Context(), "SELECT name FROM setting ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	got, err := database.Collect(rows, func(row database.Row) (name string, err error) {
		err = row.Scan(&name)
		return name, err
	})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
}
