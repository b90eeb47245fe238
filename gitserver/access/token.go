package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Token describes a token; the token itself is shown once, when it is created.
type Token struct {
	ID      string // its public part: rhp_ID_...
	Account string // name
	Scope   Scope
	Created time.Time
	Expires time.Time // zero: never
	Revoked time.Time // zero: not
	Used    time.Time // the last time, to the hour; zero: never
}

// A token is rhp_ID_SECRET, the secret 256 random bits.
const tokenPrefix = "rhp_"

var tokenForm = regexp.MustCompile(`^rhp_([a-z2-7]{26})_([a-z2-7]{52})$`)

// tokenID is the public part of a token, empty if it is not written as one.
func tokenID(token string) string {
	m := tokenForm.FindStringSubmatch(token)
	if m == nil {
		return ""
	}
	return m[1]
}

func newToken() (id, token string) {
	secret := make([]byte, 32)
	rand.Read(secret) // never fails: crypto/rand
	id = newID()
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
	return id, tokenPrefix + id + "_" + strings.ToLower(text)
}

// digest returns the form in which the database keeps a token. A fast hash is
// right for a secret of 256 random bits: there is nothing to guess.
func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// CreateToken makes a token for an account and returns it, the only time it is
// ever seen: rhp_ID_SECRET. It expires after the given time, never for 0.
func (a *Access) CreateToken(ctx context.Context, name string, scope Scope, expires time.Duration) (string, error) {
	if scope < ScopeRead || scope > ScopeAdmin {
		return "", fmt.Errorf("create token for %.60q: scope must be read, write or admin", name)
	}
	if expires < 0 {
		return "", fmt.Errorf("create token for %.60q: it would have expired %v ago", name, -expires)
	}
	account, err := a.Account(ctx, name)
	if err != nil {
		return "", err
	}
	id, token := newToken()
	made := now()
	end := sql.NullInt64{Int64: database.Micros(made.Add(expires)), Valid: expires > 0}
	_, err = a.db.ExecContext(ctx, `
		INSERT INTO token (id, account_id, digest, scope, expires_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)`,
		id, account.ID, digest(token), scope.String(), end, database.Micros(made))
	if err != nil {
		return "", fmt.Errorf("create token for %s: %w", name, err)
	}
	return token, nil
}

// Tokens lists the tokens of an account, oldest first, revoked and expired ones too.
func (a *Access) Tokens(ctx context.Context, name string) ([]Token, error) {
	account, err := a.Account(ctx, name)
	if err != nil {
		return nil, err
	}
	scan := func(row database.Row) (Token, error) {
		token, scope, created := Token{Account: name}, "", int64(0)
		var expires, revoked, used sql.NullInt64
		if err := row.Scan(&token.ID, &scope, &created, &expires, &revoked, &used); err != nil {
			return Token{}, err
		}
		token.Created, token.Expires, token.Revoked, token.Used = database.Time(created), timeOrZero(expires), timeOrZero(revoked), timeOrZero(used)
		var err error
		token.Scope, err = ParseScope(scope)
		return token, err
	}
	tokens, err := rows(ctx, a.db, scan, `
		SELECT id, scope, created_at, expires_at, revoked_at, used_at FROM token
		WHERE account_id = $1 ORDER BY created_at, id`, account.ID)
	if err != nil {
		return nil, fmt.Errorf("list tokens of %s: %w", name, err)
	}
	return tokens, nil
}

func timeOrZero(micros sql.NullInt64) time.Time {
	if !micros.Valid {
		return time.Time{}
	}
	return database.Time(micros.Int64)
}

// RevokeToken ends a token for good. It is named by its public part or, for one
// that was found where it should not be, by the whole token. Revoking again is
// not an error; the error of one that never was is [ErrNoToken].
func (a *Access) RevokeToken(ctx context.Context, id string) error {
	if public := tokenID(id); public != "" {
		id = public
	}
	result, err := a.db.ExecContext(ctx, `
		UPDATE token SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1`, id, database.Micros(time.Now()))
	if err := affected(result, err, ErrNoToken); err != nil {
		return fmt.Errorf("revoke token %.30q: %w", id, err)
	}
	return nil
}

// TokenOwner is the name of the account that a token belongs to; the token is
// named as for [Access.RevokeToken].
func (a *Access) TokenOwner(ctx context.Context, id string) (name string, err error) {
	if public := tokenID(id); public != "" {
		id = public
	}
	err = a.db.QueryRowContext(ctx, `SELECT account.name FROM token JOIN account ON account.id = token.account_id WHERE token.id = $1`, id).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoToken
	}
	if err != nil {
		return "", fmt.Errorf("token %.30q: %w", id, err)
	}
	return name, nil
}

// usedPrecision is the precision of a token's time of last use, so that not every
// request writes.
const usedPrecision = time.Hour

// ByToken returns the principal that holds a token. An empty name means that
// the token alone identifies (Bearer); otherwise it must be its account's name.
// Whatever does not fit (no such account, wrong token, expired, revoked,
// disabled) is [ErrUnauthenticated], after the same work.
func (a *Access) ByToken(ctx context.Context, name, token string) (Principal, error) {
	row, err := a.tokenRow(ctx, tokenID(token))
	if err != nil {
		return Principal{}, err
	}
	right := subtle.ConstantTimeCompare([]byte(row.digest), []byte(digest(token))) == 1
	p, err := row.principal()
	if err != nil {
		return Principal{}, err
	}
	if !right || name != "" && name != p.Name() {
		return Principal{}, ErrUnauthenticated
	}
	a.noteUse(ctx, row)
	return p, nil
}

// tokenRow is a token's row in the database; all zero for a token that never
// existed.
type tokenRow struct {
	id, digest, scope      string
	expires, revoked, used sql.NullInt64
	account                Account
}

func (a *Access) tokenRow(ctx context.Context, id string) (tokenRow, error) {
	row := tokenRow{id: id}
	err := a.db.QueryRowContext(ctx, `
		SELECT token.digest, token.scope, token.expires_at, token.revoked_at, token.used_at,
			account.id, account.name, account.admin, account.disabled
		FROM token JOIN account ON account.id = token.account_id WHERE token.id = $1`, id).
		Scan(&row.digest, &row.scope, &row.expires, &row.revoked, &row.used,
			&row.account.ID, &row.account.Name, &row.account.Admin, &row.account.Disabled)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return row, fmt.Errorf("look up token: %w", err)
	}
	return row, nil
}

// principal returns the holder of the token if it is still valid.
func (r *tokenRow) principal() (Principal, error) {
	switch {
	case r.digest == "", r.account.Disabled, r.revoked.Valid,
		r.expires.Valid && database.Micros(time.Now()) >= r.expires.Int64:
		return Principal{}, ErrUnauthenticated
	}
	scope, err := ParseScope(r.scope)
	if err != nil {
		return Principal{}, fmt.Errorf("look up token: %w", err)
	}
	return Principal{Account: &r.account, Scope: scope, Credential: byToken + r.id}, nil
}

// noteUse remembers when a token was last used. Somebody who may read must not
// be kept from it because nothing can be written just now, so an error is not
// told.
func (a *Access) noteUse(ctx context.Context, r tokenRow) {
	hour := database.Micros(time.Now().Truncate(usedPrecision))
	if !r.used.Valid || r.used.Int64 < hour {
		_, _ = a.db.ExecContext(ctx, `UPDATE token SET used_at = $2 WHERE id = $1`, r.id, hour)
	}
}
