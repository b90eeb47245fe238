package access_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/database"
)

func createToken(t testing.TB, a *access.Access, name string, scope access.Scope, expires time.Duration) (token, id string) {
	t.Helper()
	token, err := a.CreateToken(t.Context(), name, scope, expires)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`^rhp_([a-z2-7]+)_([a-z2-7]+)$`).FindStringSubmatch(token)
	if m == nil {
		t.Fatalf("token has the wrong form")
	}
	if bits := len(m[2]) * 5; bits < 256 {
		t.Errorf("secret of %d bits", bits)
	}
	return token, m[1]
}

func TestByToken(t *testing.T) {
	a, db := open(t)
	ann := addAccount(t, a, "ann", true)
	addAccount(t, a, "bob", false)
	addAccount(t, a, "root", true) // or ann could not be disabled
	token, id := createToken(t, a, "ann", access.ScopeWrite, 0)
	other, otherID := createToken(t, a, "ann", access.ScopeRead, time.Hour)
	bobs, _ := createToken(t, a, "bob", access.ScopeRead, 0)

	for _, name := range []string{"ann", ""} {
		p, err := a.ByToken(t.Context(), name, token)
		if err != nil || *p.Account != *ann || p.Scope != access.ScopeWrite {
			t.Errorf("name %q: %+v, %v", name, p, err)
		}
	}
	swapped := strings.Replace(token, id, otherID, 1)
	for what, c := range map[string][2]string{
		"no such account":      {"eve", token},
		"other account":        {"bob", token},
		"bob's token as ann":   {"ann", bobs},
		"empty":                {"ann", ""},
		"nothing at all":       {"", ""},
		"only the public part": {"ann", "rhp_" + id + "_"},
		"the public part":      {"ann", id},
		"secret of another":    {"ann", swapped},
		"one more character":   {"ann", token + "a"},
		"one less":             {"ann", token[:len(token)-1]},
		"upper case":           {"ann", strings.ToUpper(token)},
		"space before":         {"ann", " " + token},
		"name in upper case":   {"ANN", token},
		"quote":                {"ann", "rhp_' OR 1=1 --_x"},
		"not text":             {"ann", "\xff\x00"},
	} {
		p, err := a.ByToken(t.Context(), c[0], c[1])
		if !errors.Is(err, access.ErrUnauthenticated) || err.Error() != access.ErrUnauthenticated.Error() || p.Account != nil {
			t.Errorf("%s: %+v, %v", what, p, err)
		}
	}
	if used := tokenOf(t, a, otherID).Used; !used.IsZero() {
		t.Errorf("used %v before it was", used)
	}
	if _, err := a.ByToken(t.Context(), "ann", other); err != nil {
		t.Errorf("within its hour: %v", err)
	}
	if used := tokenOf(t, a, otherID).Used; used.After(time.Now()) || time.Since(used) > 2*time.Hour {
		t.Errorf("used %v", used)
	}
	if _, err := db.ExecContext(t.Context(), `UPDATE token SET expires_at = $2 WHERE id = $1`, otherID, database.Micros(time.Now())); err != nil {
		t.Fatal(err)
	}
	if _, err := a.ByToken(t.Context(), "ann", other); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("expired: %v", err)
	}
	if err := a.Disable(t.Context(), "ann"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.ByToken(t.Context(), "ann", token); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("disabled: %v", err)
	}
}

func TestRevokeToken(t *testing.T) {
	a, _ := open(t)
	addAccount(t, a, "ann", false)
	token, id := createToken(t, a, "ann", access.ScopeAdmin, 0)
	second, _ := createToken(t, a, "ann", access.ScopeRead, time.Hour)
	if err := a.RevokeToken(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := a.ByToken(t.Context(), "ann", token); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("revoked by id: %v", err)
	}
	tokens, err := a.Tokens(t.Context(), "ann")
	if err != nil || len(tokens) != 2 {
		t.Fatalf("%v, %v", tokens, err)
	}
	first, last := tokens[0], tokens[1]
	if first.ID != id || first.Scope != access.ScopeAdmin || first.Revoked.IsZero() || !first.Expires.IsZero() {
		t.Errorf("first is %+v", first)
	}
	if last.Scope != access.ScopeRead || !last.Revoked.IsZero() || last.Expires.Sub(last.Created) != time.Hour {
		t.Errorf("second is %+v", last)
	}
	if err := a.RevokeToken(t.Context(), id); err != nil {
		t.Errorf("again: %v", err)
	}
	if again, err := a.Tokens(t.Context(), "ann"); err != nil || again[0] != first {
		t.Errorf("revoking again changed %+v to %+v, %v", first, again[0], err)
	}
	if err := a.RevokeToken(t.Context(), second); err != nil {
		t.Error(err)
	}
	if _, err := a.ByToken(t.Context(), "ann", second); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("revoked by the whole token: %v", err)
	}
	if err := a.RevokeToken(t.Context(), "nosuch"); !errors.Is(err, access.ErrNoToken) {
		t.Errorf("no such token: %v", err)
	}
}

func TestCreateTokenRefuses(t *testing.T) {
	a, _ := open(t)
	addAccount(t, a, "ann", false)
	for _, c := range []struct {
		scope   access.Scope
		expires time.Duration
	}{{access.ScopeNone, 0}, {access.ScopeAdmin + 1, 0}, {access.ScopeRead, -time.Second}} {
		if _, err := a.CreateToken(t.Context(), "ann", c.scope, c.expires); err == nil {
			t.Errorf("%v, %v: made", c.scope, c.expires)
		}
	}
}

// The secret is nowhere in the database.
func TestSecretIsNotKept(t *testing.T) {
	a, db := open(t)
	addAccount(t, a, "ann", false)
	token, id := createToken(t, a, "ann", access.ScopeRead, 0)
	secret := strings.TrimPrefix(token, "rhp_"+id+"_")
	var row string
	err := db.QueryRowContext(t.Context(), `SELECT id || ' ' || account_id || ' ' || digest || ' ' || scope FROM token`).Scan(&row)
	if err != nil || !strings.Contains(row, id) || strings.Contains(row, secret) {
		t.Errorf("row has the secret or not the id (%v)", err)
	}
}

func tokenOf(t *testing.T, a *access.Access, id string) access.Token {
	t.Helper()
	owner, err := a.TokenOwner(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := a.Tokens(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range tokens {
		if token.ID == id {
			return token
		}
	}
	t.Fatalf("no token %s of %s", id, owner)
	return access.Token{}
}

func TestTokenOwner(t *testing.T) {
	a, _ := open(t)
	addAccount(t, a, "ann", false)
	token, id := createToken(t, a, "ann", access.ScopeRead, 0)
	for _, named := range []string{id, token} {
		if owner, err := a.TokenOwner(t.Context(), named); err != nil || owner != "ann" {
			t.Errorf("%s, %v", owner, err)
		}
	}
	if owner, err := a.TokenOwner(t.Context(), "nosuch"); !errors.Is(err, access.ErrNoToken) {
		t.Errorf("%s, %v", owner, err)
	}
}
