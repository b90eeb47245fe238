package webhook

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Trigger lets another program ask for publications of a repository.
type Trigger struct {
	Name         string
	RepositoryID string
	Ref          string // full name of the one ref it may publish; empty: those that get published anyway
	Created      time.Time
}

// ErrExists says that there is a trigger of the name already.
var ErrExists = errors.New("exists already")

// Triggers keeps triggers and what they have asked for.
type Triggers struct {
	db database.DB
}

// NewTriggers makes a store over the database.
func NewTriggers(db database.DB) *Triggers { return &Triggers{db} }

var triggerName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,99}$`)

// Add makes a trigger. Its name becomes part of a URL: lower-case letters,
// digits, ".", "_" and "-", at most 100. Ref is a full name, or empty. The
// secret, with which the other program signs, is told only here.
func (t *Triggers) Add(ctx context.Context, name, repositoryID, ref string) (secret string, err error) {
	if !triggerName.MatchString(name) {
		return "", fmt.Errorf(`trigger name %q must be lower-case letters, digits, ".", "_" and "-", at most 100, and begin with a letter or digit`, name)
	}
	if ref != "" && !fullName(ref) {
		return "", fmt.Errorf("ref %q must be a full name, such as refs/heads/main", ref)
	}
	key := make([]byte, 32)
	rand.Read(key) // never fails, as its documentation says
	secret = hex.EncodeToString(key)
	var stored []byte // NULL for any ref
	if ref != "" {
		stored = []byte(ref)
	}
	result, err := t.db.ExecContext(ctx, `INSERT INTO trigger_ (name, repository_id, ref, secret, created_at)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING`, name, repositoryID, stored, secret, database.Micros(time.Now()))
	if err != nil {
		return "", fmt.Errorf("add trigger %s: %w", name, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return "", errors.Join(err, fmt.Errorf("trigger %s %w: remove it first, or take another name", name, ErrExists))
	}
	return secret, nil
}

// fullName reports whether ref is a full name of a branch or tag, or of
// another ref below refs/.
func fullName(ref string) bool {
	rest, ok := strings.CutPrefix(ref, "refs/")
	return ok && strings.Contains(rest, "/") && !strings.HasSuffix(rest, "/") && len(ref) <= 1000
}

const triggerColumns = `name, repository_id, ref, created_at`

func scanTrigger(row database.Row, more ...any) (*Trigger, error) {
	var t Trigger
	var ref []byte
	var created int64
	err := row.Scan(append([]any{&t.Name, &t.RepositoryID, &ref, &created}, more...)...)
	t.Ref, t.Created = string(ref), database.Time(created)
	return &t, err
}

// List gives all triggers, by name.
func (t *Triggers) List(ctx context.Context) ([]*Trigger, error) {
	rows, err := t.db.QueryContext(ctx, `SELECT `+triggerColumns+` FROM trigger_ ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("list triggers: %w", err)
	}
	return database.Collect(rows, func(row database.Row) (*Trigger, error) { return scanTrigger(row) })
}

// Remove forgets a trigger.
func (t *Triggers) Remove(ctx context.Context, name string) error {
	return t.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM trigger_delivery WHERE trigger_name = $1`, name); err != nil {
			return fmt.Errorf("remove deliveries of trigger %s: %w", name, err)
		}
		result, err := tx.ExecContext(ctx, `DELETE FROM trigger_ WHERE name = $1`, name)
		if err != nil {
			return fmt.Errorf("remove trigger %s: %w", name, err)
		}
		return oneOf(result, "trigger %s", name)
	})
}

// find gives a trigger and its secret.
func (t *Triggers) find(ctx context.Context, name string) (trigger *Trigger, secret string, err error) {
	trigger, err = scanTrigger(t.db.QueryRowContext(ctx, `SELECT `+triggerColumns+`, secret FROM trigger_ WHERE name = $1`, name), &secret)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, "", fmt.Errorf("trigger %s: %w", name, ErrNotFound)
	}
	if err != nil {
		return nil, "", fmt.Errorf("read trigger %s: %w", name, err)
	}
	return trigger, secret, nil
}

// remember records a delivery and reports whether it is the first of its id.
func remember(ctx context.Context, tx database.Tx, trigger, delivery string) (first bool, err error) {
	result, err := tx.ExecContext(ctx, `INSERT INTO trigger_delivery (trigger_name, delivery_id, at)
		VALUES ($1, $2, $3) ON CONFLICT (trigger_name, delivery_id) DO NOTHING`, trigger, delivery, database.Micros(time.Now()))
	if err != nil {
		return false, fmt.Errorf("record delivery to trigger %s: %w", trigger, err)
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// seen reports whether a delivery has been recorded.
func (t *Triggers) seen(ctx context.Context, trigger, delivery string) (bool, error) {
	var yes bool
	err := t.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM trigger_delivery WHERE trigger_name = $1 AND delivery_id = $2)`,
		trigger, delivery).Scan(&yes)
	if err != nil {
		return false, fmt.Errorf("look for delivery to trigger %s: %w", trigger, err)
	}
	return yes, nil
}
