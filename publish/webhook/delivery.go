package webhook

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// State says what became of a delivery.
type State string

// The states of a delivery. It begins as Pending and changes once, unless somebody
// requests that it be repeated. Accepted has an older word in the database and in lists.
const (
	Pending  State = "pending"
	Accepted State = "taken"  // the receiver answered 2xx
	Failed   State = "failed" // it never did, over days
)

// Delivery is one event on its way to one webhook.
type Delivery struct {
	ID        string
	WebhookID string
	Event     string // its type
	State     State
	Attempts  int
	Response  string // the last one: a status line, or why there was none
	Created   time.Time
	Attempted time.Time // the last time; zero before the first
}

// schedule lists the waits between one attempt and the next.
type schedule []time.Duration

// overDays tries soon again for a receiver that is being restarted, and for
// four days in all for a receiver that is being repaired.
func overDays() schedule {
	return schedule{
		time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
		time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 24 * time.Hour, 24 * time.Hour,
	}
}

func (s schedule) maxAttempts() int { return len(s) + 1 }

// wait returns the wait after a number of failed attempts, give or take a fifth,
// so that deliveries that failed together do not come back together.
func (s schedule) wait(attempts int) time.Duration {
	if len(s) == 0 {
		return 0
	}
	w := s[min(max(attempts, 1), len(s))-1]
	return time.Duration(float64(w) * (0.8 + 0.4*rand.Float64()))
}

// patience is how long a delivery is tried at most. One that has waited for
// others to be given up is not tried for as long as those again.
func (s schedule) patience() time.Duration {
	sum := time.Minute
	for _, w := range s {
		sum += w * 12 / 10
	}
	return sum
}

// job asks for one attempt at a delivery. A job for an attempt that has been
// made, or whose turn it is not, does nothing; so however often a delivery is
// woken, its attempts remain one chain.
type job struct {
	ID      string    `json:"id"`
	Attempt int       `json:"attempt"`        // from 0
	After   time.Time `json:"after,omitzero"` // not to be made earlier
}

// Kind is the job's name in the queue.
func (job) Kind() string { return "deliver" }

// InsertOpts puts deliveries where nothing of this machine waits behind them.
func (job) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: database.Outside} }

// snoozable is the longest time for which the queue snoozes a job precisely. It
// looks for jobs scheduled for later only this often.
const snoozable = 5 * time.Second

// enqueue asks for an attempt at the time, which may be in the past.
func enqueue(ctx context.Context, tx database.Tx, id string, attempt int, at time.Time) error {
	switch wait := time.Until(at); {
	case wait <= 0:
		return tx.Enqueue(ctx, job{ID: id, Attempt: attempt}, nil)
	case wait <= snoozable:
		return tx.Enqueue(ctx, job{ID: id, Attempt: attempt, After: at}, nil)
	default:
		return tx.Enqueue(ctx, job{ID: id, Attempt: attempt}, &river.InsertOpts{ScheduledAt: at})
	}
}

// first holds for a pending delivery that no other one of its webhook and
// repository precedes.
const first = `delivery.state = 'pending' AND NOT EXISTS (
	SELECT 1 FROM delivery AS earlier WHERE earlier.webhook_id = delivery.webhook_id
	AND earlier.repository_id = delivery.repository_id AND earlier.place < delivery.place AND earlier.state = 'pending')`

// wake asks for the next attempt at the first delivery of every queue of those
// that hold the condition.
func wake(ctx context.Context, tx database.Tx, condition string, args ...any) error {
	rows, err := tx.QueryContext(ctx, `SELECT id, attempts, next_at FROM delivery WHERE `+first+` AND `+condition, args...)
	if err != nil {
		return fmt.Errorf("list pending deliveries: %w", err)
	}
	type due struct {
		job
		at int64
	}
	all, err := database.Collect(rows, func(row database.Row) (d due, err error) {
		return d, row.Scan(&d.ID, &d.Attempt, &d.at)
	})
	for _, d := range all {
		if err := enqueue(ctx, tx, d.ID, d.Attempt, database.Time(d.at)); err != nil {
			return err
		}
	}
	return err
}

const deliveryColumns = `id, webhook_id, event, state, attempts, answer, created_at, attempted_at`

func scanDelivery(row database.Row, more ...any) (*Delivery, error) {
	var d Delivery
	var created int64
	var attempted sql.NullInt64
	err := row.Scan(append([]any{&d.ID, &d.WebhookID, &d.Event, &d.State, &d.Attempts, &d.Response, &created, &attempted}, more...)...)
	d.Created = database.Time(created)
	if attempted.Valid {
		d.Attempted = database.Time(attempted.Int64)
	}
	return &d, err
}

// Deliveries are those of a webhook, newest first, at most limit; of all
// webhooks when webhookID is empty.
func (w *Webhooks) Deliveries(ctx context.Context, webhookID string, limit int) ([]*Delivery, error) {
	rows, err := w.db.QueryContext(ctx, `SELECT `+deliveryColumns+` FROM delivery
		WHERE $1 = '' OR webhook_id = $1 ORDER BY created_at DESC, place DESC, id LIMIT $2`, webhookID, limit)
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	return database.Collect(rows, func(row database.Row) (*Delivery, error) { return scanDelivery(row) })
}

// parcel is a delivery as it is sent.
type parcel struct {
	job
	webhook      string
	creator      string // account id
	repositoryID string // what the webhook is for; empty: every repository
	url          string
	signature    Signature
	secrets      rotation
	event        string
	body         string
	hops         int
	begun        time.Time
}

// load gives what the job is to send; nil if there is nothing to do any more, or
// not yet.
func load(ctx context.Context, q database.Queryer, j job) (*parcel, error) {
	p := &parcel{job: j}
	var begun int64
	err := q.QueryRowContext(ctx, `SELECT webhook.id, webhook.creator, coalesce(webhook.repository_id, ''), webhook.url, webhook.signature,
			webhook.secret, webhook.old_secret, webhook.old_secret_until, delivery.event, delivery.body, delivery.hops, delivery.begun_at
		FROM delivery JOIN webhook ON webhook.id = delivery.webhook_id
		WHERE delivery.id = $1 AND delivery.attempts = $2 AND webhook.state = $3 AND `+first, j.ID, j.Attempt, string(Active)).
		Scan(&p.webhook, &p.creator, &p.repositoryID, &p.url, &p.signature,
			&p.secrets.secret, &p.secrets.old, &p.secrets.until, &p.event, &p.body, &p.hops, &begun)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read delivery %s: %w", j.ID, err)
	}
	p.begun = database.Time(begun)
	return p, nil
}

// outcome returns the state of a delivery after an attempt.
func (w *Webhooks) outcome(p *parcel, a *attempt, now time.Time) State {
	switch {
	case a.accepted():
		return Accepted
	case a.gone(), p.Attempt+1 >= w.schedule.maxAttempts(), now.Sub(p.begun) > w.schedule.patience():
		return Failed
	}
	return Pending
}

// record writes down what became of an attempt and asks for the next one if it
// is needed, else for the delivery that has waited for this one. If the attempt
// has been recorded already it does nothing.
func (w *Webhooks) record(ctx context.Context, p *parcel, a *attempt) error {
	now := time.Now()
	attempts, state := p.Attempt+1, w.outcome(p, a, now)
	next := now.Add(max(w.schedule.wait(attempts), a.retryAfter))
	return w.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		if err := lock(ctx, tx, p.webhook); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `UPDATE delivery SET state = $4, attempts = $5, answer = $6, attempted_at = $7, next_at = $8
			WHERE id = $1 AND attempts = $2 AND state = $3`,
			p.ID, p.Attempt, string(Pending), string(state), attempts, a.response, database.Micros(a.at), database.Micros(next))
		if err != nil {
			return fmt.Errorf("record attempt at delivery %s: %w", p.ID, err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		if err := a.insert(ctx, tx, p.ID); err != nil {
			return err
		}
		if a.gone() {
			if err := suspend(ctx, tx, p.webhook, "the receiver answered "+a.response); err != nil {
				return err
			}
		}
		if state == Pending {
			return enqueue(ctx, tx, p.ID, attempts, next)
		}
		return wake(ctx, tx, `webhook_id = $1 AND repository_id = (SELECT repository_id FROM delivery WHERE id = $2)`, p.webhook, p.ID)
	})
}

// Resume asks anew for the next attempt at every pending delivery whose turn it
// is. A process that was killed leaves its jobs marked as running until the
// queue gives them up, many minutes later; called at start, Resume makes up for
// that. Calling it at any other time does no harm.
func (w *Webhooks) Resume(ctx context.Context) error {
	return w.db.Write(ctx, func(ctx context.Context, tx database.Tx) error { return wake(ctx, tx, `1 = 1`) })
}

// Redeliver repeats a delivery that was accepted or failed, as if it had just
// been announced: behind those that wait.
func (w *Webhooks) Redeliver(ctx context.Context, id string) error {
	return w.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		var webhookID, repositoryID string
		err := tx.QueryRowContext(ctx, `SELECT webhook_id, repository_id FROM delivery WHERE id = $1 AND state <> $2`, id, string(Pending)).
			Scan(&webhookID, &repositoryID)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("finished delivery %s: %w", id, ErrNotFound)
		}
		if err != nil {
			return fmt.Errorf("redeliver %s: %w", id, err)
		}
		place, err := lastPlace(ctx, tx, webhookID, repositoryID)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE delivery SET state = $2, attempts = 0, place = $3, begun_at = $4, next_at = $4 WHERE id = $1`,
			id, string(Pending), place, database.Micros(time.Now()))
		if err != nil {
			return fmt.Errorf("redeliver %s: %w", id, err)
		}
		return tx.Enqueue(ctx, job{ID: id}, nil)
	})
}

// Retention is the time for which deliveries are kept after they ended, or while
// they wait for a paused webhook.
const Retention = 30 * 24 * time.Hour

// Prune removes deliveries from before the time that are not on their way, and
// the ids of deliveries to triggers that came a year before it.
func (w *Webhooks) Prune(ctx context.Context, before time.Time) error {
	const old = `SELECT id FROM delivery WHERE created_at < $1 AND (state <> $2
		OR webhook_id IN (SELECT id FROM webhook WHERE state <> $3))`
	return w.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		at := database.Micros(before)
		for _, statement := range []string{
			`DELETE FROM delivery_attempt WHERE delivery_id IN (` + old + `)`,
			`DELETE FROM delivery WHERE id IN (` + old + `)`,
		} {
			if _, err := tx.ExecContext(ctx, statement, at, string(Pending), string(Active)); err != nil {
				return fmt.Errorf("purge old deliveries: %w", err)
			}
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM trigger_delivery WHERE at < $1`, database.Micros(before.AddDate(-1, 0, 0)))
		if err != nil {
			return fmt.Errorf("purge old deliveries to triggers: %w", err)
		}
		return nil
	})
}
