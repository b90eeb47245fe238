package access

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// agreed is the value of a setting that all servers of a database share:
// whoever comes first sets it to fresh, and all read the same one.
func (a *Access) agreed(ctx context.Context, name, fresh string) (value string, err error) {
	err = a.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, name, fresh); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT value FROM setting WHERE name = $1`, name).Scan(&value)
	})
	return value, err
}

// BlobStore is the setting that names a blob which only the blob store of the
// database has.
const BlobStore = "blob_store"

// Setting is the value of a setting that all servers of a database share, empty if
// it has none.
func (a *Access) Setting(ctx context.Context, name string) (value string, err error) {
	err = a.db.QueryRowContext(ctx, `SELECT value FROM setting WHERE name = $1`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("setting %s: %w", name, err)
	}
	return value, nil
}

// Agree sets a setting unless it has a value, and returns that which it has then.
func (a *Access) Agree(ctx context.Context, name, fresh string) (string, error) {
	value, err := a.agreed(ctx, name, fresh)
	if err != nil {
		return "", fmt.Errorf("setting %s: %w", name, err)
	}
	return value, nil
}

// Secrets that all servers of a database share, by the names of their settings.
const (
	PushSecret   = "push_certificate_secret" // what the nonces of signed pushes are made under
	TicketSecret = "lfs_ticket_key"          // what Git LFS tickets are sealed with
	LibraryKey   = "library_key"             // what the id of the library is derived from
)

// Secret is 32 random bytes, made at the first call with the name and then kept
// in the database.
func (a *Access) Secret(ctx context.Context, name string) ([]byte, error) {
	fresh := make([]byte, 32)
	rand.Read(fresh) // never fails: crypto/rand
	text, err := a.agreed(ctx, name, hex.EncodeToString(fresh))
	if err != nil {
		return nil, fmt.Errorf("setting %s: %w", name, err)
	}
	secret, err := hex.DecodeString(text)
	if err != nil || len(secret) != len(fresh) {
		return nil, fmt.Errorf("setting %s is not %d bytes in hexadecimal", name, len(fresh))
	}
	return secret, nil
}
