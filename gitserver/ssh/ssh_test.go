package ssh_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/ssh"
)

const notFound = "not found, or you may not read it"

// TestMayI is the matrix of who runs what on which repository. Readers may begin to
// push, since they may propose changes; what they push is asked about for each ref.
func TestMayI(t *testing.T) {
	s := newSite(t, &recorder{})
	for as, want := range map[string][6]string{ // fetch, push: open, secret, none
		"ann":      {"", "", "", "", notFound, notFound},
		"author":   {"", "", "", "", notFound, notFound},
		"reader":   {"", "", "", "", notFound, notFound},
		"stranger": {"", "", notFound, notFound, notFound, notFound},
	} {
		client := s.dial(t, as)
		for i, repo := range []string{"open", "open", "secret", "secret", "none", "none"} {
			verb := "git-upload-pack"
			if i%2 == 1 {
				verb = "git-receive-pack"
			}
			a := run(t, client, verb+" 'ann/"+repo+".git'", "0000")
			call := s.packs.taken()
			if want[i] == "" {
				if a.status != 0 || a.out != `got "0000"` || a.err != "" || call == "" {
					t.Errorf("%s %s %s: %+v, %s", as, verb, repo, a, call)
				}
				continue
			}
			if a.status != 128 || a.out != "" || call != "" || !strings.Contains(a.err, want[i]) || !strings.HasPrefix(a.err, "rhaptos: ") || strings.Count(a.err, "\n") != 1 {
				t.Errorf("%s %s %s: %+v, %s; want %s", as, verb, repo, a, call, want[i])
			}
		}
	}
}

func TestPrivateLooksLikeNone(t *testing.T) {
	s := newSite(t, &recorder{})
	client := s.dial(t, "stranger")
	for _, verb := range []string{"git-upload-pack", "git-receive-pack"} {
		secret, none := run(t, client, verb+" 'ann/secret'", ""), run(t, client, verb+" 'ann/absent'", "")
		secret.err = strings.ReplaceAll(secret.err, "secret", "absent")
		if secret != none || none.err != "rhaptos: repository ann/absent not found, or you may not read it\n" {
			t.Errorf("%+v and %+v", secret, none)
		}
	}
}

func TestCommands(t *testing.T) {
	s := newSite(t, &recorder{})
	client := s.dial(t, "ann")
	for _, c := range []struct {
		command, environ, value string
		want                    string // call, or part of what is said
	}{
		{"git-upload-pack 'ann/open'", "GIT_PROTOCOL", "version=2", `upload ann/open "version=2" false`},
		{"git-upload-pack '/ann/open.git'", "GIT_PROTOCOL", "version=1", `upload ann/open "version=1" false`},
		{"git-upload-pack 'ann/open'", "GIT_PROTOCOL", "version=9", `upload ann/open "" false`},
		{"git-upload-pack 'ann/open'", "GIT_PROTOCOL", "version=2:x", `upload ann/open "" false`},
		{"git-upload-pack 'ann/open'", "GIT_DIR", "version=2", `upload ann/open "" false`},
		{"git-receive-pack 'ann/open'", "GIT_PROTOCOL", "version=2", `receive ann/open by ann over ssh false`},
		{"git-upload-archive 'ann/open'", "", "", "archive ann/open"},
		{"git-upload-archive--writer 'ann/open'", "", "", "use git clone"},
		{"sh -c id", "", "", "use git clone"},
		{"git-upload-pack 'ann/open'; id", "", "", "use git clone"},
		{"git-upload-pack '\x1b[2Jann/open'", "", "", "use git clone"},
		{"git-upload-pack 'ann/broken'", "", "", "the server failed"},
	} {
		a := run(t, client, c.command, "0000", c.environ, c.value)
		call := s.packs.taken()
		if a.status == 0 && (call != c.want || a.err != "") || a.status != 0 && (call != "" || !strings.Contains(a.err, c.want) || a.status != 128) {
			t.Errorf("%s %s=%s: %+v, %s; want %s", c.command, c.environ, c.value, a, call, c.want)
		}
		if strings.ContainsAny(a.err, "\x1b\x00") || strings.Contains(a.err, "database") {
			t.Errorf("%s: said %q", c.command, a.err)
		}
	}
	if !strings.Contains(s.log.String(), "the database does not answer") {
		t.Error("the log does not say why the server failed")
	}
}

func TestGreeting(t *testing.T) {
	s := newSite(t, &recorder{})
	a := run(t, s.dial(t, "reader"), "", "")
	if a.status != 0 || a.err != "" || !strings.HasPrefix(a.out, "Hello reader.") || !strings.Contains(a.out, "ssh://git@books.example:2222/reader/NAME") || strings.Contains(a.out, "help") {
		t.Errorf("%+v", a)
	}
}

// The commands of the greeting can be entered as they are.
func TestGreetingOfAccount(t *testing.T) {
	s := newSite(t, &recorder{}, func(c *ssh.Config) {
		c.Administer = func(context.Context, access.Principal, []string, io.Reader, io.Writer, io.Writer) int { return 0 }
	})
	a := run(t, s.dial(t, "reader"), "", "")
	for _, command := range []string{"repo create reader/NAME", "repo list", "help"} {
		if line := "\n    ssh -p 2222 git@books.example " + command + "\n"; !strings.Contains(a.out, line) {
			t.Errorf("no %q in:\n%s", line, a.out)
		}
	}
}

func TestCommand(t *testing.T) {
	for server, want := range map[string]string{
		"ssh://git@books.example:2222": "ssh -p 2222 git@books.example",
		"ssh://git@books.example:22":   "ssh git@books.example",
		"ssh://git@[::1]:2222":         "ssh -p 2222 git@::1",
		"":                             "ssh git@HOST",
		"%":                            "ssh git@HOST",
	} {
		if got := ssh.Command(server); got != want {
			t.Errorf("%q: %q, want %q", server, got, want)
		}
	}
}

func TestMayPush(t *testing.T) {
	s := newSite(t, &recorder{})
	no := access.ErrForbidden
	for as, want := range map[string][4]error{"ann": {}, "author": {nil, nil, no, no}, "reader": {nil, no, no, no}, "stranger": {nil, no, no, no}} {
		if a := run(t, s.dial(t, as), "git-receive-pack 'ann/open'", "0000"); a.status != 0 {
			t.Fatalf("%s: %+v", as, a)
		}
		push := s.packs.push
		got := [4]error{push.MayPropose(t.Context()), push.MayPush(t.Context(), false), push.MayPush(t.Context(), true), push.MayAdminister(t.Context())}
		for i, what := range []string{"propose", "push a draft", "push what is published", "administer"} {
			if !errors.Is(got[i], want[i]) {
				t.Errorf("%s, %s: %v", as, what, got[i])
			}
		}
	}
}

type exitError int

func (e exitError) Error() string { return "git failed in /var/lib" }
func (e exitError) ExitCode() int { return int(e) }

func TestExitStatus(t *testing.T) {
	s := newSite(t, &recorder{})
	client := s.dial(t, "ann")
	for want, err := range map[int]error{
		3:   errors.Join(errors.New("serve"), exitError(3)),
		128: errors.New("disk on fire in /var/lib"),
	} {
		s.packs.err = err
		a := run(t, client, "git-upload-pack 'ann/open'", "")
		if a.status != want || !strings.Contains(a.err, "git-upload-pack ended early") || strings.Contains(a.err, "/var/lib") {
			t.Errorf("%v: %+v", err, a)
		}
	}
	s.packs.err = exitError(-1) // killed by a signal
	if a := run(t, client, "git-upload-pack 'ann/open'", ""); a.status != 128 {
		t.Errorf("killed: %+v", a)
	}
	s.packs.panic = true
	if a := run(t, client, "git-upload-pack 'ann/open'", ""); a.status != 128 {
		t.Errorf("panic: %+v", a)
	}
	s.packs.panic, s.packs.err = false, nil
	if a := run(t, client, "git-upload-pack 'ann/open'", ""); a.status != 0 {
		t.Errorf("after a panic: %+v", a)
	}
}

// A command ends when its client goes, be it the connection or only the
// session that is closed.
func TestClientGoes(t *testing.T) {
	s := newSite(t, &recorder{wait: make(chan struct{}), started: make(chan error, 1), ended: make(chan error, 1)})
	client := s.dial(t, "ann")
	session := newSession(t, client)
	if err := session.Start("git-upload-pack 'ann/open'"); err != nil {
		t.Fatal(err)
	}
	await(t, s.packs.started)
	session.Close()
	if err := await(t, s.packs.ended); !errors.Is(err, context.Canceled) {
		t.Errorf("session closed: %v", err)
	}
	if err := newSession(t, client).Start("git-receive-pack 'ann/open'"); err != nil {
		t.Fatal(err)
	}
	await(t, s.packs.started)
	client.Close()
	if err := await(t, s.packs.ended); !errors.Is(err, context.Canceled) {
		t.Errorf("connection closed: %v", err)
	}
}

func await(t *testing.T, c <-chan error) error {
	t.Helper()
	select {
	case err := <-c:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("waited in vain")
		return nil
	}
}

func TestShutdownWaits(t *testing.T) {
	s := newSite(t, &recorder{wait: make(chan struct{}), started: make(chan error, 1), ended: make(chan error, 1)})
	client := s.dial(t, "ann")
	session := newSession(t, client)
	if err := session.Start("git-upload-pack 'ann/open'"); err != nil {
		t.Fatal(err)
	}
	await(t, s.packs.started)
	silent, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(context.Background()) }()
	if err := await(t, s.served); !errors.Is(err, ssh.ErrServerClosed) {
		t.Errorf("serve: %v", err)
	}
	silent.SetDeadline(time.Now().Add(20 * time.Second))
	io.Copy(io.Discard, silent) // closed: it had not authenticated
	if a := run(t, client, "git-upload-pack 'ann/open'", ""); a.status != 128 || !strings.Contains(a.err, "shutting down") {
		t.Errorf("new command: %+v", a)
	}
	if conn, err := net.Dial("tcp", s.address); err == nil {
		conn.Close()
		t.Error("a new connection is taken")
	}
	select {
	case err := <-done:
		t.Fatalf("did not wait: %v", err)
	default:
	}
	close(s.packs.wait)
	if err := session.Wait(); err != nil {
		t.Errorf("the command in hand: %v", err)
	}
	if err := await(t, done); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if err := s.Serve(nilListener{}); !errors.Is(err, ssh.ErrServerClosed) {
		t.Errorf("serve after it: %v", err)
	}
}

type nilListener struct{ net.Listener }

func (nilListener) Close() error { return nil }

func TestShutdownCutsOff(t *testing.T) {
	s := newSite(t, &recorder{wait: make(chan struct{}), started: make(chan error, 1), ended: make(chan error, 1)})
	session := newSession(t, s.dial(t, "ann"))
	if err := session.Start("git-upload-pack 'ann/open'"); err != nil {
		t.Fatal(err)
	}
	await(t, s.packs.started)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("shutdown: %v", err)
	}
	if err := await(t, s.packs.ended); !errors.Is(err, context.Canceled) {
		t.Errorf("command: %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	s := newSite(t, &recorder{})
	good := ssh.Config{Packs: s.packs, Access: s.access, HostKey: newSigner(t), Log: slog.New(slog.DiscardHandler)}
	if _, err := ssh.New(good); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*ssh.Config){
		"no packs":       func(c *ssh.Config) { c.Packs = nil },
		"no access":      func(c *ssh.Config) { c.Access = nil },
		"no log":         func(c *ssh.Config) { c.Log = nil },
		"no host key":    func(c *ssh.Config) { c.HostKey = nil },
		"other host key": func(c *ssh.Config) { c.HostKey = rsaSigner(t) },
	} {
		c := good
		change(&c)
		if _, err := ssh.New(c); err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
}

func TestFingerprint(t *testing.T) {
	s := newSite(t, &recorder{})
	if got, want := s.Fingerprint(), gossh.FingerprintSHA256(s.host); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
