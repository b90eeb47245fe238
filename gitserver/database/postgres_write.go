package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"
)

// beginQuery opens a transaction and marks it, in one round trip. A process that
// stops in the middle of a transaction must not hold its locks for ever.
const beginQuery = `BEGIN ISOLATION LEVEL SERIALIZABLE;
	SET LOCAL idle_in_transaction_session_timeout = '60s';
	INSERT INTO transaction_mark (id, committed) VALUES ('%s', true)`

// postgresTx is a transaction on one session: what database/sql and River do in it
// happens together.
type postgresTx struct {
	*sql.Conn
	raw    *pgx.Conn // the session of Conn
	tx     pgx.Tx    // on it
	insert *river.Client[pgx.Tx]
	mark   string
}

// Write implements [DB].
func (p *postgres) Write(ctx context.Context, f func(context.Context, Tx) error) error {
	return full(retry(ctx, outageTime, func() error { return p.writeOnce(ctx, f) }))
}

func (p *postgres) writeOnce(ctx context.Context, f func(context.Context, Tx) error) error {
	t, err := p.begin(ctx)
	if err != nil {
		return lostBy(ctx, err)
	}
	defer t.Close()
	if err := f(ctx, t); err != nil {
		if t.raw.IsClosed() && ctx.Err() == nil {
			return lostError{err}
		}
		t.rollback(ctx)
		if ctx.Err() != nil && errors.Is(err, driver.ErrBadConn) { // which does not say why
			return context.Cause(ctx)
		}
		return err
	}
	return p.commit(ctx, t)
}

// begin opens a transaction on a session from the pool. The caller closes it.
func (p *postgres) begin(ctx context.Context) (*postgresTx, error) {
	conn, err := p.Conn(ctx)
	if err != nil {
		return nil, err
	}
	t := &postgresTx{Conn: conn, insert: p.insert, mark: uuid.NewString()}
	err = conn.Raw(func(c any) error {
		t.raw = c.(*stdlib.Conn).Conn()
		return nil
	})
	if err == nil {
		clearNotice(t.raw.PgConn())
		t.tx, err = t.raw.BeginTx(ctx, pgx.TxOptions{BeginQuery: fmt.Sprintf(beginQuery, t.mark)})
	}
	if err != nil {
		defer conn.Close() // the pool uses no session again whose transaction failed
		if t.raw != nil && standby(err) {
			return nil, lostError{errors.Join(err, t.raw.Close(ctx))} // the pool looks for the primary
		}
		return nil, err
	}
	return t, nil
}

// rollback ends the transaction. It goes on a session that may be needed at once,
// so it does not depend on who has lost interest in the rest.
func (t *postgresTx) rollback(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
	defer cancel()
	_ = t.tx.Rollback(ctx) // a session whose rollback fails is closed, which rolls back
}

// Enqueue implements [Tx].
func (t *postgresTx) Enqueue(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) error {
	if _, err := t.insert.InsertTx(ctx, t.tx, args, opts); err != nil {
		return fmt.Errorf("enqueue %s: %w", args.Kind(), err)
	}
	return nil
}

// Requeue implements [Tx].
func (t *postgresTx) Requeue(ctx context.Context, kind string, jobs []river.JobArgs) error {
	return requeue(ctx, t, kind, jobs)
}

// The key in a session's data under which noteNotice leaves word.
const standbyNotAwaited = "standby not awaited"

// noteNotice is called for what the server says beside its answers. A commit whose
// wait for the synchronous standby was cancelled succeeds, but for this warning.
func noteNotice(session *pgconn.PgConn, notice *pgconn.Notice) {
	if notice.Code == "01000" {
		session.CustomData()[standbyNotAwaited] = true
	}
}

func clearNotice(session *pgconn.PgConn) { delete(session.CustomData(), standbyNotAwaited) }

func noticed(session *pgconn.PgConn) bool { return session.CustomData()[standbyNotAwaited] != nil }
