package access_test

import (
	"crypto/dsa" //lint:ignore SA1019 to see it refused
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"github.com/rhaptos/rhaptos/gitserver/access"
)

func public(t testing.TB, key any) gossh.PublicKey {
	t.Helper()
	p, err := gossh.NewPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newEd25519(t testing.TB) gossh.PublicKey {
	t.Helper()
	p, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return public(t, p)
}

// line is the key as a .pub file has it.
func line(t testing.TB, key gossh.PublicKey) string {
	t.Helper()
	return strings.TrimSpace(string(gossh.MarshalAuthorizedKey(key)))
}

// rsaOf is a key of so many bits that nobody has the private half of.
func rsaOf(t testing.TB, bits int) gossh.PublicKey {
	t.Helper()
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	return public(t, &rsa.PublicKey{N: n.Add(n, big.NewInt(1)), E: 65537})
}

func ecdsaOn(t testing.TB, curve elliptic.Curve) gossh.PublicKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return public(t, &key.PublicKey)
}

// wire is a key of any type, put together from its fields.
func wire(keyType string, fields ...[]byte) string {
	blob := gossh.Marshal(struct{ S string }{keyType})
	for _, f := range fields {
		blob = append(blob, gossh.Marshal(struct{ S string }{string(f)})...)
	}
	return keyType + " " + base64.StdEncoding.EncodeToString(blob)
}

func ed25519Bytes(t testing.TB) []byte {
	t.Helper()
	p, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func ecdsaPoint(t testing.TB) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return point
}

func certificate(t testing.TB) string {
	t.Helper()
	_, authority, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewSignerFromKey(authority)
	if err != nil {
		t.Fatal(err)
	}
	cert := &gossh.Certificate{Key: newEd25519(t), CertType: gossh.UserCert, ValidBefore: gossh.CertTimeInfinity}
	if err := cert.SignCert(rand.Reader, signer); err != nil {
		t.Fatal(err)
	}
	return line(t, cert)
}

func TestAddKey(t *testing.T) {
	a, _ := open(t)
	addAccount(t, a, "ann", false)
	good := line(t, newEd25519(t))
	for _, c := range []struct {
		name, line string
		want       string // part of the error; empty: accepted
	}{
		{"ed25519", line(t, newEd25519(t)) + " ann@laptop", ""},
		{"ed25519, spaces around", "  " + line(t, newEd25519(t)) + "\n", ""},
		{"security key ed25519", wire(gossh.KeyAlgoSKED25519, ed25519Bytes(t), []byte("ssh:")), ""},
		{"security key ecdsa", wire(gossh.KeyAlgoSKECDSA256, []byte("nistp256"), ecdsaPoint(t), []byte("ssh:")), ""},
		{"p256", line(t, ecdsaOn(t, elliptic.P256())), ""},
		{"p384", line(t, ecdsaOn(t, elliptic.P384())), ""},
		{"p521", line(t, ecdsaOn(t, elliptic.P521())), ""},
		{"rsa 2048", line(t, rsaOf(t, 2048)), ""},
		{"rsa 8192", line(t, rsaOf(t, 8192)), ""},
		{"rsa 2047", line(t, rsaOf(t, 2047)), "2047 bits"},
		{"rsa 8193", line(t, rsaOf(t, 8193)), "8193 bits"},
		{"rsa 16384", line(t, rsaOf(t, 16384)), "16384 bits"},
		{"certificate", certificate(t), "not accepted"},
		{"empty", "", "not an SSH public key"},
		{"not a key", "hello world", "not an SSH public key"},
		{"private", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", "private key"},
		{"two lines", good + "\n" + line(t, newEd25519(t)), "one line"},
		{"options", `command="/bin/sh" ` + good, "options"},
		{"escape in the comment", good + " \x1b]52;c;AAAA\a", "printed"},
		{"bidi in the comment", good + " \u202egpj", "printed"},
		{"long", good + strings.Repeat("x", 9000), "too long"},
	} {
		key, err := a.AddKey(t.Context(), "ann", c.line)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		case err == nil && key.Line != strings.TrimSpace(c.line):
			t.Errorf("%s: kept as %q", c.name, key.Line)
		}
	}
}

func TestDSARefused(t *testing.T) {
	n := func(bits uint) *big.Int { return new(big.Int).Lsh(big.NewInt(1), bits-1) }
	key := &dsa.PublicKey{Parameters: dsa.Parameters{P: n(1024), Q: n(160), G: n(1023)}, Y: n(1000)}
	p, err := gossh.NewPublicKey(key)
	if err != nil {
		t.Skip("x/crypto no longer writes DSA keys: ", err)
	}
	if _, _, err := access.ParseKey(line(t, p)); err == nil {
		t.Error("accepted")
	}
}

func TestKeyBelongsToOneAccount(t *testing.T) {
	a, _ := open(t)
	addAccount(t, a, "ann", false)
	addAccount(t, a, "bob", false)
	key := newEd25519(t)
	added, err := a.AddKey(t.Context(), "ann", line(t, key)+" laptop")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ann", "bob"} {
		if _, err := a.AddKey(t.Context(), name, line(t, key)); !errors.Is(err, access.ErrExists) {
			t.Errorf("again to %s: %v", name, err)
		}
	}
	keys, err := a.Keys(t.Context(), "ann")
	if err != nil || !slices.Equal(keys, []access.Key{*added}) {
		t.Errorf("keys of ann: %v, %v", keys, err)
	}
	if err := a.RemoveKey(t.Context(), "bob", added.Fingerprint); !errors.Is(err, access.ErrNoKey) {
		t.Errorf("bob removes ann's key: %v", err)
	}
	if err := a.RemoveKey(t.Context(), "ann", added.Fingerprint); err != nil {
		t.Error(err)
	}
	if _, err := a.AddKey(t.Context(), "bob", line(t, key)); err != nil {
		t.Errorf("to bob after ann gave it up: %v", err)
	}
}

func TestByKey(t *testing.T) {
	a, _ := open(t)
	ann := addAccount(t, a, "ann", false)
	key := newEd25519(t)
	added, err := a.AddKey(t.Context(), "ann", line(t, key))
	if err != nil {
		t.Fatal(err)
	}
	p, err := a.ByKey(t.Context(), key)
	if err != nil || *p.Account != *ann || p.Scope != access.ScopeAdmin || p.Name() != "ann" {
		t.Fatalf("got %+v, %v", p, err)
	}
	refused := func(what string, key gossh.PublicKey) {
		t.Helper()
		if p, err := a.ByKey(t.Context(), key); !errors.Is(err, access.ErrUnauthenticated) || p.Account != nil {
			t.Errorf("%s: %+v, %v", what, p, err)
		}
	}
	refused("other key", newEd25519(t))
	refused("no key", nil)
	refused("weak key", rsaOf(t, 1024))
	if err := a.Disable(t.Context(), "ann"); err != nil {
		t.Fatal(err)
	}
	refused("disabled account", key)
	if err := a.Enable(t.Context(), "ann"); err != nil {
		t.Fatal(err)
	}
	if err := a.RemoveKey(t.Context(), "ann", added.Fingerprint); err != nil {
		t.Fatal(err)
	}
	refused("removed key", key)
}

// What is accepted reads back as the same key, of an accepted kind, on one
// line that can be printed.
func FuzzParseKey(f *testing.F) {
	f.Add(line(f, newEd25519(f)) + " ann@laptop")
	f.Add(line(f, rsaOf(f, 2048)))
	f.Add(line(f, rsaOf(f, 1024)))
	f.Add(`command="x" ` + line(f, ecdsaOn(f, elliptic.P256())))
	f.Add(certificate(f))
	f.Add("ssh-ed25519 AAAA")
	f.Fuzz(func(t *testing.T, s string) {
		key, comment, err := access.ParseKey(s)
		if err != nil {
			return
		}
		again, sameComment, err := access.ParseKey(line(t, key) + " " + comment)
		if err != nil || gossh.FingerprintSHA256(again) != gossh.FingerprintSHA256(key) || strings.TrimSpace(sameComment) != strings.TrimSpace(comment) {
			t.Errorf("%q does not read back: %v", s, err)
		}
		if strings.ContainsAny(comment, "\n\r\x1b\x00") {
			t.Errorf("comment %q", comment)
		}
		if strings.Contains(key.Type(), "cert") || strings.Contains(key.Type(), "dss") {
			t.Errorf("accepted type %s", key.Type())
		}
	})
}
