package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// DeployKey is an SSH key that is good for one repository: for a machine that
// builds or feeds a book, and that shall have no account.
type DeployKey struct {
	Fingerprint  string // SHA256:..., as ssh-keygen -l writes it
	RepositoryID string
	Line         string // as in authorized_keys: type, key, comment
	Write        bool   // it pushes as an editor; otherwise it reads
	Created      time.Time
}

// scope returns the scope of a deploy key.
func (k *DeployKey) scope() Scope {
	if k.Write {
		return ScopeWrite
	}
	return ScopeRead
}

// AddDeployKey gives a repository a key, written as a line of authorized_keys.
// A key that an account or another repository has is [ErrExists].
func (a *Access) AddDeployKey(ctx context.Context, repositoryID, authorizedKeyLine string, write bool) (*DeployKey, error) {
	fingerprint, line, err := normalKey(authorizedKeyLine)
	if err != nil {
		return nil, err
	}
	key := &DeployKey{Fingerprint: fingerprint, RepositoryID: repositoryID, Line: line, Write: write, Created: now()}
	err = a.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		if err := unused(ctx, tx, "ssh_key", fingerprint); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `
			INSERT INTO deploy_key (fingerprint, repository_id, public_key, may_write, created_at)
			VALUES ($1, $2, $3, $4, $5) ON CONFLICT (fingerprint) DO NOTHING`,
			fingerprint, repositoryID, line, write, database.Micros(key.Created))
		return keyTaken(affected(result, err, ErrExists), fingerprint)
	})
	if err != nil {
		return nil, err
	}
	return key, nil
}

const selectDeployKey = `SELECT fingerprint, repository_id, public_key, may_write, created_at FROM deploy_key`

func scanDeployKey(row database.Row) (*DeployKey, error) {
	key, created := new(DeployKey), int64(0)
	err := row.Scan(&key.Fingerprint, &key.RepositoryID, &key.Line, &key.Write, &created)
	key.Created = database.Time(created)
	return key, err
}

// DeployKeys lists the deploy keys of a repository, oldest first.
func (a *Access) DeployKeys(ctx context.Context, repositoryID string) ([]*DeployKey, error) {
	keys, err := rows(ctx, a.db, scanDeployKey, selectDeployKey+` WHERE repository_id = $1 ORDER BY created_at, fingerprint`, repositoryID)
	if err != nil {
		return nil, fmt.Errorf("list deploy keys: %w", err)
	}
	return keys, nil
}

// RemoveDeployKey takes the key with a fingerprint (SHA256:...) from a
// repository; the error of a key that it does not have is [ErrNoKey].
func (a *Access) RemoveDeployKey(ctx context.Context, repositoryID, fingerprint string) error {
	result, err := a.db.ExecContext(ctx, `DELETE FROM deploy_key WHERE fingerprint = $1 AND repository_id = $2`, fingerprint, repositoryID)
	if err := affected(result, err, ErrNoKey); err != nil {
		return fmt.Errorf("remove deploy key %.60q: %w", fingerprint, err)
	}
	return nil
}

func (a *Access) byDeployKey(ctx context.Context, fingerprint string) (Principal, error) {
	key, err := scanDeployKey(a.db.QueryRowContext(ctx, selectDeployKey+` WHERE fingerprint = $1`, fingerprint))
	if errors.Is(err, sql.ErrNoRows) {
		return Principal{}, ErrUnauthenticated
	}
	if err != nil {
		return Principal{}, fmt.Errorf("look up deploy key: %w", err)
	}
	return Principal{Deploy: key, Scope: key.scope(), Credential: byKey + fingerprint}, nil
}
