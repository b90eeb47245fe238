package access_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func open(t testing.TB) (*access.Access, database.DB) {
	t.Helper()
	db := databasetest.Open(t)
	return access.New(db, nil), db
}

func addAccount(t testing.TB, a *access.Access, name string, admin bool) *access.Account {
	t.Helper()
	account, err := a.AddAccount(t.Context(), name, admin)
	if err != nil {
		t.Fatal(err)
	}
	return account
}

func addRepository(t testing.TB, db database.DB, id, owner, name string) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), `
		INSERT INTO repository (id, owner, name, head, private, version, created_at)
		VALUES ($1, $2, $3, $4, $5, 0, 0)`, id, owner, name, []byte("refs/heads/main"), true)
	if err != nil {
		t.Fatal(err)
	}
}

func TestAddAccount(t *testing.T) {
	a, _ := open(t)
	for name, ok := range map[string]bool{
		"ann": true, "0": true, "a.b_c-d": true, strings.Repeat("a", 39): true,
		"": false, strings.Repeat("a", 40): false, "Ann": false, "-ann": false, ".ann": false,
		"ann/bob": false, "ann\n": false, "änne": false, "a b": false, "a..b": false, "ann.": false,
		"ann.git": false, "ann.lock": false, "contents": false, "search": false,
	} {
		account, err := a.AddAccount(t.Context(), name, false)
		if (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
		if err == nil && (account.ID == "" || account.Name != name || account.Admin || account.Disabled) {
			t.Errorf("%q: %+v", name, account)
		}
		if err != nil && errors.Is(err, access.ErrExists) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := a.AddAccount(t.Context(), "ann", true); !errors.Is(err, access.ErrExists) {
		t.Errorf("second ann: %v", err)
	}
	if account, err := a.Account(t.Context(), "ann"); err != nil || account.Admin {
		t.Errorf("ann after a second ann: %+v, %v", account, err)
	}
}

func TestAccounts(t *testing.T) {
	a, _ := open(t)
	addAccount(t, a, "bob", false)
	addAccount(t, a, "ann", true)
	if err := a.Disable(t.Context(), "bob"); err != nil {
		t.Fatal(err)
	}
	all, err := a.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, account := range all {
		s := account.Name
		if account.Admin {
			s += " admin"
		}
		if account.Disabled {
			s += " disabled"
		}
		got = append(got, s)
	}
	if g, want := strings.Join(got, ", "), "ann admin, bob disabled"; g != want {
		t.Errorf("got %s, want %s", g, want)
	}
	if err := a.Enable(t.Context(), "bob"); err != nil {
		t.Error(err)
	}
	if bob, err := a.Account(t.Context(), "bob"); err != nil || bob.Disabled {
		t.Errorf("enabled bob: %+v, %v", bob, err)
	}
}

// A server that has an admin keeps one, however the changes come together.
func TestLastAdmin(t *testing.T) {
	a, _ := open(t)
	ctx := t.Context()
	addAccount(t, a, "bob", false)
	if err := a.Disable(ctx, "bob"); err != nil {
		t.Errorf("on a server without admins: %v", err)
	}
	addAccount(t, a, "ann", true)
	for what, f := range map[string]func(context.Context, string) error{"disable": a.Disable, "demote": a.Demote} {
		if err := f(ctx, "ann"); !errors.Is(err, access.ErrLastAdmin) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := a.Promote(ctx, "bob"); err != nil { // disabled, so no admin yet
		t.Fatal(err)
	}
	if err := a.Demote(ctx, "ann"); !errors.Is(err, access.ErrLastAdmin) {
		t.Errorf("beside an admin who is disabled: %v", err)
	}
	if err := a.Enable(ctx, "bob"); err != nil {
		t.Fatal(err)
	}
	if err := a.Demote(ctx, "ann"); err != nil {
		t.Errorf("beside another: %v", err)
	}
	if ann, err := a.Account(ctx, "ann"); err != nil || ann.Admin {
		t.Errorf("demoted ann: %+v, %v", ann, err)
	}
}

// Of admins who take each other's power away at the same moment, from two
// machines, one stays.
func TestLastAdminInParallel(t *testing.T) {
	place := databasetest.New(t)
	machines := []*access.Access{access.New(place.Open(t), nil), access.New(place.Open(t), nil)}
	const admins = 8
	for i := range admins {
		addAccount(t, machines[0], fmt.Sprint("admin", i), true)
	}
	var wg sync.WaitGroup
	var refused atomic.Int64
	for i := range admins {
		wg.Go(func() {
			f := machines[i%2].Demote
			if i%3 == 0 {
				f = machines[i%2].Disable
			}
			err := f(t.Context(), fmt.Sprint("admin", i))
			if errors.Is(err, access.ErrLastAdmin) {
				refused.Add(1)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	accounts, err := machines[0].Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	left := 0
	for _, account := range accounts {
		if account.Admin && !account.Disabled {
			left++
		}
	}
	if left != 1 || refused.Load() != 1 {
		t.Errorf("%d admins are left, %d changes were refused; want one each", left, refused.Load())
	}
}

// Each method that takes an account's name says so when there is none.
func TestNoSuchAccount(t *testing.T) {
	a, db := open(t)
	addRepository(t, db, "r", "ann", "book")
	ctx := t.Context()
	for what, f := range map[string]func() error{
		"account": func() error { _, err := a.Account(ctx, "eve"); return err },
		"disable": func() error { return a.Disable(ctx, "eve") },
		"promote": func() error { return a.Promote(ctx, "eve") },
		"add key": func() error { _, err := a.AddKey(ctx, "eve", line(t, newEd25519(t))); return err },
		"keys":    func() error { _, err := a.Keys(ctx, "eve"); return err },
		"remove":  func() error { return a.RemoveKey(ctx, "eve", "SHA256:x") },
		"token":   func() error { _, err := a.CreateToken(ctx, "eve", access.ScopeRead, 0); return err },
		"tokens":  func() error { _, err := a.Tokens(ctx, "eve"); return err },
		"grant":   func() error { return a.Grant(ctx, "r", "eve", access.RoleReader) },
	} {
		if err := f(); !errors.Is(err, access.ErrNoAccount) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
