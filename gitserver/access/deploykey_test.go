package access_test

import (
	"errors"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/access"
)

func TestDeployKeys(t *testing.T) {
	a, db := open(t)
	ctx := t.Context()
	addRepository(t, db, "r", "ann", "book")
	addRepository(t, db, "s", "ann", "other")
	addAccount(t, a, "ann", false)
	key, anns := newEd25519(t), newEd25519(t)
	if _, err := a.AddKey(ctx, "ann", line(t, anns)); err != nil {
		t.Fatal(err)
	}
	added, err := a.AddDeployKey(ctx, "r", line(t, key)+" builder", true)
	if err != nil {
		t.Fatal(err)
	}
	p, err := a.ByKey(ctx, key)
	if err != nil || p.Account != nil || *p.Deploy != *added || p.Scope != access.ScopeWrite || p.Name() != "deploy-key:"+added.Fingerprint || p.ServerAdmin() {
		t.Errorf("got %+v, %v", p, err)
	}
	if same, err := a.ByCredential(ctx, p.Credential); err != nil || *same.Deploy != *added {
		t.Errorf("by credential: %+v, %v", same, err)
	}
	for what, f := range map[string]func() error{
		"to another repository": func() error { _, err := a.AddDeployKey(ctx, "s", line(t, key), false); return err },
		"to an account":         func() error { _, err := a.AddKey(ctx, "ann", line(t, key)); return err },
		"of an account":         func() error { _, err := a.AddDeployKey(ctx, "s", line(t, anns), false); return err },
	} {
		if err := f(); !errors.Is(err, access.ErrExists) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := a.AddDeployKey(ctx, "r", line(t, rsaOf(t, 1024)), false); err == nil {
		t.Error("a weak key is taken")
	}
	if keys, err := a.DeployKeys(ctx, "r"); err != nil || len(keys) != 1 || *keys[0] != *added {
		t.Errorf("keys: %+v, %v", keys, err)
	}
	if err := a.RemoveDeployKey(ctx, "s", added.Fingerprint); !errors.Is(err, access.ErrNoKey) {
		t.Errorf("from another repository: %v", err)
	}
	if err := a.RemoveDeployKey(ctx, "r", added.Fingerprint); err != nil {
		t.Fatal(err)
	}
	for what, f := range map[string]func() (access.Principal, error){
		"key":        func() (access.Principal, error) { return a.ByKey(ctx, key) },
		"credential": func() (access.Principal, error) { return a.ByCredential(ctx, p.Credential) },
	} {
		if p, err := f(); !errors.Is(err, access.ErrUnauthenticated) {
			t.Errorf("by %s after it was removed: %+v, %v", what, p, err)
		}
	}
}

// A credential is good for as long as what it names is.
func TestByCredential(t *testing.T) {
	a, _ := open(t)
	ctx := t.Context()
	addAccount(t, a, "ann", false)
	key := newEd25519(t)
	added, err := a.AddKey(ctx, "ann", line(t, key))
	if err != nil {
		t.Fatal(err)
	}
	token, id := createToken(t, a, "ann", access.ScopeRead, 0)
	withKey, err := a.ByKey(ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	withToken, err := a.ByToken(ctx, "ann", token)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []access.Principal{withKey, withToken} {
		if got, err := a.ByCredential(ctx, p.Credential); err != nil || *got.Account != *p.Account || got.Scope != p.Scope || got.Credential != p.Credential {
			t.Errorf("%s: %+v, %v", p.Credential, got, err)
		}
	}
	ends := func(p access.Principal, what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := a.ByCredential(ctx, p.Credential); !errors.Is(err, access.ErrUnauthenticated) {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
	ends(withToken, "revoked", a.RevokeToken(ctx, id))
	ends(withKey, "disabled", a.Disable(ctx, "ann"))
	if err := a.Enable(ctx, "ann"); err != nil {
		t.Fatal(err)
	}
	ends(withKey, "removed", a.RemoveKey(ctx, "ann", added.Fingerprint))
	for _, credential := range []string{"", "key:", "token:", "certificate:", "certificate:ann", "x:y"} {
		ends(access.Principal{Credential: credential}, credential, nil)
	}
}
