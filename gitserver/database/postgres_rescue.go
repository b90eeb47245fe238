package database

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rhaptos/rhaptos/gitserver/periodic"
)

// Jobs of a process that was killed stay marked as running. River gives them up only
// when they have taken as long as they may, which is hours for some. Here every
// process with workers holds a claim for as long as it lives, and the others look
// whether it is held. Two looks must find it free, for a claim is lost for a moment
// when the connection is.

// rescueInterval is the time between two looks.
const rescueInterval = 15 * time.Second

// workerClaim is the claim of the process with the id.
func workerClaim(id string) string { return "worker " + id }

// attend holds the claim of the process until the context ends.
func (p *postgres) attend(ctx context.Context, id string) {
	for ctx.Err() == nil {
		if tx, err := p.claim(ctx, workerClaim(id)); err == nil && tx != nil {
			p.keep(ctx, tx)
		}
		pause(ctx, p.rescueInterval/10)
	}
}

// keep returns when the context ends or the session is lost.
func (p *postgres) keep(ctx context.Context, tx pgx.Tx) {
	defer abandon(ctx, tx)
	for ctx.Err() == nil {
		if _, err := tx.Exec(ctx, `SELECT 1`); err != nil {
			return
		}
		pause(ctx, p.rescueInterval/5)
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// rescue gives the jobs of processes that are gone to others, until the context ends.
func (p *postgres) rescue(ctx context.Context, own string) {
	missing := map[string]bool{} // at the last look
	periodic.Every(ctx, p.rescueInterval, p.log, "look for jobs of processes that are gone", func(ctx context.Context) error {
		gone, err := p.gone(ctx, own)
		if err != nil {
			return err
		}
		now := map[string]bool{}
		for _, id := range gone {
			if !missing[id] {
				now[id] = true
				continue
			}
			if err := p.release(ctx, id); err != nil {
				return err
			}
		}
		missing = now
		return nil
	})
}

// gone lists the processes that have jobs running and do not hold their claim.
func (p *postgres) gone(ctx context.Context, own string) ([]string, error) {
	rows, err := p.DB.QueryContext(ctx, `SELECT DISTINCT attempted_by[array_upper(attempted_by, 1)] FROM river_job
		WHERE state = 'running' AND attempted_by IS NOT NULL`)
	if err != nil {
		return nil, err
	}
	ids, err := Collect(rows, func(row Row) (id string, err error) {
		err = row.Scan(&id)
		return id, err
	})
	var gone []string
	for _, id := range ids {
		if id == own {
			continue
		}
		tx, err := p.claim(ctx, workerClaim(id))
		if err != nil {
			return nil, err
		}
		if tx != nil {
			abandon(ctx, tx)
			gone = append(gone, id)
		}
	}
	return gone, err
}

// release makes the running jobs of a process available.
func (p *postgres) release(ctx context.Context, id string) error {
	result, err := p.pool.Exec(ctx, `UPDATE river_job SET state = 'available', scheduled_at = clock_timestamp()
		WHERE state = 'running' AND attempted_by[array_upper(attempted_by, 1)] = $1`, id)
	if err != nil {
		return fmt.Errorf("release the jobs of %s: %w", id, err)
	}
	if n := result.RowsAffected(); n > 0 {
		p.log.Warn("another server is gone, and its jobs are taken over", "jobs", n)
	}
	return nil
}
