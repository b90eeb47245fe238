// Package database opens the one database in which everything with a name
// lives, brings its schema up to date, and runs transactions.
//
// A transaction carries portable SQL and the insertion of jobs on the same
// session: both happen or neither. Queries belong to the packages whose tables
// they touch; the only SQL here is the schema.
//
// SQL is written for SQLite and PostgreSQL alike: $1 placeholders bound by
// number, ON CONFLICT, RETURNING, and no FOR UPDATE. In both, a write transaction
// is as if alone: in SQLite because it is, in PostgreSQL because one that another
// has got in the way of is run again. An update of the row that others are about
// to write, at the beginning, saves them the work. Values have the type of their
// column: strings for TEXT, []byte for BYTEA, integers for BIGINT, bool for BOOLEAN.
package database

import (
	"context"
	"database/sql"
	"time"

	"github.com/riverqueue/river"
)

// Outside is the queue of jobs that wait for other machines: it has workers of its
// own, so that no job of this machine waits behind a receiver that is slow.
const Outside = "outside"

// Queryer runs portable SQL: the database itself, or one transaction of it.
type Queryer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Tx is one open write transaction.
type Tx interface {
	Queryer

	// Enqueue inserts a job that becomes visible to workers when the
	// transaction commits. Nil opts means the job's own defaults.
	Enqueue(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) error

	// Requeue inserts jobs of one kind, in the place of all of that kind that
	// wait for a worker: a process that starts and asks for all that there is to
	// do asks once, however often it starts.
	Requeue(ctx context.Context, kind string, jobs []river.JobArgs) error
}

// Dialect is a kind of SQL, for what is not portable.
type Dialect int

// The databases.
const (
	SQLite Dialect = iota
	PostgreSQL
)

func (d Dialect) String() string { return [...]string{"SQLite", "PostgreSQL"}[d] }

// DB is an open database. Its Queryer methods run single statements outside a
// transaction, of which those that return rows change nothing; Write runs a
// transaction.
type DB interface {
	Queryer

	Dialect() Dialect

	// Write runs f in a transaction and commits it; f may be run more than once,
	// when the database asks for a retry, and so must touch nothing but tx, and
	// wrap the errors of its queries. An error of f rolls everything back and is
	// returned as it is. If Write returns nil the transaction is permanent; any
	// other error than ErrUncertain says that nothing has happened.
	Write(ctx context.Context, f func(ctx context.Context, tx Tx) error) error

	// Turn reports whether this process is to do what one of all processes that
	// serve the database does in each interval. Nothing but effort may depend on
	// it: what was begun a whole interval ago may still be at work elsewhere.
	Turn(ctx context.Context, name string, interval time.Duration) (bool, error)

	// Claim takes a name that no other process has taken; ok is false if one has.
	// The name is free when release is called, or the process ends, or loses its
	// connection to the database, so nothing but effort may depend on it either.
	// Goroutines of one process may all have the name in SQLite, which has one
	// server at a time.
	Claim(ctx context.Context, name string) (release func(), ok bool, err error)

	// Work starts workers for jobs, so many for those that are not in the queue
	// Outside, and returns a function that stops them: it
	// waits for the jobs in hand until its context ends, then cancels them.
	Work(ctx context.Context, workers *river.Workers, concurrency int) (stop func(context.Context) error, err error)

	Close() error
}

// Micros is t as the schema keeps times: microseconds since 1970 UTC.
func Micros(t time.Time) int64 { return t.UnixMicro() }

// Time is the inverse of Micros.
func Time(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
