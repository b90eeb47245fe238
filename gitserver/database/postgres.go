package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// Config says which PostgreSQL database to open.
type Config struct {
	// URL is a connection URI or a list of key=value, as libpq takes them, with
	// several hosts if there are some. The pool_* parameters of pgxpool size the
	// pool; default_query_exec_mode=exec (or cache_describe, simple_protocol)
	// suits a pooler in transaction mode, and turns LISTEN off.
	URL string

	// Volatile accepts a server that may lose commits in a crash. It is for tests.
	Volatile bool

	Log *slog.Logger
}

// maxConnections bounds the connections of one process, unless the URL does
// (pool_max_conns). None of them is held while a pack or a page streams.
const maxConnections = 16

// maxClaims bounds the claims of one process: one for each job at work, and its own.
// They have connections of their own, or they could leave none for the work.
const maxClaims = 256

type postgres struct {
	*sql.DB
	pool     *pgxpool.Pool
	claims   *pgxpool.Pool
	insert   *river.Client[pgx.Tx]
	log      *slog.Logger
	poll     time.Duration
	pollOnly bool // there is no session of ours that could LISTEN

	commitTime, resolveTime, rescueInterval time.Duration
}

// OpenPostgres opens a database of a PostgreSQL server, making its schema if need
// be. Any number of processes may have it open. A server whose settings could lose
// a commit is refused, as is a standby.
//
// Write runs at the isolation level SERIALIZABLE, and again when PostgreSQL says
// that transactions have got in each other's way: as in SQLite, one transaction
// sees nothing of another that has not ended. A commit whose result did not
// arrive is looked up (see resolve); Write returns ErrUncertain if that fails.
func OpenPostgres(ctx context.Context, c Config) (DB, error) {
	config, err := poolConfig(c)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	config = config.Copy()
	config.MaxConns, config.MinConns, config.MinIdleConns = maxClaims, 0, 0
	claims, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("database: %w", err)
	}
	mode := config.ConnConfig.DefaultQueryExecMode
	p := &postgres{
		DB: stdlib.OpenDBFromPool(pool), pool: pool, claims: claims, log: c.Log, poll: pollInterval, commitTime: commitTime, resolveTime: resolveTime, rescueInterval: rescueInterval,
		pollOnly: mode != pgx.QueryExecModeCacheStatement && mode != pgx.QueryExecModeDescribeExec,
	}
	if err := p.prepare(ctx, c.Volatile); err != nil {
		p.Close()
		return nil, fmt.Errorf("database %s: %w", Place(c.URL), err)
	}
	return p, nil
}

func poolConfig(c Config) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(c.URL)
	if err != nil {
		return nil, errURL // what the parser says may quote a password
	}
	if !strings.Contains(c.URL, "pool_max_conns") {
		config.MaxConns = maxConnections
	}
	conn := config.ConnConfig
	if conn.RuntimeParams["application_name"] == "" {
		conn.RuntimeParams["application_name"] = "rhaptos"
	}
	if conn.ValidateConnect == nil { // target_session_attrs says otherwise
		conn.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	conn.OnNotice = noteNotice
	return config, nil
}

var errURL = errors.New("the URL of the database cannot be read: it must be postgres://USER@HOST/DATABASE or a list of key=value, " +
	"with percent signs for what has a meaning in URLs")

// Place names a database by the hosts and the database in its URL, without user,
// password and parameters, for logs.
func Place(url string) string {
	config, err := pgconn.ParseConfig(url)
	if err != nil {
		return "(unknown)"
	}
	hosts := []string{config.Host}
	for _, f := range config.Fallbacks {
		if hosts[len(hosts)-1] != f.Host { // each is there twice, with and without TLS
			hosts = append(hosts, f.Host)
		}
	}
	return strings.Join(hosts, ",") + "/" + config.Database
}

func (p *postgres) prepare(ctx context.Context, volatile bool) error {
	if err := p.checkServer(ctx, volatile); err != nil {
		return err
	}
	if err := p.migrate(ctx); err != nil {
		return err
	}
	var err error
	// The cooldown is that of notifications; those that come sooner are left out.
	p.insert, err = river.NewClient(riverpgxv5.New(p.pool), &river.Config{Logger: p.log, FetchCooldown: time.Millisecond})
	return err
}

// Dialect implements [DB].
func (p *postgres) Dialect() Dialect { return PostgreSQL }

// Close implements [DB]. What still uses a connection has a moment to give it back.
func (p *postgres) Close() error {
	err := p.DB.Close()
	closed := make(chan struct{})
	go func() {
		p.pool.Close()
		p.claims.Close()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(rollbackTime):
	}
	return err
}

// ExecContext implements [Queryer]: a transaction of one statement.
func (p *postgres) ExecContext(ctx context.Context, query string, args ...any) (result sql.Result, err error) {
	err = p.Write(ctx, func(ctx context.Context, tx Tx) (err error) {
		result, err = tx.ExecContext(ctx, query, args...)
		return err
	})
	return result, err
}

// QueryContext implements [Queryer]. Reading is tried again when the connection is
// lost before the first row; the query must change nothing.
func (p *postgres) QueryContext(ctx context.Context, query string, args ...any) (rows *sql.Rows, err error) {
	err = retry(ctx, outageTimeReading, func() error {
		rows, err = p.DB.QueryContext(ctx, query, args...)
		return lostBy(ctx, err)
	})
	return rows, err
}

// QueryRowContext implements [Queryer], as QueryContext does.
func (p *postgres) QueryRowContext(ctx context.Context, query string, args ...any) (row *sql.Row) {
	_ = retry(ctx, outageTimeReading, func() error {
		row = p.DB.QueryRowContext(ctx, query, args...)
		return lostBy(ctx, row.Err())
	})
	return row
}

// Work implements [DB].
func (p *postgres) Work(ctx context.Context, workers *river.Workers, concurrency int) (func(context.Context) error, error) {
	config := workerConfig(workers, concurrency, p.poll, p.log)
	config.PollOnly, config.ID = p.pollOnly, uuid.NewString()
	stop, err := startWorkers(ctx, riverpgxv5.New(p.pool), config)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	go p.pruneMarks(ctx)
	go p.attend(ctx, config.ID)
	go p.rescue(ctx, config.ID)
	return func(ctx context.Context) error {
		defer cancel() // while jobs still run, nobody else shall take them
		return stop(ctx)
	}, nil
}
