package smarthttp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
	"github.com/rhaptos/rhaptos/gitserver/smarthttp"
	"github.com/rhaptos/rhaptos/web"
	webgit "github.com/rhaptos/rhaptos/web/git"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/theme"
)

// recorder stands in for the pack protocol: it notes what it is asked and
// answers with what it read.
type recorder struct {
	mu    sync.Mutex
	calls []string
	body  []byte // of the last exchange
	push  *gitserver.Session

	first  []byte // written before the body is read
	err    error
	ignore bool // do not read the body
}

func (s *recorder) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, fmt.Sprintf(format, args...))
}

func (s *recorder) taken() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := strings.Join(s.calls, "; ")
	s.calls = nil
	return calls
}

func (s *recorder) AdvertiseUpload(_ context.Context, repo *gitserver.Repository, protocol string, w io.Writer) error {
	s.note("advertise upload %s %q", repo.Path(), protocol)
	if s.err != nil {
		return s.err
	}
	_, err := io.WriteString(w, "0000")
	return err
}

func (s *recorder) AdvertiseReceive(_ context.Context, repo *gitserver.Repository, w io.Writer) error {
	s.note("advertise receive %s", repo.Path())
	if s.err != nil {
		return s.err
	}
	_, err := io.WriteString(w, "0000")
	return err
}

func (s *recorder) UploadPack(_ context.Context, f *gitserver.Fetch, in io.Reader, out io.Writer) error {
	s.note("upload %s %q %v", f.Repository.Path(), f.Protocol, f.Stateless)
	return s.exchange(in, out)
}

func (s *recorder) UploadArchive(_ context.Context, f *gitserver.Fetch, in io.Reader, out io.Writer) error {
	s.note("archive %s", f.Repository.Path())
	return s.exchange(in, out)
}

func (s *recorder) ReceivePack(_ context.Context, session *gitserver.Session, in io.Reader, out io.Writer) error {
	s.note("receive %s by %s over %s %v", session.Repository.Path(), session.Actor, session.Transport, session.Stateless)
	s.push = session
	return s.exchange(in, out)
}

func (s *recorder) exchange(in io.Reader, out io.Writer) error {
	if len(s.first) > 0 {
		if _, err := out.Write(s.first); err != nil {
			return err
		}
	}
	if s.ignore {
		return s.err
	}
	var err error
	if s.body, err = io.ReadAll(in); err != nil {
		return fmt.Errorf("read request: %w", err)
	}
	if s.err != nil {
		return s.err
	}
	if string(s.body) == "0000" || len(s.body) == 0 {
		return nil
	}
	_, err = fmt.Fprintf(out, "%d bytes", len(s.body))
	return err
}

// native is git's own pack protocol over bare repositories in a folder.
type native struct{ dir string }

func (n native) run(ctx context.Context, protocol string, in io.Reader, out io.Writer, args ...string) error {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Env = append(cmd.Environ(), "GIT_PROTOCOL="+protocol, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
	cmd.Stdin, cmd.Stdout = in, out
	return cmd.Run()
}

func (n native) path(repo *gitserver.Repository) string { return filepath.Join(n.dir, repo.Path()) }

func (n native) AdvertiseUpload(ctx context.Context, repo *gitserver.Repository, protocol string, w io.Writer) error {
	return n.run(ctx, protocol, nil, w, "upload-pack", "--stateless-rpc", "--advertise-refs", n.path(repo))
}

func (n native) UploadPack(ctx context.Context, f *gitserver.Fetch, in io.Reader, out io.Writer) error {
	return n.run(ctx, f.Protocol, in, out, "upload-pack", "--stateless-rpc", n.path(f.Repository))
}

func (n native) UploadArchive(ctx context.Context, f *gitserver.Fetch, in io.Reader, out io.Writer) error {
	return n.run(ctx, "", in, out, "upload-archive", n.path(f.Repository))
}

func (n native) AdvertiseReceive(ctx context.Context, repo *gitserver.Repository, w io.Writer) error {
	return n.run(ctx, "", nil, w, "receive-pack", "--stateless-rpc", "--advertise-refs", n.path(repo))
}

func (n native) ReceivePack(ctx context.Context, s *gitserver.Session, in io.Reader, out io.Writer) error {
	if err := s.MayPush(ctx, true); err != nil {
		return err
	}
	return n.run(ctx, "", in, out, "receive-pack", "--stateless-rpc", n.path(s.Repository))
}

// library holds two repositories of ann's.
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

// site is a running server and the tokens of its accounts: ann owns open
// (public) and secret (private); author and reader have these roles on both;
// stranger has none.
type site struct {
	*httptest.Server
	packs  *recorder
	access *access.Access
	tokens map[string]string // by account, and "ann read" for one of scope read
	log    *bytes.Buffer
}

func newSite(t *testing.T, packs smarthttp.PackServer, change ...func(*smarthttp.Config, *web.Config)) *site {
	t.Helper()
	db := databasetest.NewOn(t, database.SQLite).Open(t)
	repos := library{
		"ann/open":   {ID: "open", Owner: "ann", Name: "open", Head: "refs/heads/main"},
		"ann/secret": {ID: "secret", Owner: "ann", Name: "secret", Head: "refs/heads/main", Private: true},
	}
	s := &site{access: access.New(db, repos), tokens: map[string]string{}, log: new(bytes.Buffer)}
	s.packs, _ = packs.(*recorder)

	for _, r := range repos {
		if _, err := db.ExecContext(t.Context(), `
			INSERT INTO repository (id, owner, name, head, private, version, created_at)
			VALUES ($1, $2, $3, $4, $5, 0, 0)`, r.ID, r.Owner, r.Name, []byte(r.Head), r.Private); err != nil {
			t.Fatal(err)
		}
	}
	s.addAccounts(t)
	log := slog.New(slog.NewTextHandler(&lockedWriter{w: s.log}, nil))
	config := smarthttp.Config{Packs: packs, Access: s.access, Log: log, Senders: access.NewSenders(access.SendersConfig{Access: s.access, Log: log, Wrong: 1000})}
	var server *smarthttp.Server
	view := web.Config{
		Site:      resource.Site{Theme: look(t), Log: log, Repositories: noBooks{}},
		Protocols: web.Protocols{Git: func(owner, name string) webgit.Request { return server.Request(owner, name) }},
	}
	for _, f := range change {
		f(&config, &view)
	}
	server = smarthttp.New(config)
	handler, err := web.New(view)
	if err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewUnstartedServer(handler)
	s.Listener = handler.Listen(s.Listener)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// noBooks has nothing to show but what is git's.
type noBooks struct{ resource.Repositories }

func (noBooks) List(context.Context, *http.Request) ([]*resource.Repository, error) {
	return nil, nil
}

func (noBooks) Find(context.Context, *http.Request, string, string) (*resource.Repository, error) {
	return nil, resource.ErrNotFound
}

func look(t *testing.T) *theme.Theme {
	t.Helper()
	drawn, err := theme.New()
	if err != nil {
		t.Fatal(err)
	}
	return drawn
}

func (s *site) addAccounts(t *testing.T) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	token := func(label, name string, scope access.Scope) {
		t.Helper()
		token, err := s.access.CreateToken(t.Context(), name, scope, time.Hour)
		must(err)
		s.tokens[label] = token
	}
	for _, name := range []string{"ann", "author", "reader", "stranger"} {
		_, err := s.access.AddAccount(t.Context(), name, false)
		must(err)
		token(name, name, access.ScopeWrite)
	}
	token("ann read", "ann", access.ScopeRead)
	for _, repo := range []string{"open", "secret"} {
		must(s.access.Grant(t.Context(), repo, "author", access.RoleAuthor))
		must(s.access.Grant(t.Context(), repo, "reader", access.RoleReader))
	}
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// do sends a request as an account (empty: nobody) and reads the answer.
func (s *site) do(t *testing.T, as, method, path string, body io.Reader, fields ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		verb := path[strings.LastIndex(path, "/")+1:]
		req.Header.Set("Content-Type", "application/x-"+verb+"-request")
	}
	if as != "" {
		name, _, _ := strings.Cut(as, " ")
		req.SetBasicAuth(name, s.tokens[as])
	}
	for i := 0; i < len(fields); i += 2 {
		req.Header.Add(fields[i], fields[i+1])
		if fields[i+1] == "" {
			req.Header.Del(fields[i])
		}
	}
	return send(t, s.Client(), req)
}

func send(t *testing.T, client *http.Client, req *http.Request) (*http.Response, string) {
	t.Helper()
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}
