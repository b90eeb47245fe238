package database

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// createTurns makes the table of what one of all processes does, with the time at
// which one has last begun it, by the clock of the database.
const createTurns = `CREATE TABLE turn (
	name     TEXT COLLATE "C" PRIMARY KEY,
	begun_at TIMESTAMPTZ NOT NULL
)`

// Turn implements [DB]. The interval is measured a little shorter than it is: a
// process that asks each time just before it is over would have every second turn.
func (p *postgres) Turn(ctx context.Context, name string, interval time.Duration) (bool, error) {
	result, err := p.pool.Exec(ctx, `INSERT INTO turn (name, begun_at) VALUES ($1, clock_timestamp())
		ON CONFLICT (name) DO UPDATE SET begun_at = excluded.begun_at WHERE turn.begun_at < clock_timestamp() - make_interval(secs => $2)`,
		name, (interval * 9 / 10).Seconds())
	if err != nil {
		return false, fmt.Errorf("ask whose turn it is to %s: %w", name, err)
	}
	return result.RowsAffected() > 0, nil
}

// Claim implements [DB]. The name is an advisory lock of a transaction that is open
// for as long, on a session of its own, and has nothing else in it: it keeps
// nothing from being vacuumed, and a pooler leaves it its session.
func (p *postgres) Claim(ctx context.Context, name string) (release func(), ok bool, err error) {
	tx, err := p.claim(ctx, name)
	if tx == nil || err != nil {
		return nil, false, err
	}
	return func() { abandon(ctx, tx) }, true, nil
}

// claim returns the transaction that holds the name, or nil if another one does.
func (p *postgres) claim(ctx context.Context, name string) (pgx.Tx, error) {
	tx, err := p.claims.BeginTx(ctx, pgx.TxOptions{BeginQuery: `BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0`})
	if err != nil {
		return nil, fmt.Errorf("claim %s: %w", name, err)
	}
	var ok bool
	if err = tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))`, name).Scan(&ok); err == nil && ok {
		return tx, nil
	}
	abandon(ctx, tx)
	return nil, err
}

// abandon ends the transaction of a claim.
func abandon(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
	defer cancel()
	_ = tx.Rollback(ctx) // a session whose rollback fails is closed, which ends the claim
}
