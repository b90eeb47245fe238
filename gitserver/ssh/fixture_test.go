package ssh_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
	"github.com/rhaptos/rhaptos/gitserver/ssh"
)

// recorder stands in for the pack protocol: it notes what it is asked and
// answers with what it read.
type recorder struct {
	mu    sync.Mutex
	calls []string
	push  *gitserver.Session

	err   error
	panic bool

	// If wait is there, an exchange says so on started, ends with its context
	// or with wait, and then says so on ended.
	wait           chan struct{}
	started, ended chan error
}

func (s *recorder) taken() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := strings.Join(s.calls, "; ")
	s.calls = nil
	return calls
}

func (s *recorder) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, fmt.Sprintf(format, args...))
}

func (s *recorder) UploadPack(ctx context.Context, f *gitserver.Fetch, in io.Reader, out io.Writer) error {
	s.note("upload %s %q %v", f.Repository.Path(), f.Protocol, f.Stateless)
	return s.exchange(ctx, in, out)
}

func (s *recorder) UploadArchive(ctx context.Context, f *gitserver.Fetch, in io.Reader, out io.Writer) error {
	s.note("archive %s", f.Repository.Path())
	return s.exchange(ctx, in, out)
}

func (s *recorder) ReceivePack(ctx context.Context, session *gitserver.Session, in io.Reader, out io.Writer) error {
	s.note("receive %s by %s over %s %v", session.Repository.Path(), session.Actor, session.Transport, session.Stateless)
	s.mu.Lock()
	s.push = session
	s.mu.Unlock()
	return s.exchange(ctx, in, out)
}

func (s *recorder) exchange(ctx context.Context, in io.Reader, out io.Writer) error {
	if s.panic {
		panic("a bug")
	}
	if s.wait != nil {
		s.started <- nil
		select {
		case <-ctx.Done():
		case <-s.wait:
		}
		s.ended <- ctx.Err()
		return ctx.Err()
	}
	if s.err != nil {
		return s.err
	}
	p, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "got %q", p)
	return err
}

// native is git's own pack protocol over bare repositories in a folder.
type native struct{ dir string }

func (n native) run(ctx context.Context, protocol string, in io.Reader, out io.Writer, args ...string) error {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Env = append(cmd.Environ(), "GIT_PROTOCOL="+protocol, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
	cmd.Stdout = out
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		io.Copy(stdin, in)
		stdin.Close()
	}()
	return cmd.Wait()
}

func (n native) UploadPack(ctx context.Context, f *gitserver.Fetch, in io.Reader, out io.Writer) error {
	return n.run(ctx, f.Protocol, in, out, "upload-pack", filepath.Join(n.dir, f.Repository.Path()))
}

func (n native) UploadArchive(ctx context.Context, f *gitserver.Fetch, in io.Reader, out io.Writer) error {
	return n.run(ctx, "", in, out, "upload-archive", filepath.Join(n.dir, f.Repository.Path()))
}

func (n native) ReceivePack(ctx context.Context, s *gitserver.Session, in io.Reader, out io.Writer) error {
	if err := s.MayPush(ctx, true); err != nil {
		return err
	}
	return n.run(ctx, "", in, out, "receive-pack", filepath.Join(n.dir, s.Repository.Path()))
}

// library holds ann's repositories.
type library map[string]*gitserver.Repository

func (l library) Lookup(_ context.Context, owner, name string) (*gitserver.Repository, error) {
	if name == "broken" {
		return nil, errors.New("the database does not answer")
	}
	if repo := l[owner+"/"+name]; repo != nil {
		return repo, nil
	}
	return nil, gitserver.ErrNoRepository
}

// site is a running server: ann owns open (public) and secret (private);
// author and reader have these roles on both; stranger has none. nobody has a
// key that the server does not know.
type site struct {
	*ssh.Server
	address string
	packs   *recorder
	access  *access.Access
	keys    map[string]gossh.Signer
	host    gossh.PublicKey
	log     *lockedBuffer
	served  chan error
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newSigner(t testing.TB) gossh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func newSite(t *testing.T, packs ssh.PackServer, change ...func(*ssh.Config)) *site {
	t.Helper()
	db := databasetest.NewOn(t, database.SQLite).Open(t)
	repos := library{
		"ann/open":   {ID: "open", Owner: "ann", Name: "open", Head: "refs/heads/main"},
		"ann/secret": {ID: "secret", Owner: "ann", Name: "secret", Head: "refs/heads/main", Private: true},
	}
	s := &site{access: access.New(db, repos), keys: map[string]gossh.Signer{"nobody": newSigner(t)}, log: new(lockedBuffer), served: make(chan error, 1)}
	s.packs, _ = packs.(*recorder)

	for _, r := range repos {
		if _, err := db.ExecContext(t.Context(), `
			INSERT INTO repository (id, owner, name, head, private, version, created_at)
			VALUES ($1, $2, $3, $4, $5, 0, 0)`, r.ID, r.Owner, r.Name, []byte(r.Head), r.Private); err != nil {
			t.Fatal(err)
		}
	}
	s.addAccounts(t)
	host, err := s.access.HostKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.host = host.PublicKey()
	config := ssh.Config{
		Packs: packs, Access: s.access, HostKey: host,
		URL: "ssh://git@books.example:2222", Log: slog.New(slog.NewTextHandler(s.log, nil)),
	}
	for _, f := range change {
		f(&config)
	}
	s.serve(t, config)
	return s
}

func (s *site) serve(t *testing.T, config ssh.Config) {
	t.Helper()
	var err error
	if s.Server, err = ssh.New(config); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = l.Addr().String()
	go func() { s.served <- s.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // whatever is still open is cut off
		s.Shutdown(ctx)
	})
}

func (s *site) addAccounts(t *testing.T) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"ann", "author", "reader", "stranger"} {
		_, err := s.access.AddAccount(t.Context(), name, false)
		must(err)
		s.keys[name] = newSigner(t)
		_, err = s.access.AddKey(t.Context(), name, string(gossh.MarshalAuthorizedKey(s.keys[name].PublicKey())))
		must(err)
	}
	for _, repo := range []string{"open", "secret"} {
		must(s.access.Grant(t.Context(), repo, "author", access.RoleAuthor))
		must(s.access.Grant(t.Context(), repo, "reader", access.RoleReader))
	}
}

// clientConfig is of a client that has the keys of an account.
func (s *site) clientConfig(as string) *gossh.ClientConfig {
	return &gossh.ClientConfig{
		User:            "git",
		Auth:            []gossh.AuthMethod{gossh.PublicKeys(s.keys[as])},
		HostKeyCallback: gossh.FixedHostKey(s.host),
		Timeout:         20 * time.Second,
	}
}

func (s *site) dial(t *testing.T, as string) *gossh.Client {
	t.Helper()
	client, err := gossh.Dial("tcp", s.address, s.clientConfig(as))
	if err != nil {
		t.Fatalf("dial as %s: %v", as, err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func newSession(t *testing.T, client *gossh.Client) *gossh.Session {
	t.Helper()
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// answer is what came of a command.
type answer struct {
	out, err string
	status   int // -1: none was sent
}

// run runs a command; an empty one asks for a shell.
func run(t *testing.T, client *gossh.Client, command, stdin string, environ ...string) answer {
	t.Helper()
	session := newSession(t, client)
	defer session.Close()
	for i := 0; i < len(environ); i += 2 {
		session.Setenv(environ[i], environ[i+1])
	}
	var out, errOut bytes.Buffer
	session.Stdin, session.Stdout, session.Stderr = strings.NewReader(stdin), &out, &errOut
	var err error
	if command == "" {
		if err = session.Shell(); err == nil {
			err = session.Wait()
		}
	} else {
		err = session.Run(command)
	}
	status := 0
	var exit *gossh.ExitError
	switch {
	case errors.As(err, &exit):
		status = exit.ExitStatus()
	case err != nil:
		status = -1
	}
	return answer{out.String(), errOut.String(), status}
}
