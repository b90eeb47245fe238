package lfs

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/access"
)

// A ticket is good for what it says and for nothing else (L3).
func TestTicketFits(t *testing.T) {
	s := newSite(t, 0)
	ctx := t.Context()
	const content = "x"
	oid, other := OID(oidOf(content)), OID(oidOf("y"))
	for _, repo := range []string{"secret", "other"} {
		if err := s.lfs.Objects.Put(ctx, repo, oid, 1, strings.NewReader(content)); err != nil {
			t.Fatal(err)
		}
	}
	ann, err := s.access.ByToken(ctx, "ann", s.tokens["ann"])
	if err != nil {
		t.Fatal(err)
	}
	bearer := func(change func(*ticket)) string {
		k := ticket{RepositoryID: "secret", Operation: Download, Credential: ann.Credential, OID: oid, Size: 1, Expires: time.Now().Add(time.Minute)}
		if change != nil {
			change(&k)
		}
		return "Bearer " + s.lfs.sealer.seal(&k)
	}
	for what, c := range map[string]struct {
		change         func(*ticket)
		method, object string
		want           int
	}{
		"good":                   {nil, "GET", string(oid), 200},
		"of all objects":         {func(k *ticket) { k.OID = "" }, "GET", string(oid), 200},
		"of another object":      {func(k *ticket) { k.OID = other }, "GET", string(oid), 401},
		"of another repository":  {func(k *ticket) { k.RepositoryID = "other" }, "GET", string(oid), 401},
		"of no repository":       {func(k *ticket) { k.RepositoryID = "" }, "GET", string(oid), 401},
		"for upload":             {func(k *ticket) { k.Operation = Upload }, "GET", string(oid), 401},
		"for download":           {nil, "PUT", string(oid), 401},
		"of another size":        {func(k *ticket) { k.Operation, k.Size = Upload, 2 }, "PUT", string(oid), 422},
		"expired":                {func(k *ticket) { k.Expires = time.Now() }, "GET", string(oid), 401},
		"of nobody":              {func(k *ticket) { k.Credential = "" }, "GET", string(oid), 401},
		"of no account":          {func(k *ticket) { k.Credential = "token:x" }, "GET", string(oid), 401},
		"for upload, to upload":  {func(k *ticket) { k.Operation = Upload }, "PUT", string(oid), 200},
		"for an other operation": {func(k *ticket) { k.Operation = "x" }, "GET", string(oid), 401},
	} {
		if got := s.status(t, bearer(c.change), c.method, "secret:objects/"+c.object, content); got != c.want {
			t.Errorf("%s: %d, want %d", what, got, c.want)
		}
	}
	if got := s.status(t, bearer(nil), "GET", "other:objects/"+string(oid), ""); got != 401 {
		t.Errorf("at another repository: %d", got)
	}
	upload := `{"operation":"upload","objects":[]}`
	if got := s.status(t, bearer(func(k *ticket) { k.OID = "" }), "POST", "secret:objects/batch", upload); got != 401 {
		t.Errorf("batch of uploads with a ticket for download: %d", got)
	}
	// A ticket ends with the credential that it was given for.
	if got := s.status(t, bearer(nil), "GET", "secret:objects/"+string(oid), ""); got != 200 {
		t.Fatalf("before: %d", got)
	}
	if err := s.access.RevokeToken(ctx, s.tokens["ann"]); err != nil {
		t.Fatal(err)
	}
	if got := s.status(t, bearer(nil), "GET", "secret:objects/"+string(oid), ""); got != 401 {
		t.Errorf("after the token was revoked: %d", got)
	}
}

// A ticket lets through no more than its holder may do now.
func TestTicketIsNoRole(t *testing.T) {
	s := newSite(t, 0)
	ctx := t.Context()
	read, err := s.access.CreateToken(ctx, "ann", access.ScopeRead, 0)
	if err != nil {
		t.Fatal(err)
	}
	reads, err := s.access.ByToken(ctx, "ann", read)
	if err != nil {
		t.Fatal(err)
	}
	ticket := "Bearer " + s.lfs.sealer.seal(&ticket{RepositoryID: "secret", Operation: Upload, Credential: reads.Credential, Expires: time.Now().Add(time.Minute)})
	if got := s.status(t, ticket, "PUT", "secret:objects/"+oidOf("x"), "x"); got != 403 {
		t.Errorf("upload by a token that reads: %d", got)
	}
	var out bytes.Buffer
	if err := s.lfs.Authenticate(ctx, reads, "ann", "secret", "upload", &out); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a ticket for upload to a token that reads: %v, %s", err, out.String())
	}
	stranger, err := s.access.ByToken(ctx, "stranger", s.tokens["stranger"])
	if err != nil {
		t.Fatal(err)
	}
	for _, repo := range []string{"secret", "none"} {
		if err := s.lfs.Authenticate(ctx, stranger, "ann", repo, "download", &out); !errors.Is(err, access.ErrNotFound) || out.Len() > 0 {
			t.Errorf("%s, by a stranger: %v, %s", repo, err, out.String())
		}
	}
	if err := s.lfs.Authenticate(ctx, reads, "ann", "secret", "delete", &out); err == nil {
		t.Error("an operation that is none")
	}
	if err := s.lfs.Authenticate(ctx, reads, "ann", "secret", "download", &out); err != nil || !strings.Contains(out.String(), `"href":"`+s.URL+`/ann/secret.git/info/lfs"`) {
		t.Errorf("%s, %v", out.String(), err)
	}
}

// Two servers on one database read each other's tickets; no other key does.
func TestTicketKey(t *testing.T) {
	s := newSite(t, 0)
	again, err := newSealer(t.Context(), s.db)
	if err != nil {
		t.Fatal(err)
	}
	k := &ticket{RepositoryID: "r", Operation: Upload, Credential: "token:x", OID: "y", Size: 7, Expires: time.Now().Add(time.Minute).Truncate(time.Second)}
	sealed := s.lfs.sealer.seal(k)
	got, err := again.open(sealed, time.Now())
	if err != nil || *got != *k {
		t.Errorf("%+v, %v; want %+v", got, err, k)
	}
	if got, err := newSite(t, 0).lfs.sealer.open(sealed, time.Now()); err == nil {
		t.Errorf("another server reads %+v", got)
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(sealed, ticketPrefix))
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		for _, bit := range []byte{1, 0x80} {
			changed := bytes.Clone(raw)
			changed[i] ^= bit
			if got, err := again.open(ticketPrefix+base64.RawURLEncoding.EncodeToString(changed), time.Now()); err == nil {
				t.Fatalf("with byte %d changed: %+v", i, got)
			}
		}
	}
	for _, text := range []string{"", ticketPrefix, sealed[:len(sealed)-1], sealed + "A", strings.TrimPrefix(sealed, ticketPrefix), ticketPrefix + "!"} {
		if got, err := again.open(text, time.Now()); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// Fields read back as the ticket that they are of, and no two tickets have the
// same.
func FuzzTicketFields(f *testing.F) {
	f.Add("repository", "upload", "token:x", "oid", int64(5), "ab", "c")
	f.Add("", "", "", "", int64(-1), "a", "bc")
	f.Fuzz(func(t *testing.T, repository, operation, credential, oid string, n int64, one, two string) {
		k := &ticket{repository, Operation(operation), credential, OID(oid), n, time.Unix(n, 0)}
		got, err := readTicket(k.fields())
		if err != nil || *got != *k {
			t.Errorf("%+v reads back as %+v, %v", k, got, err)
		}
		moved := &ticket{RepositoryID: one, Credential: two}
		if other := (&ticket{RepositoryID: one + two}); two != "" && bytes.Equal(moved.fields(), other.fields()) {
			t.Errorf("%+v and %+v have the same fields", moved, other)
		}
		if got, err := readTicket([]byte(repository)); err == nil && !bytes.Equal(got.fields(), []byte(repository)) {
			t.Errorf("%q reads as %+v", repository, got)
		}
	})
}
