package access_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/database"
)

var (
	actions = []access.Action{access.Read, access.Propose, access.PushDraft, access.PushPublished, access.Administer}
	scopes  = []access.Scope{access.ScopeNone, access.ScopeRead, access.ScopeWrite, access.ScopeAdmin}
)

// verdict is one letter: y(es), u(nauthenticated), f(orbidden), n(ot found).
func verdict(t *testing.T, err error) string {
	t.Helper()
	switch {
	case err == nil:
		return "y"
	case errors.Is(err, access.ErrUnauthenticated):
		return "u"
	case errors.Is(err, access.ErrForbidden):
		return "f"
	case errors.Is(err, access.ErrNotFound) && errors.Is(err, gitserver.ErrNoRepository):
		return "n"
	}
	t.Errorf("no verdict: %v", err)
	return "?"
}

// TestAuthorize is the whole table: for each kind of account and visibility the
// verdicts on read, push draft, push published, administer under the scopes
// none, read, write, admin.
func TestAuthorize(t *testing.T) {
	a, db := open(t)
	addRepository(t, db, "r", "ann", "book")
	principal := map[string]*access.Account{
		"owner": addAccount(t, a, "ann", false),
		"root":  addAccount(t, a, "root", true),
		"none":  addAccount(t, a, "stranger", false),
	}
	for _, role := range []access.Role{access.RoleReader, access.RoleAuthor, access.RoleEditor, access.RoleAdmin} {
		name := role.String()
		principal[name] = addAccount(t, a, name, false)
		if err := a.Grant(t.Context(), "r", name, role); err != nil {
			t.Fatal(err)
		}
	}
	disabled := *principal["owner"]
	disabled.Disabled = true
	principal["disabled"] = &disabled

	table := []struct{ who, public, private string }{
		{"none", "yffff yffff yyfff yyfff", "nnnnn nnnnn nnnnn nnnnn"},
		{"reader", "yffff yffff yyfff yyfff", "nnnnn yffff yyfff yyfff"},
		{"author", "yffff yffff yyyff yyyff", "nnnnn yffff yyyff yyyff"},
		{"editor", "yffff yffff yyyyf yyyyf", "nnnnn yffff yyyyf yyyyf"},
		{"admin", "yffff yffff yyyyf yyyyy", "nnnnn yffff yyyyf yyyyy"},
		{"owner", "yffff yffff yyyyf yyyyy", "nnnnn yffff yyyyf yyyyy"},
		{"root", "yffff yffff yyyyf yyyyy", "nnnnn yffff yyyyf yyyyy"},
		{"disabled", "yuuuu yuuuu yuuuu yuuuu", "uuuuu uuuuu uuuuu uuuuu"},
		{"anonymous", "yuuuu yuuuu yuuuu yuuuu", "uuuuu uuuuu uuuuu uuuuu"},
	}
	for _, row := range table {
		for private, want := range map[bool]string{false: row.public, true: row.private} {
			repo := &gitserver.Repository{ID: "r", Owner: "ann", Name: "book", Private: private}
			if got := verdicts(t, a, principal[row.who], repo); got != want {
				t.Errorf("%s, private %v: got %s, want %s", row.who, private, got, want)
			}
		}
		// A repository that does not exist looks like somebody else's private one.
		want := "nnnnn nnnnn nnnnn nnnnn"
		if row.who == "disabled" || row.who == "anonymous" {
			want = "uuuuu uuuuu uuuuu uuuuu"
		}
		if got := verdicts(t, a, principal[row.who], nil); got != want {
			t.Errorf("%s, no repository: got %s, want %s", row.who, got, want)
		}
	}
}

// An archived repository can be read and administered as before, and takes no
// push from anybody.
func TestAuthorizeArchived(t *testing.T) {
	a, db := open(t)
	addRepository(t, db, "r", "ann", "book")
	ann, root, stranger := addAccount(t, a, "ann", false), addAccount(t, a, "root", true), addAccount(t, a, "eve", false)
	for account, want := range map[*access.Account][2]string{
		ann: {"yfffy", "yfffy"}, root: {"yfffy", "yfffy"}, stranger: {"yffff", "nnnnn"}, nil: {"yuuuu", "uuuuu"},
	} {
		for i, private := range []bool{false, true} {
			repo := &gitserver.Repository{ID: "r", Owner: "ann", Name: "book", Private: private, Archived: true}
			if got := verdicts(t, a, account, repo); !strings.HasSuffix(got, want[i]) {
				t.Errorf("%+v, private %v: %s, want %s", account, private, got, want[i])
			}
		}
	}
}

// A deploy key is somebody on its repository and nobody on all others.
func TestAuthorizeDeployKey(t *testing.T) {
	a, _ := open(t)
	for write, want := range map[bool]string{false: "yffff", true: "yyyyf"} {
		scope := access.ScopeRead
		if write {
			scope = access.ScopeWrite
		}
		p := access.Principal{Deploy: &access.DeployKey{RepositoryID: "r", Write: write, Fingerprint: "SHA256:x"}, Scope: scope}
		for _, c := range []struct {
			repo *gitserver.Repository
			want string
		}{
			{&gitserver.Repository{ID: "r", Owner: "ann", Name: "book", Private: true}, want},
			{&gitserver.Repository{ID: "r", Owner: "ann", Name: "book"}, want},
			{&gitserver.Repository{ID: "s", Owner: "ann", Name: "other", Private: true}, "nnnnn"},
			{&gitserver.Repository{ID: "s", Owner: "ann", Name: "other"}, "yffff"},
			{nil, "nnnnn"},
		} {
			got := ""
			for _, action := range actions {
				got += verdict(t, a.Authorize(t.Context(), p, c.repo, action))
			}
			if got != c.want {
				t.Errorf("write %v on %+v: %s, want %s", write, c.repo, got, c.want)
			}
		}
	}
}

// What is asked of the database for a repository that does not exist is what is
// asked for one that may not be known of: no clock tells them apart (S11).
func TestNoneCostsWhatHiddenCosts(t *testing.T) {
	_, db := open(t)
	addRepository(t, db, "r", "ann", "book")
	counted := &counting{DB: db}
	a := access.New(counted, nil)
	eve := addAccount(t, a, "eve", false)
	asked := func(repo *gitserver.Repository) string {
		counted.queries = nil
		err := a.Authorize(t.Context(), access.Principal{Account: eve, Scope: access.ScopeAdmin}, repo, access.Read)
		return fmt.Sprint(counted.queries, err)
	}
	hidden, none := asked(&gitserver.Repository{ID: "r", Owner: "ann", Name: "book", Private: true}), asked(nil)
	if hidden != none || len(counted.queries) != 1 {
		t.Errorf("hidden: %s\nnone: %s", hidden, none)
	}
}

// counting notes the queries for one row.
type counting struct {
	database.DB
	queries []string
}

func (c *counting) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	c.queries = append(c.queries, query)
	return c.DB.QueryRowContext(ctx, query, args...)
}

func verdicts(t *testing.T, a *access.Access, account *access.Account, repo *gitserver.Repository) string {
	t.Helper()
	s := ""
	for i, scope := range scopes {
		if i > 0 {
			s += " "
		}
		for _, action := range actions {
			s += verdict(t, a.Authorize(t.Context(), access.Principal{Account: account, Scope: scope}, repo, action))
		}
	}
	return s
}

func TestAuthorizeSaysWhy(t *testing.T) {
	a, db := open(t)
	addRepository(t, db, "r", "ann", "book")
	ann, bob := addAccount(t, a, "ann", false), addAccount(t, a, "bob", false)
	repo := &gitserver.Repository{ID: "r", Owner: "ann", Name: "book"}
	for _, c := range []struct {
		p    access.Principal
		want string
	}{
		{access.Principal{Account: bob, Scope: access.ScopeAdmin}, "not allowed: bob may not push tags or published branches to ann/book; this requires the role editor"},
		{access.Principal{Account: ann, Scope: access.ScopeRead}, "not allowed: this token of ann may not push tags or published branches to ann/book: its scope is read"},
		{access.Principal{}, "authentication required"},
	} {
		if err := a.Authorize(t.Context(), c.p, repo, access.PushPublished); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	if err := a.Authorize(t.Context(), access.Principal{Account: ann, Scope: access.ScopeAdmin}, repo, access.Action(99)); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("an action that is none: %v", err)
	}
}

// A database that does not answer refuses, and is not taken for a verdict.
func TestAuthorizeWithoutDatabase(t *testing.T) {
	a, _ := open(t)
	bob := addAccount(t, a, "bob", false)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := a.Authorize(ctx, access.Principal{Account: bob, Scope: access.ScopeAdmin}, &gitserver.Repository{ID: "r", Owner: "ann"}, access.Read)
	if err == nil || errors.Is(err, access.ErrForbidden) || errors.Is(err, access.ErrUnauthenticated) || errors.Is(err, access.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestGrant(t *testing.T) {
	a, db := open(t)
	addRepository(t, db, "r", "ann", "book")
	addRepository(t, db, "s", "ann", "other")
	bob := addAccount(t, a, "bob", false)
	addAccount(t, a, "al", false)
	ctx := t.Context()
	role := func(repository string, want access.Role) {
		t.Helper()
		if got, err := a.Role(ctx, repository, bob.ID); err != nil || got != want {
			t.Errorf("on %s: %v, %v; want %v", repository, got, err, want)
		}
	}
	role("r", access.RoleNone)
	for _, r := range []access.Role{access.RoleEditor, access.RoleReader, access.RoleAdmin, access.RoleAuthor} {
		if err := a.Grant(ctx, "r", "bob", r); err != nil {
			t.Fatal(err)
		}
		role("r", r)
		role("s", access.RoleNone)
	}
	if err := a.Grant(ctx, "r", "al", access.RoleReader); err != nil {
		t.Fatal(err)
	}
	grants, err := a.Grants(ctx, "r")
	if want := []access.Grant{{"al", access.RoleReader}, {"bob", access.RoleAuthor}}; err != nil || !slices.Equal(grants, want) {
		t.Errorf("got %v, %v; want %v", grants, err, want)
	}
	if err := a.Grant(ctx, "r", "bob", access.RoleNone); err != nil {
		t.Fatal(err)
	}
	role("r", access.RoleNone)
	if err := a.Grant(ctx, "nosuch", "bob", access.RoleReader); err == nil {
		t.Error("granted on a repository that does not exist")
	}
	if err := a.Grant(ctx, "r", "bob", access.Role(9)); err == nil {
		t.Error("granted a role that does not exist")
	}
}

func TestNames(t *testing.T) {
	for r := access.RoleNone; r <= access.RoleAdmin; r++ {
		if got, err := access.ParseRole(r.String()); err != nil || got != r {
			t.Errorf("%v reads as %v, %v", r, got, err)
		}
	}
	for _, s := range scopes[1:] {
		if got, err := access.ParseScope(s.String()); err != nil || got != s {
			t.Errorf("%v reads as %v, %v", s, got, err)
		}
	}
	for _, name := range []string{"", "none", "Read", "owner", "read "} {
		if _, err := access.ParseScope(name); err == nil {
			t.Errorf("scope %q accepted", name)
		}
	}
	if _, err := access.ParseRole("owner"); err == nil {
		t.Error("role owner accepted")
	}
	if got := fmt.Sprint(access.Role(9), access.Scope(-1)); got != "role(9) scope(-1)" {
		t.Error(got)
	}
}

func TestMayPush(t *testing.T) {
	a, db := open(t)
	addRepository(t, db, "r", "ann", "book")
	author := addAccount(t, a, "author", false)
	if err := a.Grant(t.Context(), "r", "author", access.RoleAuthor); err != nil {
		t.Fatal(err)
	}
	may := a.MayPush(access.Principal{Account: author, Scope: access.ScopeWrite}, &gitserver.Repository{ID: "r", Owner: "ann", Name: "book"})
	if err := may(t.Context(), false); err != nil {
		t.Errorf("draft: %v", err)
	}
	if err := may(t.Context(), true); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("published: %v", err)
	}
	// A role that is taken away in the middle of a push counts at once.
	if err := a.Grant(t.Context(), "r", "author", access.RoleNone); err != nil {
		t.Fatal(err)
	}
	if err := may(t.Context(), false); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("draft, after the role was taken away: %v", err)
	}
}
