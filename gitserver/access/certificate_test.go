package access_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"github.com/rhaptos/rhaptos/gitserver/access"
)

func newAuthority(t testing.TB) gossh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// goodCertificate is valid for ann, now.
func goodCertificate(t testing.TB) *gossh.Certificate {
	t.Helper()
	return &gossh.Certificate{
		Key: newEd25519(t), CertType: gossh.UserCert, Serial: 7, KeyId: "ann@laptop", ValidPrincipals: []string{"ann"},
		ValidAfter: uint64(time.Now().Add(-time.Hour).Unix()), ValidBefore: uint64(time.Now().Add(time.Hour).Unix()),
	}
}

func TestCertificates(t *testing.T) {
	a, _ := open(t)
	ctx := t.Context()
	ann := addAccount(t, a, "ann", false)
	addAccount(t, a, "bob", false)
	addAccount(t, a, "gone", false)
	if err := a.Disable(ctx, "gone"); err != nil {
		t.Fatal(err)
	}
	authority, other := newAuthority(t), newAuthority(t)
	if _, err := a.AddAuthority(ctx, "office", line(t, authority.PublicKey())); err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaAuthority, err := gossh.NewSignerFromKey(crypto.Signer(rsaKey))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.AddAuthority(ctx, "old", line(t, rsaAuthority.PublicKey())); err != nil {
		t.Fatal(err)
	}
	sha1, err := gossh.NewSignerWithAlgorithms(rsaAuthority.(gossh.AlgorithmSigner), []string{gossh.KeyAlgoRSA})
	if err != nil {
		t.Fatal(err)
	}
	sha2, err := gossh.NewSignerWithAlgorithms(rsaAuthority.(gossh.AlgorithmSigner), []string{gossh.KeyAlgoRSASHA256})
	if err != nil {
		t.Fatal(err)
	}
	revoked := newEd25519(t)
	if err := errors.Join(a.RevokeSerial(ctx, "office", 13), a.RevokeKey(ctx, "office", line(t, revoked))); err != nil {
		t.Fatal(err)
	}
	names := func(names ...string) func(*gossh.Certificate) {
		return func(c *gossh.Certificate) { c.ValidPrincipals = names }
	}
	option := func(name, value string) func(*gossh.Certificate) {
		return func(c *gossh.Certificate) { c.CriticalOptions = map[string]string{name: value} }
	}
	for _, c := range []struct {
		name   string
		ok     bool
		by     gossh.Signer
		change func(*gossh.Certificate)
	}{
		{"good", true, authority, nil},
		{"rsa with SHA-2", true, sha2, nil},
		{"rsa with SHA-1", false, sha1, nil},
		{"of an authority that nobody knows", false, other, nil},
		{"among other names", true, authority, names("ann@example.org", "ann", "staff")},
		{"of nobody", false, authority, names("eve")},
		{"of two accounts", false, authority, names("ann", "bob")},
		{"of everybody", false, authority, names()},
		{"of a disabled account", false, authority, names("gone")},
		{"many names", false, authority, names(strings.Fields(strings.Repeat("x ", 100) + "ann")...)},
		{"a name in upper case", false, authority, names("ANN")},
		{"expired", false, authority, func(c *gossh.Certificate) { c.ValidBefore = uint64(time.Now().Add(-time.Second).Unix()) }},
		{"not yet", false, authority, func(c *gossh.Certificate) { c.ValidAfter = uint64(time.Now().Add(time.Minute).Unix()) }},
		{"of a host", false, authority, func(c *gossh.Certificate) { c.CertType = gossh.HostCert }},
		{"a revoked serial", false, authority, func(c *gossh.Certificate) { c.Serial = 13 }},
		{"another authority's serial", true, sha2, func(c *gossh.Certificate) { c.Serial = 13 }},
		{"a revoked key", false, authority, func(c *gossh.Certificate) { c.Key = revoked }},
		{"a weak key", false, authority, func(c *gossh.Certificate) { c.Key = rsaOf(t, 1024) }},
		{"source address", true, authority, option("source-address", "192.0.2.0/24")}, // SSH looks at the address
		{"forced command", false, authority, option("force-command", "git-upload-pack 'ann/book'")},
		{"verification", false, authority, option("verify-required", "")},
		{"unknown option", false, authority, option("x@example.org", "")},
		{"unknown extension", true, authority, func(c *gossh.Certificate) { c.Extensions = map[string]string{"permit-pty": "", "x@example.org": "y"} }},
	} {
		cert := goodCertificate(t)
		if c.change != nil {
			c.change(cert)
		}
		if err := cert.SignCert(rand.Reader, c.by); err != nil {
			t.Fatal(err)
		}
		p, err := a.ByKey(ctx, cert)
		if c.ok && (err != nil || *p.Account != *ann || p.Scope != access.ScopeAdmin) || !c.ok && (!errors.Is(err, access.ErrUnauthenticated) || p.Account != nil) {
			t.Errorf("%s: %+v, %v", c.name, p, err)
		}
	}
	changed := goodCertificate(t)
	if err := changed.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	p, err := a.ByKey(ctx, changed)
	if err != nil {
		t.Fatal(err)
	}
	if same, err := a.ByCredential(ctx, p.Credential); err != nil || *same.Account != *ann {
		t.Errorf("by credential: %+v, %v", same, err)
	}
	if p, err := a.ByKey(ctx, &gossh.Certificate{Key: changed.Key, CertType: gossh.UserCert, ValidPrincipals: []string{"ann"}, SignatureKey: authority.PublicKey()}); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("without a signature: %+v, %v", p, err)
	}
	forged := *changed
	forged.ValidPrincipals = []string{"bob"}
	if p, err := a.ByKey(ctx, &forged); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("changed after it was signed: %+v, %v", p, err)
	}
	if err := a.RemoveAuthority(ctx, "office"); err != nil {
		t.Fatal(err)
	}
	if p, err := a.ByKey(ctx, changed); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("after its authority went: %+v, %v", p, err)
	}
}

func TestAuthorities(t *testing.T) {
	a, _ := open(t)
	ctx := t.Context()
	key := newAuthority(t).PublicKey()
	added, err := a.AddAuthority(ctx, "office", line(t, key)+" the office")
	if err != nil {
		t.Fatal(err)
	}
	if all, err := a.Authorities(ctx); err != nil || len(all) != 1 || *all[0] != *added {
		t.Errorf("%+v, %v", all, err)
	}
	for what, c := range map[string]struct {
		name, line string
		want       error
	}{
		"name":    {"office", line(t, newEd25519(t)), access.ErrExists},
		"key":     {"other", line(t, key), access.ErrExists},
		"no name": {"", line(t, newEd25519(t)), nil},
		"weak":    {"weak", line(t, rsaOf(t, 1024)), nil},
	} {
		if _, err := a.AddAuthority(ctx, c.name, c.line); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for range 2 { // twice is as once
		if err := a.RevokeSerial(ctx, "office", 5); err != nil {
			t.Error(err)
		}
	}
	if err := a.RevokeSerial(ctx, "office", 0); err == nil {
		t.Error("serial 0 is revoked")
	}
	for what, err := range map[string]error{
		"serial": a.RevokeSerial(ctx, "nosuch", 5), "key": a.RevokeKey(ctx, "nosuch", line(t, key)), "remove": a.RemoveAuthority(ctx, "nosuch"),
	} {
		if !errors.Is(err, access.ErrNoAuthority) {
			t.Errorf("%s of none: %v", what, err)
		}
	}
	if err := a.RemoveAuthority(ctx, "office"); err != nil {
		t.Error(err)
	}
}
