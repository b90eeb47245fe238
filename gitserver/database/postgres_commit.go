package database

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rhaptos/rhaptos/gitserver/periodic"
)

// ErrUncertain says that the result of a commit did not arrive, and that the
// database could not be asked for it either.
var ErrUncertain = errors.New("the connection to the database was lost during the commit, and the database does not answer: " +
	"the change may have been made or not; look before trying once more")

// Bounds of what may take long at the end of a transaction.
const (
	commitTime   = 20 * time.Second // of waiting for a commit, and for the standby if there is one
	resolveTime  = 40 * time.Second // of finding out what became of it
	rollbackTime = 5 * time.Second
)

// markTime is how long the marks of transactions are kept; it is much longer than
// resolving takes. A process that stood still for markTrust does not look: its mark
// might be gone.
const (
	markTime  = 24 * time.Hour
	markTrust = time.Hour
)

// commit commits, and returns nil only if the transaction is permanent. Whoever
// waits for it may lose interest, but the commit has begun.
func (p *postgres) commit(ctx context.Context, t *postgresTx) error {
	begun := time.Now()
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.commitTime)
	defer cancel()
	err := t.tx.Commit(wait)
	switch {
	case err == nil && !noticed(t.raw.PgConn()):
		return nil
	case rolledBack(err):
		return err
	}
	if err != nil {
		p.log.Warn("the result of a commit is unknown, looking it up", "err", err)
	} else {
		p.log.Warn("a commit was not awaited by the standby, waiting for it")
	}
	return p.resolve(ctx, t.mark, begun, err)
}

// rolledBack reports whether the error of a commit says that it did not happen. A
// server that ends the session (FATAL, PANIC) leaves that open.
func rolledBack(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.SeverityUnlocalized == "ERROR"
	}
	return errors.Is(err, pgx.ErrTxCommitRollback)
}

// resolve finds out whether the transaction with the mark was committed, and
// returns nil if so. It is not a look only: if the mark is missing, resolve leaves
// one that says that the transaction was given up. That waits for a transaction
// that is still at it, and keeps one that has not got as far from being committed,
// for ids are unique. If the mark is there, resolve rewrites it, and so waits for
// the standby, which has the first transaction when it has this one.
func (p *postgres) resolve(ctx context.Context, mark string, begun time.Time, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.resolveTime)
	defer cancel()
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		if time.Since(begun) > markTrust {
			break
		}
		committed, err := p.settle(ctx, mark)
		if err == nil && committed {
			return nil
		}
		if err == nil {
			return lostError{fmt.Errorf("the transaction was not committed: %w", cause)}
		}
		p.log.Warn("the result of a commit cannot be looked up", "err", err)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
			continue
		}
		break
	}
	return errors.Join(ErrUncertain, cause)
}

// errNotAwaited says that a commit is not known to be on the standby.
var errNotAwaited = errors.New("the standby has not confirmed the commit")

// settle reads the mark, or makes the one that says that the transaction was given
// up, durably.
func (p *postgres) settle(ctx context.Context, mark string) (committed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, p.commitTime)
	defer cancel()
	session, err := p.pool.Acquire(ctx)
	if err != nil {
		return false, err
	}
	defer session.Release()
	clearNotice(session.Conn().PgConn())
	err = session.QueryRow(ctx, `INSERT INTO transaction_mark (id, committed) VALUES ($1, false)
		ON CONFLICT (id) DO UPDATE SET at = excluded.at RETURNING committed`, mark).Scan(&committed)
	if err == nil && noticed(session.Conn().PgConn()) {
		err = errNotAwaited
	}
	return committed, err
}

// createMarks makes the table of marks: the ids of transactions that were committed,
// and of those that resolve gave up.
const createMarks = `CREATE TABLE transaction_mark (
	id        TEXT COLLATE "C" PRIMARY KEY,
	committed BOOLEAN NOT NULL,
	at        TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
)`

// pruneMarks removes old marks until the context ends. Several processes may do so.
func (p *postgres) pruneMarks(ctx context.Context) {
	periodic.Every(ctx, 10*time.Minute, p.log, "prune the marks of transactions", func(ctx context.Context) error {
		_, err := p.pool.Exec(ctx, `DELETE FROM transaction_mark WHERE at < clock_timestamp() - make_interval(secs => $1)`, markTime.Seconds())
		return err
	})
}
