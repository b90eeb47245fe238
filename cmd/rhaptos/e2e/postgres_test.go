package e2e

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/rhaptos/rhaptos/gitserver/database/postgrestest"
)

// postgres is the PostgreSQL server of the tests, as durable as a real one.
var postgres struct {
	once      sync.Once
	server    *postgrestest.Server
	err       error
	databases atomic.Int64
}

func stopPostgres() {
	if postgres.server != nil {
		postgres.server.Remove()
	}
}

// newPostgres makes an empty database and returns its URL, with a password.
func newPostgres(ctx context.Context) (string, error) {
	postgres.once.Do(func() { postgres.server, postgres.err = postgrestest.Start(ctx, postgrestest.Config{Durable: true}) })
	if postgres.err != nil {
		return "", postgres.err
	}
	name := fmt.Sprintf("books_%d", postgres.databases.Add(1))
	return postgres.server.TCP(postgres.server.Address(), name), postgres.server.Exec(ctx, "postgres", "CREATE DATABASE "+name)
}

func scriptPostgres(ts *testscript.TestScript, _ bool, _ []string) {
	url, err := newPostgres(context.Background())
	ts.Check(err)
	ts.Setenv("POSTGRES", url)
}
