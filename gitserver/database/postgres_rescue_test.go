package database_test

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
)

// workOn names the database on which this process works until it is killed.
const workOn = "RHAPTOS_TEST_WORK_ON"

// stuck takes jobs and never ends them.
type stuck struct{ river.WorkerDefaults[job] }

func (*stuck) Work(context.Context, *river.Job[job]) error { select {} }

// The jobs of a process that was killed are taken over by another one in moments; and
// the jobs of one that lives are left alone.
func TestJobsOfTheKilled(t *testing.T) {
	if url := os.Getenv(workOn); url != "" {
		workers := river.NewWorkers()
		river.AddWorker(workers, &stuck{})
		db := openURL(t, url)
		database.SetRescueInterval(db, 100*time.Millisecond)
		if _, err := db.Work(t.Context(), workers, 4); err != nil {
			t.Fatal(err)
		}
		select {}
	}
	databasetest.Only(t, database.PostgreSQL, "SQLite has one server")
	place := databasetest.New(t)
	db := place.Open(t)
	if err := add(t.Context(), db, "a"); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestJobsOfTheKilled$")
	child.Env = append(os.Environ(), workOn+"="+place.URL(), databasetest.Databases+"=sqlite")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	running := func() bool {
		var state string
		if err := db.QueryRowContext(t.Context(), `SELECT state FROM river_job`).Scan(&state); err != nil {
			t.Fatal(err)
		}
		return state == "running"
	}
	for deadline := time.Now().Add(30 * time.Second); !running(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the other process takes no job")
		}
	}
	w := &worker{done: make(chan int, 1)}
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	database.SetRescueInterval(db, 500*time.Millisecond)
	stop, err := db.Work(context.WithoutCancel(t.Context()), workers, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer stop(context.Background())
	select {
	case <-w.done:
		t.Fatal("a job was taken from a process that lives")
	case <-time.After(3 * time.Second):
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	select {
	case <-w.done:
	case <-time.After(20 * time.Second):
		t.Error("the job of the process that was killed is lost")
	}
}
