package webhook

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish"
)

// ErrNotFound says that there is no such webhook, delivery or trigger.
var ErrNotFound = errors.New("not found")

// Webhook is an address that is told of releases.
type Webhook struct {
	ID           string
	URL          string
	RepositoryID string // empty: it is told of every repository
	Created      time.Time
}

// Webhooks keeps webhooks and their deliveries. It is the server's
// [publish.Announcer].
type Webhooks struct {
	db       database.DB
	schedule schedule
}

// NewWebhooks makes a store over the database.
func NewWebhooks(db database.DB) *Webhooks { return &Webhooks{db, overDays()} }

const secretPrefix = "whsec_"

// Add makes a webhook for one repository, or for all when repositoryID is
// empty. The address must be an absolute http or https URL. The secret, with
// which the receiver checks signatures, is told only here; given is one that
// the receiver has already, empty to make one.
func (w *Webhooks) Add(ctx context.Context, address, repositoryID, given string) (id, secret string, err error) {
	if err := checkAddress(address); err != nil {
		return "", "", err
	}
	if err := checkSecret(given); err != nil {
		return "", "", err
	}
	id, secret = "wh_"+rand.Text(), cmp.Or(given, newSecret())
	repository := sql.NullString{String: repositoryID, Valid: repositoryID != ""}
	_, err = w.db.ExecContext(ctx, `INSERT INTO webhook (id, url, secret, repository_id, created_at) VALUES ($1, $2, $3, $4, $5)`,
		id, address, secret, repository, database.Micros(time.Now()))
	if err != nil {
		return "", "", fmt.Errorf("add webhook: %w", err)
	}
	return id, secret, nil
}

func newSecret() string {
	key := make([]byte, 32)
	rand.Read(key) // never fails, as its documentation says
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// checkSecret checks a secret from outside: whsec_ and the base64 of 24 to 64
// bytes, as Standard Webhooks has them, or nothing.
func checkSecret(secret string) error {
	if secret == "" {
		return nil
	}
	text, ok := strings.CutPrefix(secret, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		return errors.New("the secret of a webhook must be whsec_ followed by the base64 of 24 to 64 bytes")
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

// List gives all webhooks, oldest first.
func (w *Webhooks) List(ctx context.Context) ([]*Webhook, error) {
	rows, err := w.db.QueryContext(ctx, `SELECT id, url, coalesce(repository_id, ''), created_at FROM webhook ORDER BY created_at, id`)
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	return database.Collect(rows, func(row database.Row) (*Webhook, error) {
		var h Webhook
		var created int64
		err := row.Scan(&h.ID, &h.URL, &h.RepositoryID, &created)
		h.Created = database.Time(created)
		return &h, err
	})
}

// Remove forgets a webhook and all of its deliveries, those under way included.
func (w *Webhooks) Remove(ctx context.Context, id string) error {
	return w.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM delivery WHERE webhook_id = $1`, id); err != nil {
			return fmt.Errorf("remove deliveries of webhook %s: %w", id, err)
		}
		result, err := tx.ExecContext(ctx, `DELETE FROM webhook WHERE id = $1`, id)
		if err != nil {
			return fmt.Errorf("remove webhook %s: %w", id, err)
		}
		return oneOf(result, "webhook %s", id)
	})
}

// oneOf is ErrNotFound, with what was looked for, unless a row was touched.
func oneOf(result sql.Result, what string, args ...any) error {
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		return fmt.Errorf(what+": %w", append(args, ErrNotFound)...)
	}
	return err
}

// message is the body of a delivery.
type message struct {
	Type      string            `json:"type"`
	Timestamp string            `json:"timestamp"` // RFC 3339
	Data      publish.EventData `json:"data"`
}

// Announce implements [publish.Announcer]: one delivery and one job for every
// webhook that is to know.
func (w *Webhooks) Announce(ctx context.Context, tx database.Tx, e publish.Event) error {
	if !strings.HasPrefix(e.Type, "release.") {
		return nil
	}
	body, err := json.Marshal(message{e.Type, e.Time.UTC().Format(time.RFC3339Nano), e.Data})
	if err != nil {
		return fmt.Errorf("encode event %s: %w", e.Type, err)
	}
	hooks, err := listeners(ctx, tx, e.RepositoryID)
	if err != nil {
		return err
	}
	for _, hook := range hooks {
		id := "msg_" + rand.Text()
		_, err := tx.ExecContext(ctx, `INSERT INTO delivery (id, webhook_id, event, body, state, attempts, answer, created_at)
			VALUES ($1, $2, $3, $4, $5, 0, '', $6)`, id, hook, e.Type, string(body), string(Pending), database.Micros(e.Time))
		if err != nil {
			return fmt.Errorf("insert delivery: %w", err)
		}
		if err := tx.Enqueue(ctx, job{ID: id}, nil); err != nil {
			return err
		}
	}
	return nil
}

func listeners(ctx context.Context, q database.Queryer, repositoryID string) ([]string, error) {
	rows, err := q.QueryContext(ctx, `SELECT id FROM webhook WHERE repository_id IS NULL OR repository_id = $1 ORDER BY created_at, id`, repositoryID)
	if err != nil {
		return nil, fmt.Errorf("find webhooks: %w", err)
	}
	return database.Collect(rows, func(row database.Row) (id string, err error) {
		err = row.Scan(&id)
		return id, err
	})
}
