package pushcert

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"golang.org/x/crypto/ssh"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

const (
	body = "certificate version 0.1\npusher SHA256:x 1700000000 +0000\npushee ssh://books.example/ann/book\nnonce 1-2\npush-option a=b\npush-option \n\n" +
		"0000000000000000000000000000000000000000 1111111111111111111111111111111111111111 refs/heads/a b\n"
	sig = "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"
)

func TestParse(t *testing.T) {
	c, err := Parse([]byte(body + sig))
	if err != nil {
		t.Fatal(err)
	}
	if c.Pusher != "SHA256:x 1700000000 +0000" || c.Pushee != "ssh://books.example/ann/book" || c.Nonce != "1-2" ||
		fmt.Sprintf("%q", c.Options) != `["a=b" ""]` || len(c.Commands) != 1 || !strings.HasSuffix(c.Commands[0], "refs/heads/a b") {
		t.Errorf("%+v", c)
	}
	if c.Text() != body+sig {
		t.Errorf("the text is %q", c.Text())
	}
	c, err = Parse([]byte("certificate version 0.1\npusher \npush-option \n\n0\n-----BEGIN "))
	if err != nil || c.Pushee != "" || c.Nonce != "" || len(c.Options) != 1 {
		t.Errorf("without pushee and nonce: %+v, %v", c, err)
	}
}

func TestParseMalformed(t *testing.T) {
	for _, text := range []string{
		"", sig, body, "x\n" + body + sig,
		strings.Replace(body, "0.1", "0.2", 1) + sig,
		strings.Replace(body, "pusher", "author", 1) + sig,
		strings.Replace(body, "nonce 1-2", "nonce 1-2\nfrobnicate x", 1) + sig,
		strings.Replace(body, "nonce 1-2\n", "nonce 1-2\nnonce 1-3\n", 1) + sig,
		strings.Replace(body, "\n\n", "\n", 1) + sig,
		strings.Replace(body, "refs/heads/a b\n", "refs/heads/a b\n\n", 1) + sig,
		strings.Replace(body, "refs/heads/a b", "refs/heads/a\x00b", 1) + sig,
		body[:strings.Index(body, "\n\n")+2] + sig,
	} {
		if c, err := Parse([]byte(text)); err == nil {
			t.Errorf("%q was read as %+v", text, c)
		}
	}
}

// What is read can be written again, and is the text.
func FuzzParse(f *testing.F) {
	f.Add([]byte(body + sig))
	f.Add([]byte(strings.Replace(body, "pushee ssh://books.example/ann/book\nnonce 1-2\npush-option a=b\npush-option \n", "", 1) + sig))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse(text)
		if err != nil {
			return
		}
		again := "certificate version 0.1\npusher " + c.Pusher + "\n"
		if c.Pushee != "" {
			again += "pushee " + c.Pushee + "\n"
		}
		if c.Nonce != "" {
			again += "nonce " + c.Nonce + "\n"
		}
		for _, o := range c.Options {
			again += "push-option " + o + "\n"
		}
		again += "\n" + strings.Join(c.Commands, "\n") + "\n" + string(c.signature)
		if again == string(text) {
			return
		}
		// An empty pushee or nonce may be written or left out.
		if !strings.Contains(string(text), "\npushee \n") && !strings.Contains(string(text), "\nnonce \n") {
			t.Errorf("%q\nwas read as\n%q", text, again)
		}
	})
}

func TestNonces(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	n := NewNonces([]byte("secret"))
	good := n.Make("book", now)
	for name, tt := range map[string]struct {
		nonce string
		at    time.Time
		want  NonceStatus
	}{
		"now":                {good, now, NonceOK},
		"a little later":     {good, now.Add(slop), NonceOK},
		"too late":           {good, now.Add(slop + time.Second), NonceExpired},
		"a clock behind":     {good, now.Add(-time.Second), NonceOK},
		"from the future":    {good, now.Add(-2 * slop), NonceExpired},
		"none":               {"", now, NonceMissing},
		"another repository": {n.Make("other", now), now, NonceBad},
		"another secret":     {NewNonces([]byte("other")).Make("book", now), now, NonceBad},
		"another time":       {"1700000001" + good[10:], now, NonceBad},
		"other digits":       {"+" + good, now, NonceBad},
		"nonsense":           {"x-y", now, NonceBad},
		"more behind it":     {good + " ", now, NonceBad},
	} {
		if got := n.Check("book", tt.nonce, tt.at); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	if strings.ContainsAny(good, " \t\n") {
		t.Errorf("%q cannot be a capability's value", good)
	}
}

func run(t *testing.T, stdin string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(testenv.Program(t, name), args...)
	cmd.Stdin = strings.NewReader(stdin)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, errs.String())
	}
	return string(out)
}

// keygen makes an SSH key and returns its file and its public half.
func keygen(t *testing.T, args ...string) (string, ssh.PublicKey) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key")
	run(t, "", "ssh-keygen", append([]string{"-q", "-N", "", "-f", file}, args...)...)
	line, err := os.ReadFile(file + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(line)
	if err != nil {
		t.Fatal(err)
	}
	return file, key
}

func parse(t *testing.T, text string) *Certificate {
	t.Helper()
	c, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestVerifySSH(t *testing.T) {
	for _, kind := range [][]string{{"-t", "ed25519"}, {"-t", "ecdsa"}, {"-t", "rsa", "-b", "2048"}} {
		file, key := keygen(t, kind...)
		_, other := keygen(t, "-t", "ed25519")
		sign := func(namespace string) string {
			return run(t, body, "ssh-keygen", "-Y", "sign", "-f", file, "-n", namespace)
		}
		signed := sign("git")
		for name, tt := range map[string]struct {
			text string
			keys []ssh.PublicKey
			want Status
		}{
			"good":              {body + signed, []ssh.PublicKey{other, key}, Good},
			"somebody else's":   {body + signed, []ssh.PublicKey{other}, Unknown},
			"no keys":           {body + signed, nil, Unknown},
			"another text":      {strings.Replace(body, "refs/heads/a b", "refs/heads/main", 1) + signed, []ssh.PublicKey{key}, Bad},
			"another namespace": {body + sign("file"), []ssh.PublicKey{key}, Bad},
			"nonsense":          {body + sig, []ssh.PublicKey{key}, Bad},
		} {
			v := parse(t, tt.text).Verify(Keys{SSH: tt.keys}, time.Now())
			if v.Status != tt.want || (v.Why == "") != (tt.want == Good) || tt.want == Good && v.Signer != ssh.FingerprintSHA256(key) {
				t.Errorf("%v, %s: %+v, want %s", kind, name, v, tt.want)
			}
		}
	}
}

func TestVerifyOpenPGP(t *testing.T) {
	home := t.TempDir()
	gpg := func(stdin string, args ...string) string {
		return run(t, stdin, "gpg", append([]string{"--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""}, args...)...)
	}
	gpg("", "--quick-generate-key", "Ann <ann@example.org>", "ed25519", "sign", "1d")
	t.Cleanup(func() { exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() })
	ring, err := openpgp.ReadArmoredKeyRing(strings.NewReader(gpg("", "--armor", "--export", "ann@example.org")))
	if err != nil {
		t.Fatal(err)
	}
	signed := gpg(body, "--detach-sign", "--armor")
	for name, tt := range map[string]struct {
		text string
		keys openpgp.EntityList
		at   time.Time
		want Status
	}{
		"good":          {body + signed, ring, time.Now(), Good},
		"unknown":       {body + signed, nil, time.Now(), Unknown},
		"another text":  {strings.Replace(body, "heads/a", "heads/b", 1) + signed, ring, time.Now(), Bad},
		"expired":       {body + signed, ring, time.Now().Add(48 * time.Hour), Bad},
		"nonsense":      {body + "-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n", ring, time.Now(), Bad},
		"not supported": {body + "-----BEGIN SIGNED MESSAGE-----\nAAAA\n-----END SIGNED MESSAGE-----\n", ring, time.Now(), Unknown},
	} {
		v := parse(t, tt.text).Verify(Keys{OpenPGP: tt.keys}, tt.at)
		if v.Status != tt.want || (v.Why == "") != (tt.want == Good) || tt.want == Good && v.Signer != Fingerprint(ring[0]) {
			t.Errorf("%s: %+v, want %s", name, v, tt.want)
		}
	}
}
