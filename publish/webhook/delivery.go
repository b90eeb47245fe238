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

// The states of a delivery. It begins as Pending and changes once, unless it is
// sent again by hand.
const (
	Pending State = "pending"
	Taken   State = "taken"  // the receiver answered 2xx
	Failed  State = "failed" // it never did, over days
)

// Delivery is one event on its way to one webhook.
type Delivery struct {
	ID        string
	WebhookID string
	Event     string // its type
	State     State
	Attempts  int
	Answer    string // the last one: a status line, or why there was none
	Created   time.Time
	Attempted time.Time // the last time; zero before the first
}

// schedule is how long to wait between one attempt and the next.
type schedule []time.Duration

// overDays tries soon again for a receiver that is being restarted, and for
// four days in all for one that is being mended.
func overDays() schedule {
	return schedule{
		time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
		time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 24 * time.Hour, 24 * time.Hour,
	}
}

func (s schedule) maxAttempts() int { return len(s) + 1 }

// wait is how long to wait after so many attempts have failed, give or take a
// fifth, so that what failed together does not come back together.
func (s schedule) wait(attempts int) time.Duration {
	w := s[min(max(attempts, 1), len(s))-1]
	return time.Duration(float64(w) * (0.8 + 0.4*rand.Float64()))
}

// job asks for one attempt at a delivery. A job for an attempt that has been
// made does nothing; so however often a delivery is resumed, its attempts
// remain one chain.
type job struct {
	ID      string    `json:"id"`
	Attempt int       `json:"attempt"`        // from 0
	After   time.Time `json:"after,omitzero"` // not to be made earlier
}

// Kind is the job's name in the queue.
func (job) Kind() string { return "deliver" }

// snoozable is how long the queue lets a job rest to the moment. It looks for
// jobs that were scheduled for later only this often.
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

// Deliveries are those of a webhook, newest first, at most limit; of all
// webhooks when webhookID is empty.
func (w *Webhooks) Deliveries(ctx context.Context, webhookID string, limit int) ([]*Delivery, error) {
	rows, err := w.db.QueryContext(ctx, `SELECT id, webhook_id, event, state, attempts, answer, created_at, attempted_at
		FROM delivery WHERE $1 = '' OR webhook_id = $1 ORDER BY created_at DESC, id LIMIT $2`, webhookID, limit)
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	return database.Collect(rows, func(row database.Row) (*Delivery, error) {
		var d Delivery
		var created int64
		var attempted sql.NullInt64
		err := row.Scan(&d.ID, &d.WebhookID, &d.Event, &d.State, &d.Attempts, &d.Answer, &created, &attempted)
		d.Created = database.Time(created)
		if attempted.Valid {
			d.Attempted = database.Time(attempted.Int64)
		}
		return &d, err
	})
}

// parcel is a delivery as it is sent.
type parcel struct {
	job
	url    string
	secret string
	body   string
}

// load gives what the job is to send; nil if there is nothing to do any more.
func load(ctx context.Context, q database.Queryer, j job) (*parcel, error) {
	p := &parcel{job: j}
	err := q.QueryRowContext(ctx, `SELECT webhook.url, webhook.secret, delivery.body
		FROM delivery JOIN webhook ON webhook.id = delivery.webhook_id
		WHERE delivery.id = $1 AND delivery.attempts = $2 AND delivery.state = $3`, j.ID, j.Attempt, string(Pending)).
		Scan(&p.url, &p.secret, &p.body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read delivery %s: %w", j.ID, err)
	}
	return p, nil
}

// record writes down what became of an attempt and asks for the next one if it
// is needed. If the attempt has been recorded already it does nothing.
func (w *Webhooks) record(ctx context.Context, j job, taken bool, answer string) error {
	now := time.Now()
	attempts := j.Attempt + 1
	state := Pending
	if taken {
		state = Taken
	} else if attempts >= w.schedule.maxAttempts() {
		state = Failed
	}
	return w.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE delivery SET state = $4, attempts = $5, answer = $6, attempted_at = $7
			WHERE id = $1 AND attempts = $2 AND state = $3`,
			j.ID, j.Attempt, string(Pending), string(state), attempts, answer, database.Micros(now))
		if err != nil {
			return fmt.Errorf("record attempt at delivery %s: %w", j.ID, err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 || state != Pending {
			return err
		}
		return enqueue(ctx, tx, j.ID, attempts, now.Add(w.schedule.wait(attempts)))
	})
}

// Resume asks anew for the next attempt at every pending delivery. A process
// that was killed leaves its jobs marked as running until the queue gives them
// up, many minutes later; called at start, Resume makes up for that. Calling
// it at any other time does no harm.
func (w *Webhooks) Resume(ctx context.Context) error {
	type due struct {
		job
		at time.Time
	}
	rows, err := w.db.QueryContext(ctx, `SELECT id, attempts, attempted_at FROM delivery WHERE state = $1`, string(Pending))
	if err != nil {
		return fmt.Errorf("list pending deliveries: %w", err)
	}
	all, err := database.Collect(rows, func(row database.Row) (d due, err error) {
		var attempted sql.NullInt64
		err = row.Scan(&d.ID, &d.Attempt, &attempted)
		if attempted.Valid {
			d.at = database.Time(attempted.Int64).Add(w.schedule.wait(d.Attempt))
		}
		return d, err
	})
	if err != nil || len(all) == 0 {
		return err
	}
	return w.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		for _, d := range all {
			if err := enqueue(ctx, tx, d.ID, d.Attempt, d.at); err != nil {
				return err
			}
		}
		return nil
	})
}

// Redeliver sends a delivery again that was taken or failed, as if it had just
// been announced.
func (w *Webhooks) Redeliver(ctx context.Context, id string) error {
	return w.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE delivery SET state = $2, attempts = 0 WHERE id = $1 AND state <> $2`, id, string(Pending))
		if err != nil {
			return fmt.Errorf("redeliver %s: %w", id, err)
		}
		if err := oneOf(result, "finished delivery %s", id); err != nil {
			return err
		}
		return tx.Enqueue(ctx, job{ID: id}, nil)
	})
}
