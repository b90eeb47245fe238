package main

import (
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/access"
)

// Who made a webhook must still be able to make it when it is used.
func TestMayHear(t *testing.T) {
	a := newAdmission(t)
	ctx := t.Context()
	secret, err := a.repositories.Lookup(ctx, "ann", "secret")
	if err != nil {
		t.Fatal(err)
	}
	for name, may := range map[string][2]bool{ // one repository, all of them
		"root": {true, true}, "ann": {true, false}, "admin": {true, false}, "editor": {}, "reader": {}, "stranger": {},
	} {
		for i, id := range []string{secret.ID, ""} {
			why, err := a.mayHear(ctx, a.who[name].Account.ID, id)
			if err != nil || (why == "") != may[i] {
				t.Errorf("%s, %q: %q, %v", name, id, why, err)
			}
		}
	}
	if err := a.access.Grant(ctx, secret.ID, "admin", access.RoleReader); err != nil {
		t.Fatal(err)
	}
	if why, err := a.mayHear(ctx, a.who["admin"].Account.ID, secret.ID); err != nil || !strings.Contains(why, "admin, who created it, may no longer administer ann/secret") {
		t.Errorf("got %q, %v", why, err)
	}
	if err := a.access.Disable(ctx, "ann"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{a.who["ann"].Account.ID, "none"} {
		if why, err := a.mayHear(ctx, id, secret.ID); err != nil || why == "" {
			t.Errorf("%s: got %q, %v", id, why, err)
		}
	}
}
