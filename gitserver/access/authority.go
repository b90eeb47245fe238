package access

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Authority is a certificate authority: a key whose signature makes an OpenSSH
// user certificate as good as a key of the account that it names. They are in
// the database, so that all machines on it trust the same.
type Authority struct {
	Name        string
	Fingerprint string // SHA256:...
	Line        string // as in authorized_keys: type, key, comment
	Created     time.Time
}

var authorityName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,38}$`)

// AddAuthority trusts a key, written as a line of authorized_keys, to sign user
// certificates. The error of a name or key that is there already is [ErrExists].
func (a *Access) AddAuthority(ctx context.Context, name, authorizedKeyLine string) (*Authority, error) {
	if !authorityName.MatchString(name) {
		return nil, fmt.Errorf("authority name %.60q: use 1 to 39 of a-z 0-9 . _ -, beginning with a letter or digit", name)
	}
	fingerprint, line, err := normalKey(authorizedKeyLine)
	if err != nil {
		return nil, err
	}
	authority := &Authority{Name: name, Fingerprint: fingerprint, Line: line, Created: now()}
	result, err := a.db.ExecContext(ctx, `
		INSERT INTO ssh_authority (fingerprint, name, public_key, created_at)
		VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		fingerprint, name, line, database.Micros(authority.Created))
	if err := affected(result, err, ErrExists); err != nil {
		return nil, fmt.Errorf("add certificate authority %s (%s): %w", name, fingerprint, err)
	}
	return authority, nil
}

// Authorities lists the certificate authorities by name.
func (a *Access) Authorities(ctx context.Context) ([]*Authority, error) {
	scan := func(row database.Row) (*Authority, error) {
		authority, created := new(Authority), int64(0)
		err := row.Scan(&authority.Name, &authority.Fingerprint, &authority.Line, &created)
		authority.Created = database.Time(created)
		return authority, err
	}
	all, err := rows(ctx, a.db, scan, `SELECT name, fingerprint, public_key, created_at FROM ssh_authority ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("list certificate authorities: %w", err)
	}
	return all, nil
}

// RemoveAuthority ends the trust in an authority, and all certificates that it
// has signed; its revocations are forgotten. The error of one that is not there
// is [ErrNoAuthority].
func (a *Access) RemoveAuthority(ctx context.Context, name string) error {
	err := a.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM ssh_revocation WHERE authority IN (SELECT fingerprint FROM ssh_authority WHERE name = $1)`, name)
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `DELETE FROM ssh_authority WHERE name = $1`, name)
		return affected(result, err, ErrNoAuthority)
	})
	if err != nil {
		return fmt.Errorf("remove certificate authority %.60q: %w", name, err)
	}
	return nil
}

// The kinds of revocation.
const (
	revokedSerial = "serial"
	revokedKey    = "key"
)

// RevokeSerial makes the certificates of an authority with a serial number
// void, at once and for good. Zero is the number of certificates that were
// signed without one, so it cannot be revoked.
func (a *Access) RevokeSerial(ctx context.Context, authority string, serial uint64) error {
	if serial == 0 {
		return errors.New("serial number 0 is that of all certificates signed without one: revoke the key instead")
	}
	return a.revoke(ctx, authority, revokedSerial, fmt.Sprint(serial))
}

// RevokeKey makes all certificates of an authority over a key, written as a
// line of authorized_keys, void, at once and for good.
func (a *Access) RevokeKey(ctx context.Context, authority, authorizedKeyLine string) error {
	fingerprint, _, err := normalKey(authorizedKeyLine)
	if err != nil {
		return err
	}
	return a.revoke(ctx, authority, revokedKey, fingerprint)
}

// revoke is done when it was done before.
func (a *Access) revoke(ctx context.Context, authority, kind, value string) error {
	result, err := a.db.ExecContext(ctx, `
		INSERT INTO ssh_revocation (authority, kind, value, created_at)
		SELECT fingerprint, $2, $3, $4 FROM ssh_authority WHERE name = $1
		ON CONFLICT (authority, kind, value) DO UPDATE SET created_at = ssh_revocation.created_at`,
		authority, kind, value, database.Micros(time.Now()))
	if err := affected(result, err, ErrNoAuthority); err != nil {
		return fmt.Errorf("revoke %s %s of certificate authority %.60q: %w", kind, value, authority, err)
	}
	return nil
}
