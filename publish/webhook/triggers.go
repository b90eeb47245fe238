package webhook

import (
	"context"
	"database/sql"
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

// Add stores a trigger. Its name becomes part of a URL: lower-case letters,
// digits, ".", "_" and "-", at most 100. Ref is a full name, or empty. It returns the
// secret with which the other program signs, which cannot be read later: the given
// one if that program has one already, or else a new one.
func (t *Triggers) Add(ctx context.Context, name, repositoryID, ref, given string) (secret string, err error) {
	if !triggerName.MatchString(name) {
		return "", fmt.Errorf(`trigger name %q must be lower-case letters, digits, ".", "_" and "-", at most 100, and begin with a letter or digit`, name)
	}
	if ref != "" && !fullName(ref) {
		return "", fmt.Errorf("ref %q must be a full name, such as refs/heads/main", ref)
	}
	if given != "" {
		if err := checkText(given); err != nil {
			return "", err
		}
	}
	if secret = given; secret == "" {
		secret = newSecret()
	}
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

// Remove deletes a trigger.
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

// Rotate gives a trigger another secret; given and the secret that is returned are
// as for Add. Until the grace is over, either is good.
func (t *Triggers) Rotate(ctx context.Context, name, given string, grace time.Duration) (secret string, err error) {
	if given != "" {
		if err := checkText(given); err != nil {
			return "", err
		}
	}
	return rotate(ctx, t.db, "trigger_", "name", name, given, grace)
}

// find gives a trigger and its secrets. Those of a repository that is deleted are
// not there.
func (t *Triggers) find(ctx context.Context, name string) (trigger *Trigger, secrets rotation, err error) {
	trigger, err = scanTrigger(t.db.QueryRowContext(ctx, `SELECT `+triggerColumns+`, secret, old_secret, old_secret_until FROM trigger_
		WHERE name = $1 AND repository_id IN (SELECT id FROM repository WHERE deleted_at IS NULL)`, name),
		&secrets.secret, &secrets.old, &secrets.until)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, rotation{}, fmt.Errorf("trigger %s: %w", name, ErrNotFound)
	}
	if err != nil {
		return nil, rotation{}, fmt.Errorf("read trigger %s: %w", name, err)
	}
	return trigger, secrets, nil
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
