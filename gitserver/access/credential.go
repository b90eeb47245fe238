package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// What a [Principal.Credential] begins with; the rest is an id in the database.
const (
	byKey         = "key:"         // a fingerprint
	byToken       = "token:"       // the public part of a token
	byCertificate = "certificate:" // an account's id
)

// ByCredential returns the principal that was recognised by a credential some
// time ago, as it is now. It proves nothing: only for credentials that this
// server has vouched for. The error of one that was revoked, removed or expired
// since, or whose account was disabled, is [ErrUnauthenticated].
func (a *Access) ByCredential(ctx context.Context, credential string) (Principal, error) {
	if fingerprint, ok := strings.CutPrefix(credential, byKey); ok {
		return a.byFingerprint(ctx, fingerprint)
	}
	if id, ok := strings.CutPrefix(credential, byToken); ok {
		row, err := a.tokenRow(ctx, id)
		if err != nil {
			return Principal{}, err
		}
		return row.principal()
	}
	if id, ok := strings.CutPrefix(credential, byCertificate); ok {
		return a.ByAccountID(ctx, id)
	}
	return Principal{}, ErrUnauthenticated
}

// ByAccountID returns the principal of an account that was recognised some time
// ago: by a certificate, of which the database knows nothing, or when it made
// something that acts for it since. The error of one that is disabled is
// [ErrUnauthenticated].
func (a *Access) ByAccountID(ctx context.Context, id string) (Principal, error) {
	account, err := scanAccount(a.db.QueryRowContext(ctx, selectAccount+` WHERE id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) || err == nil && account.Disabled {
		return Principal{}, ErrUnauthenticated
	}
	if err != nil {
		return Principal{}, fmt.Errorf("look up account: %w", err)
	}
	return Principal{Account: account, Scope: ScopeAdmin, Credential: byCertificate + id}, nil
}
