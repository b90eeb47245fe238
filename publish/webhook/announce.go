package webhook

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish"
)

// message is the body of a delivery.
type message struct {
	Type      string            `json:"type"`
	Timestamp string            `json:"timestamp"` // RFC 3339
	Data      publish.EventData `json:"data"`
}

// Announce implements [publish.Announcer]: one delivery and one job for every
// webhook that is to know.
func (w *Webhooks) Announce(ctx context.Context, tx database.Tx, e publish.Event) error {
	hooks, err := listeners(ctx, tx, e)
	if err != nil || len(hooks) == 0 {
		return err
	}
	body, err := json.Marshal(message{e.Type, e.Time.UTC().Format(time.RFC3339Nano), e.Data})
	if err != nil {
		return fmt.Errorf("encode event %s: %w", e.Type, err)
	}
	now := database.Micros(time.Now())
	for _, hook := range hooks {
		id := "msg_" + rand.Text()
		place, err := lastPlace(ctx, tx, hook, e.RepositoryID)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO delivery
			(id, webhook_id, repository_id, place, event, body, hops, state, attempts, answer, created_at, begun_at, next_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', $9, $10, $10)`,
			id, hook, e.RepositoryID, place, e.Type, string(body), e.Hops, string(Pending), database.Micros(e.Time), now)
		if err != nil {
			return fmt.Errorf("insert delivery: %w", err)
		}
		if err := tx.Enqueue(ctx, job{ID: id}, nil); err != nil {
			return err
		}
	}
	return nil
}

// listeners are the webhooks that receive an event.
func listeners(ctx context.Context, q database.Queryer, e publish.Event) ([]string, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+webhookColumns+` FROM webhook
		WHERE (repository_id IS NULL OR repository_id = $1) AND state <> $2 ORDER BY created_at, id`, e.RepositoryID, string(Suspended))
	if err != nil {
		return nil, fmt.Errorf("find webhooks: %w", err)
	}
	all, err := database.Collect(rows, scanWebhook)
	var ids []string
	for _, h := range all {
		if h.Wants(e.Type) {
			ids = append(ids, h.ID)
		}
	}
	return ids, err
}

// lastPlace is the place behind all deliveries of a webhook about a repository.
func lastPlace(ctx context.Context, tx database.Tx, webhookID, repositoryID string) (place int64, err error) {
	if err := lock(ctx, tx, webhookID); err != nil {
		return 0, err
	}
	err = tx.QueryRowContext(ctx, `SELECT coalesce(max(place), 0) + 1 FROM delivery WHERE webhook_id = $1 AND repository_id = $2`,
		webhookID, repositoryID).Scan(&place)
	if err != nil {
		return 0, fmt.Errorf("queue a delivery of webhook %s: %w", webhookID, err)
	}
	return place, nil
}

// lock lets announcements to one webhook and ends of its deliveries follow each
// other (in PostgreSQL; SQLite has one writer anyway). Without it a delivery
// could be announced just as the one before it ends, each unseen by the other,
// and nothing would wake it.
func lock(ctx context.Context, tx database.Tx, webhookID string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE webhook SET state = state WHERE id = $1`, webhookID); err != nil {
		return fmt.Errorf("lock webhook %s: %w", webhookID, err)
	}
	return nil
}
