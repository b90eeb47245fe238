package ssh_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/ssh"
)

func rsaSigner(t *testing.T) gossh.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewSignerFromKey(crypto.Signer(key))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// liarSigner offers a key that it cannot sign with.
type liarSigner struct{ key gossh.PublicKey }

func (l liarSigner) PublicKey() gossh.PublicKey { return l.key }

func (l liarSigner) Sign(io.Reader, []byte) (*gossh.Signature, error) {
	return nil, errors.New("it is not mine")
}

// offering is a client that offers keys one after the other.
func (s *site) offering(keys ...gossh.Signer) *gossh.ClientConfig {
	config := s.clientConfig("nobody")
	config.Auth = nil
	config.AuthCallback = func(*gossh.ClientAuthContext) (gossh.AuthMethod, error) {
		if len(keys) == 0 {
			return nil, nil
		}
		key := keys[0]
		keys = keys[1:]
		return gossh.PublicKeys(key), nil
	}
	return config
}

// Who a client is follows from the key that it proves, whichever others it
// offers before, in whatever order.
func TestOfferedKeysProveNothing(t *testing.T) {
	s := newSite(t, &recorder{})
	offers := []gossh.Signer{
		liarSigner{s.keys["ann"].PublicKey()}, liarSigner{s.keys["author"].PublicKey()}, liarSigner{s.keys["stranger"].PublicKey()},
		s.keys["nobody"], liarSigner{s.keys["nobody"].PublicKey()},
	}
	random := mathrand.New(mathrand.NewPCG(1, 2))
	for i := range 60 {
		var sequence []gossh.Signer
		var names []string
		failures := 0
		for range 1 + random.IntN(6) {
			n := random.IntN(len(offers))
			if n >= 3 {
				failures++
			}
			if failures > 4 {
				break
			}
			sequence = append(sequence, offers[n])
			names = append(names, fmt.Sprint(n))
		}
		client, err := gossh.Dial("tcp", s.address, s.offering(append(sequence, s.keys["stranger"])...))
		if err != nil {
			t.Fatalf("sequence %d (%s): %v", i, strings.Join(names, " "), err)
		}
		if a := run(t, client, "", ""); !strings.HasPrefix(a.out, "Hello stranger.") {
			t.Errorf("sequence %d (%s): %+v", i, strings.Join(names, " "), a)
		}
		if a := run(t, client, "git-upload-pack 'ann/secret'", ""); a.status != 128 {
			t.Errorf("sequence %d (%s) reads what is ann's: %+v", i, strings.Join(names, " "), a)
		}
		client.Close()
	}
	if client, err := gossh.Dial("tcp", s.address, s.offering(offers...)); err == nil {
		client.Close()
		t.Error("in without a proof")
	}
}

// What an account may is asked anew for each command.
func TestKeyIsLookedUpAgain(t *testing.T) {
	s := newSite(t, &recorder{})
	client := s.dial(t, "reader")
	if a := run(t, client, "git-upload-pack 'ann/secret'", ""); a.status != 0 {
		t.Fatalf("%+v", a)
	}
	if err := s.access.Disable(t.Context(), "reader"); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"git-upload-pack 'ann/secret'", ""} {
		if a := run(t, client, command, ""); a.status != 128 || a.out != "" || !strings.Contains(a.err, "no longer accepted") {
			t.Errorf("%q of a disabled account: %+v", command, a)
		}
	}
	if client, err := gossh.Dial("tcp", s.address, s.clientConfig("reader")); err == nil {
		client.Close()
		t.Error("a disabled account connects")
	}
}

func TestOnlyKnownKeysGetIn(t *testing.T) {
	s := newSite(t, &recorder{})
	password := func(string, string, []string, []bool) ([]string, error) { return []string{"x"}, nil }
	for what, auth := range map[string][]gossh.AuthMethod{
		"nothing":              nil,
		"password":             {gossh.Password("x")},
		"keyboard-interactive": {gossh.KeyboardInteractive(password)},
		"unknown key":          {gossh.PublicKeys(s.keys["nobody"])},
		"certificate":          {gossh.PublicKeys(s.certificate(t))},
	} {
		config := s.clientConfig("nobody")
		config.Auth = auth
		client, err := gossh.Dial("tcp", s.address, config)
		if err == nil {
			client.Close()
			t.Errorf("%s: in", what)
		} else if !strings.Contains(err.Error(), "unable to authenticate") {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, user := range []string{"git", "root", "ann", ""} {
		config := s.clientConfig("author")
		config.User = user
		client, err := gossh.Dial("tcp", s.address, config)
		if err != nil {
			t.Errorf("user %q: %v", user, err)
			continue
		}
		if a := run(t, client, "", ""); !strings.HasPrefix(a.out, "Hello author.") {
			t.Errorf("user %q: %+v", user, a)
		}
		client.Close()
	}
}

// certificate is one over ann's key, signed by herself.
func (s *site) certificate(t *testing.T) gossh.Signer {
	t.Helper()
	cert := &gossh.Certificate{Key: s.keys["ann"].PublicKey(), CertType: gossh.UserCert, ValidPrincipals: []string{"git"}, ValidBefore: gossh.CertTimeInfinity}
	if err := cert.SignCert(rand.Reader, s.keys["ann"]); err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewCertSigner(cert, s.keys["ann"])
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// certified is a client key with a certificate of the authority over it.
func certified(t *testing.T, authority gossh.Signer, change func(*gossh.Certificate)) gossh.Signer {
	t.Helper()
	key := newSigner(t)
	cert := &gossh.Certificate{Key: key.PublicKey(), CertType: gossh.UserCert, Serial: 1, ValidPrincipals: []string{"ann"}, ValidBefore: gossh.CertTimeInfinity}
	if change != nil {
		change(cert)
	}
	if err := cert.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewCertSigner(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func TestCertificates(t *testing.T) {
	s := newSite(t, &recorder{})
	authority := newSigner(t)
	if _, err := s.access.AddAuthority(t.Context(), "office", string(gossh.MarshalAuthorizedKey(authority.PublicKey()))); err != nil {
		t.Fatal(err)
	}
	from := func(addresses string) func(*gossh.Certificate) {
		return func(c *gossh.Certificate) { c.CriticalOptions = map[string]string{"source-address": addresses} }
	}
	for _, c := range []struct {
		name   string
		ok     bool
		signer gossh.Signer
	}{
		{"good", true, certified(t, authority, nil)},
		{"from here", true, certified(t, authority, from("192.0.2.0/24,127.0.0.0/8"))},
		{"from elsewhere", false, certified(t, authority, from("192.0.2.0/24"))},
		{"of an authority of the client's own", false, certified(t, newSigner(t), nil)},
		{"with a forced command", false, certified(t, authority, func(c *gossh.Certificate) {
			c.CriticalOptions = map[string]string{"force-command": "id"}
		})},
	} {
		s.keys["certified"] = c.signer
		client, err := gossh.Dial("tcp", s.address, s.clientConfig("certified"))
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
		if err != nil {
			continue
		}
		if a := run(t, client, "git-upload-pack 'ann/secret'", ""); a.status != 0 {
			t.Errorf("%s: %+v", c.name, a)
		}
		client.Close()
	}
	// What becomes void is void for the next command of those who are in.
	s.keys["certified"] = certified(t, authority, func(c *gossh.Certificate) { c.Serial = 99 })
	client := s.dial(t, "certified")
	if a := run(t, client, "", ""); !strings.HasPrefix(a.out, "Hello ann.") {
		t.Errorf("%+v", a)
	}
	if err := s.access.RevokeSerial(t.Context(), "office", 99); err != nil {
		t.Fatal(err)
	}
	if a := run(t, client, "", ""); a.status != 128 || !strings.Contains(a.err, "no longer accepted") {
		t.Errorf("after it was revoked: %+v", a)
	}
}

// A certificate that is only offered proves nothing either.
func TestOfferedCertificatesProveNothing(t *testing.T) {
	s := newSite(t, &recorder{})
	authority := newSigner(t)
	if _, err := s.access.AddAuthority(t.Context(), "office", string(gossh.MarshalAuthorizedKey(authority.PublicKey()))); err != nil {
		t.Fatal(err)
	}
	anns := liarSigner{certified(t, authority, nil).PublicKey()}
	client, err := gossh.Dial("tcp", s.address, s.offering(anns, s.keys["stranger"]))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if a := run(t, client, "", ""); !strings.HasPrefix(a.out, "Hello stranger.") {
		t.Errorf("%+v", a)
	}
}

// A deploy key is in, for its repository only.
func TestDeployKey(t *testing.T) {
	s := newSite(t, &recorder{}, func(c *ssh.Config) {
		c.Administer = func(context.Context, access.Principal, []string, io.Reader, io.Writer, io.Writer) int { return 0 }
	})
	for label, write := range map[string]bool{"reads": false, "writes": true} {
		s.keys[label] = newSigner(t)
		if _, err := s.access.AddDeployKey(t.Context(), "secret", string(gossh.MarshalAuthorizedKey(s.keys[label].PublicKey())), write); err != nil {
			t.Fatal(err)
		}
		client := s.dial(t, label)
		for command, ok := range map[string]bool{
			"git-upload-pack 'ann/secret'":  true,
			"git-receive-pack 'ann/secret'": write,
			"git-upload-pack 'ann/open'":    true, // as for everybody
			"git-receive-pack 'ann/open'":   false,
			"git-upload-pack 'ann/none'":    false,
		} {
			if a := run(t, client, command, "0000"); (a.status == 0) != ok {
				t.Errorf("%s: %s: %+v", label, command, a)
			}
		}
		s.packs.taken()
		if a := run(t, client, "", ""); a.status != 0 || !strings.HasPrefix(a.out, "Hello deploy-key:SHA256:") || strings.Contains(a.out, "help") {
			t.Errorf("%s: greeting %+v", label, a)
		}
	}
}

// Commands that are not git's go on in words, with who has proved to be there.
func TestAdminister(t *testing.T) {
	s := newSite(t, &recorder{}, func(c *ssh.Config) {
		c.Administer = func(_ context.Context, p access.Principal, words []string, in io.Reader, out, errOut io.Writer) int {
			text, err := io.ReadAll(in)
			if err != nil {
				return 9
			}
			fmt.Fprintf(out, "%s: %q %q", p.Name(), words, text)
			io.WriteString(errOut, "beside it")
			return len(words)
		}
	})
	client := s.dial(t, "author")
	if a, want := run(t, client, `user add 'b c'`, "a key"), (answer{`author: ["user" "add" "b c"] "a key"`, "beside it", 3}); a != want {
		t.Errorf("%+v, want %+v", a, want)
	}
	for command, want := range map[string]string{
		"repo list; id": "means something to a shell", "repo $(id)": "means something to a shell", "user add 'x": "not closed",
		"x \x1b[2J": "control characters", strings.Repeat("x ", 10000): "longer than",
	} {
		if a := run(t, client, command, ""); a.status != 2 || a.out != "" || !strings.Contains(a.err, want) || strings.Contains(a.err, "\x1b") {
			t.Errorf("%.40q: %+v", command, a)
		}
	}
	if a := run(t, client, "git-upload-archive 'ann/none'", ""); a.status != 128 {
		t.Errorf("a verb of git's: %+v", a)
	}
}

// A client may not go on trying keys (S11).
func TestAuthTries(t *testing.T) {
	s := newSite(t, &recorder{})
	for unknown, in := range map[int]bool{5: true, 31: true, 32: false} {
		var keys []gossh.Signer
		for range unknown {
			keys = append(keys, newSigner(t))
		}
		client, err := gossh.Dial("tcp", s.address, s.offering(append(keys, s.keys["ann"])...))
		if err == nil {
			client.Close()
		}
		if (err == nil) != in {
			t.Errorf("a good key after %d others: %v", unknown, err)
		}
	}
}

// A key too large to be worth the time is not looked at (S5).
func TestHugeKeyIsRefused(t *testing.T) {
	s := newSite(t, &recorder{})
	for _, bits := range []uint{1024, 16384} {
		n := new(big.Int).Lsh(big.NewInt(1), bits-1)
		key, err := gossh.NewPublicKey(&rsa.PublicKey{N: n.Add(n, big.NewInt(1)), E: 65537})
		if err != nil {
			t.Fatal(err)
		}
		if client, err := gossh.Dial("tcp", s.address, s.offering(liarSigner{key})); err == nil {
			client.Close()
			t.Errorf("%d bits: in", bits)
		}
		client, err := gossh.Dial("tcp", s.address, s.offering(liarSigner{key}, s.keys["ann"]))
		if err != nil {
			t.Errorf("%d bits, and then a good key: %v", bits, err)
			continue
		}
		client.Close()
	}
}

func TestAlgorithms(t *testing.T) {
	s := newSite(t, &recorder{})
	with := func(kex, cipher, mac string) error {
		config := s.clientConfig("ann")
		config.KeyExchanges, config.Ciphers, config.MACs = []string{kex}, []string{cipher}, []string{mac}
		client, err := gossh.Dial("tcp", s.address, config)
		if err == nil {
			client.Close()
		}
		return err
	}
	const kex, ctr, gcm, etm = gossh.KeyExchangeCurve25519, gossh.CipherAES256CTR, gossh.CipherAES128GCM, gossh.HMACSHA256ETM
	for _, c := range []struct {
		kex, cipher, mac string
		ok               bool
	}{
		{kex, ctr, etm, true},
		{gossh.KeyExchangeMLKEM768X25519, gcm, etm, true},
		{kex, gossh.CipherChaCha20Poly1305, gossh.HMACSHA512ETM, true},
		{gossh.KeyExchangeECDHP256, gcm, etm, false},
		{gossh.KeyExchangeDH14SHA256, gcm, etm, false},
		{gossh.InsecureKeyExchangeDH14SHA1, gcm, etm, false},
		{kex, gossh.InsecureCipherAES128CBC, etm, false},
		{kex, gossh.InsecureCipherTripleDESCBC, etm, false},
		{kex, ctr, gossh.HMACSHA1, false},
		{kex, ctr, gossh.HMACSHA256, false},
	} {
		err := with(c.kex, c.cipher, c.mac)
		if (err == nil) != c.ok || err != nil && !strings.Contains(err.Error(), "no common algorithm") {
			t.Errorf("%s %s %s: %v", c.kex, c.cipher, c.mac, err)
		}
	}
}

func TestNothingButGit(t *testing.T) {
	s := newSite(t, &recorder{})
	client := s.dial(t, "ann")
	if conn, err := client.Dial("tcp", s.address); err == nil {
		conn.Close()
		t.Error("forwards to a port")
	}
	if l, err := client.Listen("tcp", "127.0.0.1:0"); err == nil {
		l.Close()
		t.Error("forwards from a port")
	}
	if ch, _, err := client.OpenChannel("x11", nil); err == nil {
		ch.Close()
		t.Error("opens an X11 channel")
	}
	session := newSession(t, client)
	for _, request := range []struct {
		name    string
		payload []byte
	}{
		{"pty-req", gossh.Marshal(struct {
			Term                string
			Columns, Rows, W, H uint32
			Modes               string
		}{"xterm", 80, 24, 0, 0, ""})},
		{"subsystem", gossh.Marshal(struct{ Name string }{"sftp"})},
		{"auth-agent-req@openssh.com", nil},
		{"x11-req", nil},
		{"window-change", gossh.Marshal(struct{ W, H, X, Y uint32 }{1, 1, 1, 1})},
		{"break", gossh.Marshal(struct{ Length uint32 }{1})},
		{"env", gossh.Marshal(struct{ Name, Value string }{"LD_PRELOAD", "/tmp/x.so"})},
		{"env", gossh.Marshal(struct{ Name, Value string }{"GIT_CONFIG_COUNT", "1"})},
		{"env", gossh.Marshal(struct{ Name, Value string }{"GIT_PROTOCOL", "version=2\nGIT_DIR=x"})},
		{"env", gossh.Marshal(struct{ Name string }{"GIT_PROTOCOL"})},
		{"nonsense", nil},
	} {
		if ok, err := session.SendRequest(request.name, true, request.payload); ok || err != nil {
			t.Errorf("%s: %v, %v", request.name, ok, err)
		}
	}
	if err := session.Setenv("GIT_PROTOCOL", "version=2"); err != nil {
		t.Errorf("GIT_PROTOCOL: %v", err)
	}
	if err := session.Run("git-upload-pack 'ann/open'"); err != nil {
		t.Error(err)
	}
	if got, want := s.packs.taken(), `upload ann/open "version=2" false`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestRequestFlood(t *testing.T) {
	s := newSite(t, &recorder{})
	client := s.dial(t, "ann")
	session := newSession(t, client)
	for range 1000 {
		if _, err := session.SendRequest("env", true, gossh.Marshal(struct{ Name, Value string }{"GIT_PROTOCOL", "version=2"})); err != nil {
			if a := run(t, client, "git-upload-pack 'ann/open'", ""); a.status != 0 {
				t.Errorf("another session of the connection: %+v", a)
			}
			return
		}
	}
	t.Error("a thousand requests, and the session is still open")
}

func TestSessionsOfAConnection(t *testing.T) {
	s := newSite(t, &recorder{}, func(c *ssh.Config) { c.Limits.Sessions = 2 })
	client := s.dial(t, "ann")
	first := newSession(t, client)
	newSession(t, client)
	if _, err := client.NewSession(); err == nil || !strings.Contains(err.Error(), "too many sessions") {
		t.Errorf("a third session: %v", err)
	}
	if err := first.Run("git-upload-pack 'ann/open'"); err != nil {
		t.Error(err)
	}
}

// A client that does not come to the point is put out; one that has proved its
// key stays.
func TestHandshakeDeadline(t *testing.T) {
	t.Parallel()
	s := newSite(t, &recorder{}, func(c *ssh.Config) { c.Limits.Handshake = time.Second })
	client := s.dial(t, "ann")
	silent := map[string]net.Conn{"": nil, "SSH-2.0-slow\r\n": nil, "GET / HTTP/1.1\r\n\r\n": nil}
	for said := range silent {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		io.WriteString(conn, said)
		silent[said] = conn
	}
	for said, conn := range silent {
		if _, err := io.Copy(io.Discard, conn); isTimeout(err) {
			t.Errorf("after %q: %v", said, err)
		}
	}
	if a := run(t, client, "git-upload-pack 'ann/open'", ""); a.status != 0 {
		t.Errorf("a client that is in: %+v", a)
	}
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

// Silent connections, however many, do not keep anybody out.
func TestSilentFlood(t *testing.T) {
	s := newSite(t, &recorder{}, func(c *ssh.Config) { c.Limits.PerAddress, c.Limits.Unauthenticated = 8, 4 })
	for range 100 {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		// The server speaks first, to whom it lets in.
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		if _, err := conn.Read(make([]byte, 1)); isTimeout(err) {
			t.Fatal(err)
		}
	}
	if a := run(t, s.dial(t, "ann"), "git-upload-pack 'ann/open'", ""); a.status != 0 {
		t.Errorf("%+v", a)
	}
}

// One address may not hold more than its share of connections.
func TestConnectionsOfAnAddress(t *testing.T) {
	s := newSite(t, &recorder{}, func(c *ssh.Config) { c.Limits.PerAddress = 3 })
	first := s.dial(t, "ann")
	s.dial(t, "author")
	s.dial(t, "reader")
	if client, err := gossh.Dial("tcp", s.address, s.clientConfig("ann")); err == nil {
		client.Close()
		t.Error("a fourth connection")
	}
	if a := run(t, first, "", ""); a.status != 0 {
		t.Errorf("the first connection: %+v", a)
	}
}
