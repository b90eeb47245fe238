package access_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	gossh "golang.org/x/crypto/ssh"

	"github.com/rhaptos/rhaptos/gitserver/access"
)

// newOpenPGP is a key, public and private, as text.
func newOpenPGP(t *testing.T) (public, private string) {
	t.Helper()
	entity, err := openpgp.NewEntity("Ann", "", "ann@example.org", nil)
	if err != nil {
		t.Fatal(err)
	}
	armored := func(kind string, serialize func(io.Writer) error) string {
		var b strings.Builder
		w, err := armor.Encode(&b, kind, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(serialize(w), w.Close()); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	return armored(openpgp.PublicKeyType, entity.Serialize),
		armored(openpgp.PrivateKeyType, func(w io.Writer) error { return entity.SerializePrivate(w, nil) })
}

func TestOpenPGPKeys(t *testing.T) {
	a, _ := open(t)
	for _, name := range []string{"ann", "bob"} {
		if _, err := a.AddAccount(t.Context(), name, false); err != nil {
			t.Fatal(err)
		}
	}
	public, private := newOpenPGP(t)
	other, _ := newOpenPGP(t)
	key, err := a.AddOpenPGPKey(t.Context(), "ann", public)
	if err != nil || key.Identity != "Ann <ann@example.org>" || len(key.Fingerprint) < 40 || strings.ToUpper(key.Fingerprint) != key.Fingerprint {
		t.Fatalf("%+v, %v", key, err)
	}
	if _, err := a.AddOpenPGPKey(t.Context(), "bob", public); !errors.Is(err, access.ErrExists) {
		t.Errorf("a key of two accounts: %v", err)
	}
	if _, err := a.AddOpenPGPKey(t.Context(), "nobody", other); !errors.Is(err, access.ErrNoAccount) {
		t.Errorf("a key of nobody: %v", err)
	}
	for name, text := range map[string]string{
		"private": private, "two": public + other, "empty": "", "an SSH key": line(t, newEd25519(t)), "long": strings.Repeat(" ", 128<<10) + public,
	} {
		if _, err := a.AddOpenPGPKey(t.Context(), "bob", text); err == nil || errors.Is(err, access.ErrExists) {
			t.Errorf("%s: %v", name, err)
		}
	}
	keys, err := a.OpenPGPKeys(t.Context(), "ann")
	if err != nil || len(keys) != 1 || *keys[0] != *key {
		t.Errorf("listed %+v, %v", keys, err)
	}
	if _, err := a.OpenPGPKeys(t.Context(), "nobody"); !errors.Is(err, access.ErrNoAccount) {
		t.Errorf("keys of nobody: %v", err)
	}
	if err := a.RemoveOpenPGPKey(t.Context(), "bob", key.Fingerprint); !errors.Is(err, access.ErrNoKey) {
		t.Errorf("bob took ann's key away: %v", err)
	}
	if err := a.RemoveOpenPGPKey(t.Context(), "ann", strings.ToLower(key.Fingerprint)); err != nil {
		t.Error(err)
	}
	if keys, err := a.OpenPGPKeys(t.Context(), "ann"); err != nil || len(keys) != 0 {
		t.Errorf("after it was removed: %v, %v", keys, err)
	}
}

func TestSigningKeys(t *testing.T) {
	a, db := open(t)
	if _, err := a.AddAccount(t.Context(), "ann", false); err != nil {
		t.Fatal(err)
	}
	text := line(t, newEd25519(t))
	public, _ := newOpenPGP(t)
	if _, err := a.AddKey(t.Context(), "ann", text); err != nil {
		t.Fatal(err)
	}
	key, err := a.AddOpenPGPKey(t.Context(), "ann", public)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := a.SigningKeys(t.Context(), "ann")
	if err != nil || len(keys.SSH) != 1 || len(keys.OpenPGP) != 1 {
		t.Fatalf("%+v, %v", keys, err)
	}
	if got := strings.TrimSpace(string(gossh.MarshalAuthorizedKey(keys.SSH[0]))); !strings.HasPrefix(text, got) {
		t.Errorf("%q is not %q", got, text)
	}
	if id := keys.OpenPGP[0].PrimaryIdentity(); id == nil || id.Name != key.Identity {
		t.Errorf("the OpenPGP key is %+v", keys.OpenPGP[0])
	}
	addRepository(t, db, "r", "ann", "book")
	deploy, err := a.AddDeployKey(t.Context(), "r", line(t, newEd25519(t)), true)
	if err != nil {
		t.Fatal(err)
	}
	keys, err = a.SigningKeys(t.Context(), access.Principal{Deploy: deploy}.Name())
	if err != nil || len(keys.SSH) != 1 || gossh.FingerprintSHA256(keys.SSH[0]) != deploy.Fingerprint {
		t.Errorf("a deploy key signs with %+v, %v", keys, err)
	}
	if keys, err := a.SigningKeys(t.Context(), ""); err != nil || len(keys.SSH)+len(keys.OpenPGP) != 0 {
		t.Errorf("nobody signs with %+v, %v", keys, err)
	}
}

func TestSecretIsKept(t *testing.T) {
	a, db := open(t)
	first, err := a.Secret(t.Context(), access.PushSecret)
	if err != nil || len(first) != 32 {
		t.Fatalf("%x, %v", first, err)
	}
	second, err := access.New(db, nil).Secret(t.Context(), access.PushSecret)
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("%x and then %x, %v", first, second, err)
	}
	other, err := a.Secret(t.Context(), access.TicketSecret)
	if err != nil || bytes.Equal(first, other) {
		t.Errorf("two names have the secrets %x and %x, %v", first, other, err)
	}
	if _, err := db.ExecContext(t.Context(), "UPDATE setting SET value = 'x' WHERE name = $1", access.PushSecret); err != nil {
		t.Fatal(err)
	}
	if secret, err := a.Secret(t.Context(), access.PushSecret); err == nil {
		t.Errorf("a setting that is no secret reads as %x", secret)
	}
}
