package webhook

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/egress"
	"github.com/rhaptos/rhaptos/publish"
)

// ErrNotFound says that there is no such webhook, delivery or trigger.
var ErrNotFound = errors.New("not found")

// Signature is the scheme by which a webhook's deliveries are signed.
type Signature string

// The schemes.
const (
	Standard Signature = "standard" // Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature
	GitHub   Signature = "github"   // as GitHub does: X-Hub-Signature-256
	Both     Signature = "both"
)

// Condition says whether a webhook's deliveries are sent.
type Condition string

// The conditions of a webhook.
const (
	Active    Condition = "active"
	Paused    Condition = "paused"    // by hand: what is announced waits
	Suspended Condition = "suspended" // by the server, for a reason: it receives nothing more
)

// Webhook is an address that receives events.
type Webhook struct {
	ID           string
	URL          string
	RepositoryID string   // empty: it receives the events of every repository
	Events       []string // patterns of types, such as release.*
	Signature    Signature
	Creator      string // id of the account that is responsible for it; empty: whoever has the data folder
	Condition    Condition
	Reason       string // why it is suspended
	Created      time.Time
}

// defaultEvents are the events of a webhook that does not choose: releases.
func defaultEvents() []string { return []string{"release.*"} }

// Wants reports whether a webhook receives events of the type.
func (h *Webhook) Wants(eventType string) bool {
	return slices.ContainsFunc(h.Events, func(pattern string) bool {
		ok, err := path.Match(pattern, eventType)
		return ok && err == nil
	})
}

// Webhooks keeps webhooks and their deliveries. It is the server's
// [publish.Announcer].
type Webhooks struct {
	db       database.DB
	schedule schedule
}

// NewWebhooks makes a store over the database.
func NewWebhooks(db database.DB) *Webhooks { return &Webhooks{db, overDays()} }

// Add stores a webhook: the URL must be an absolute http or https one; without
// events it receives those of releases, and without a signature it is that of
// Standard Webhooks. It returns the secret with which the receiver checks
// signatures, which cannot be read later: the given one if the receiver has one
// already, or else a new one.
func (w *Webhooks) Add(ctx context.Context, h Webhook, given string) (id, secret string, err error) {
	if len(h.Events) == 0 {
		h.Events = defaultEvents()
	}
	if h.Signature == "" {
		h.Signature = Standard
	}
	if err := errors.Join(checkAddress(h.URL), checkEvents(h.Events), checkSecret(given, h.Signature)); err != nil {
		return "", "", err
	}
	if secret = given; secret == "" {
		secret = newSecret()
	}
	id = "wh_" + rand.Text()
	repository := sql.NullString{String: h.RepositoryID, Valid: h.RepositoryID != ""}
	_, err = w.db.ExecContext(ctx, `INSERT INTO webhook (id, url, secret, repository_id, created_at, events, signature, creator)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id, h.URL, secret, repository, database.Micros(time.Now()), strings.Join(h.Events, ","), string(h.Signature), h.Creator)
	if err != nil {
		return "", "", fmt.Errorf("add webhook: %w", err)
	}
	return id, secret, nil
}

// CheckURL refuses the URL of a webhook to which the guard would not let a delivery
// go, before it is added.
func CheckURL(ctx context.Context, address string, guard egress.Guard) error {
	if err := checkAddress(address); err != nil {
		return err
	}
	if err := guard.Check(ctx, address); err != nil {
		return fmt.Errorf("no delivery could reach the webhook: %w; whoever runs the server can allow it (serve --allow-private-webhooks, --webhook-ports)", err)
	}
	return nil
}

func checkAddress(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return fmt.Errorf("the address of a webhook must be a URL: %w", err)
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return fmt.Errorf("%q cannot be the address of a webhook: it must begin with http:// or https:// and name a host", address)
	case u.User != nil:
		return errors.New("the address of a webhook must not hold a name or password: requests are signed instead")
	case u.Fragment != "" || strings.HasSuffix(address, "#"):
		return errors.New("the address of a webhook must not hold a fragment: it is never sent")
	case len(address) > 2000:
		return fmt.Errorf("the address of a webhook is %d bytes long, must be at most 2000", len(address))
	}
	return nil
}

func checkEvents(patterns []string) error {
	for _, pattern := range patterns {
		known := slices.ContainsFunc(publish.EventTypes(), (&Webhook{Events: []string{pattern}}).Wants)
		if !known || strings.ContainsAny(pattern, ", ") {
			return fmt.Errorf("no event is named %q: there are %s; * stands for any part of a name", pattern, strings.Join(publish.EventTypes(), ", "))
		}
	}
	return nil
}

const webhookColumns = `id, url, coalesce(repository_id, ''), events, signature, creator, state, reason, created_at`

func scanWebhook(row database.Row) (*Webhook, error) {
	var h Webhook
	var events string
	var created int64
	err := row.Scan(&h.ID, &h.URL, &h.RepositoryID, &events, &h.Signature, &h.Creator, &h.Condition, &h.Reason, &created)
	h.Events, h.Created = strings.Split(events, ","), database.Time(created)
	return &h, err
}

// List gives all webhooks, oldest first.
func (w *Webhooks) List(ctx context.Context) ([]*Webhook, error) {
	rows, err := w.db.QueryContext(ctx, `SELECT `+webhookColumns+` FROM webhook ORDER BY created_at, id`)
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	return database.Collect(rows, scanWebhook)
}

// Remove deletes a webhook and all of its deliveries, those under way included.
func (w *Webhooks) Remove(ctx context.Context, id string) error {
	return w.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		for _, statement := range []string{
			`DELETE FROM delivery_attempt WHERE delivery_id IN (SELECT id FROM delivery WHERE webhook_id = $1)`,
			`DELETE FROM delivery WHERE webhook_id = $1`,
		} {
			if _, err := tx.ExecContext(ctx, statement, id); err != nil {
				return fmt.Errorf("remove deliveries of webhook %s: %w", id, err)
			}
		}
		result, err := tx.ExecContext(ctx, `DELETE FROM webhook WHERE id = $1`, id)
		if err != nil {
			return fmt.Errorf("remove webhook %s: %w", id, err)
		}
		return oneOf(result, "webhook %s", id)
	})
}

// Pause lets what is announced to a webhook wait.
func (w *Webhooks) Pause(ctx context.Context, id string) error {
	result, err := w.db.ExecContext(ctx, `UPDATE webhook SET state = $2 WHERE id = $1 AND state = $3`, id, string(Paused), string(Active))
	if err != nil {
		return fmt.Errorf("pause webhook %s: %w", id, err)
	}
	return oneOf(result, "active webhook %s", id)
}

// Unpause lets a webhook that is paused or suspended receive deliveries again, first of
// what has waited. The account with the id is responsible for it from then on.
func (w *Webhooks) Unpause(ctx context.Context, id, creator string) error {
	return w.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE webhook SET state = $2, reason = '', creator = $3 WHERE id = $1`, id, string(Active), creator)
		if err != nil {
			return fmt.Errorf("resume webhook %s: %w", id, err)
		}
		if err := oneOf(result, "webhook %s", id); err != nil {
			return err
		}
		// What has waited here was not tried meanwhile: its time begins now.
		if _, err := tx.ExecContext(ctx, `UPDATE delivery SET begun_at = $2 WHERE webhook_id = $1 AND state = $3`,
			id, database.Micros(time.Now()), string(Pending)); err != nil {
			return fmt.Errorf("resume the deliveries of webhook %s: %w", id, err)
		}
		return wake(ctx, tx, `webhook_id = $1`, id)
	})
}

// suspend stops the deliveries of a webhook, until somebody resumes it.
func suspend(ctx context.Context, q database.Queryer, id, reason string) error {
	_, err := q.ExecContext(ctx, `UPDATE webhook SET state = $2, reason = $3 WHERE id = $1`, id, string(Suspended), reason)
	if err != nil {
		return fmt.Errorf("suspend webhook %s: %w", id, err)
	}
	return nil
}

// oneOf is ErrNotFound, with what was looked for, unless a row was touched.
func oneOf(result sql.Result, what string, args ...any) error {
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		return fmt.Errorf(what+": %w", append(args, ErrNotFound)...)
	}
	return err
}
