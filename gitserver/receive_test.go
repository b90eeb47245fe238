package gitserver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/packscan"
	"github.com/rhaptos/rhaptos/gitserver/store"
)

const zero = "0000000000000000000000000000000000000000"

// judge is a hook that refuses what has a file named bad, and notes what it was
// asked to enqueue.
type judge struct {
	enqueued []string
	options  []string // of the last push
	rewrite  gitserver.Rewrite
	signed   bool
	wait     chan bool // if not nil, it judges when this is closed
	after    bool      // it speaks after a push
}

func (j *judge) Policy(repo *gitserver.Repository, head fs.FS) gitserver.Policy {
	return gitserver.Policy{
		Published: func(ref string) bool { return ref == repo.Head || strings.HasPrefix(ref, "refs/tags/") },
		Rewrite:   j.rewrite, Signed: j.signed,
	}
}

func (j *judge) PreReceive(_ context.Context, push *gitserver.Push, _ fs.FS, objects gitserver.Incoming, w io.Writer) (gitserver.Enqueue, error) {
	if j.wait != nil {
		<-j.wait
	}
	j.options = push.Options
	for _, u := range push.Updates {
		if u.Refused != "" || u.Branch() == "" || u.Deletes() {
			continue
		}
		t, err := objects.Tree(u.New)
		if err != nil {
			return nil, err
		}
		if _, err := fs.Stat(t, "bad"); err == nil {
			u.Refused = "bad book"
			fmt.Fprintln(w, "bad:1:1: this is a bad file")
		}
	}
	return func(_ context.Context, _ database.Tx, push *gitserver.Push) error {
		for _, u := range push.Updates {
			if u.Refused == "" {
				j.enqueued = append(j.enqueued, u.Name)
			}
		}
		return nil
	}, nil
}

func (j *judge) PostReceive(_ context.Context, push *gitserver.Push, w io.Writer) {
	for _, u := range push.Updates {
		if u.Refused == "" && j.after {
			fmt.Fprintln(w, "after", u.Name)
		}
	}
}

type host struct {
	t      *testing.T
	db     database.DB
	config gitserver.Config // of server
	server *gitserver.Server
	store  *store.Store
	judge  *judge
	repo   *gitserver.Repository
	cache  string
	work   string
}

func TestMain(m *testing.M) { databasetest.Brief(m) }

func newHost(t *testing.T) *host {
	t.Helper()
	dir := t.TempDir()
	quiet := slog.New(slog.DiscardHandler)
	db := databasetest.Open(t)
	git, err := gitexec.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, db: db, judge: &judge{}, cache: filepath.Join(dir, "cache"), work: t.TempDir()}
	if h.store, err = store.Open(store.Config{DB: db, Blobs: blobstore.NewMemory(), Git: git, Cache: h.cache, Log: quiet}); err != nil {
		t.Fatal(err)
	}
	if h.repo, err = h.store.Create(t.Context(), "ann", "book", false); err != nil {
		t.Fatal(err)
	}
	h.serve(gitserver.Config{Storage: h.store, Hooks: h.judge, Git: git, Version: "test", Log: quiet})
	h.git(nil, "init", "-q", "-b", "main")
	return h
}

// serve makes the host's server anew with the configuration.
func (h *host) serve(c gitserver.Config) {
	h.config, h.server = c, gitserver.New(c)
}

// git is the output of git in the working tree, without the space around it.
func (h *host) git(in io.Reader, args ...string) string {
	h.t.Helper()
	return strings.TrimSpace(h.output(in, args...))
}

// output is the output of git, byte for byte.
func (h *host) output(in io.Reader, args ...string) string {
	h.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stdin = h.work, in
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org")
	out, err := cmd.Output()
	if err != nil {
		h.t.Fatalf("git %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

// commit makes a commit in which file stands, and returns its id.
func (h *host) commit(file string) string {
	h.t.Helper()
	if err := os.WriteFile(filepath.Join(h.work, file), []byte(file), 0o600); err != nil {
		h.t.Fatal(err)
	}
	h.git(nil, "add", ".")
	h.git(nil, "commit", "-q", "-m", file)
	return h.git(nil, "rev-parse", "HEAD")
}

// pack is a pack of what the revisions reach.
func (h *host) pack(revs ...string) string {
	h.t.Helper()
	cmd := exec.Command("git", "pack-objects", "--revs", "--stdout", "-q")
	cmd.Dir, cmd.Stdin = h.work, strings.NewReader(strings.Join(revs, "\n")+"\n")
	out, err := cmd.Output()
	if err != nil {
		h.t.Fatal(err)
	}
	return string(out)
}

const capabilities = "\x00report-status side-band-64k delete-refs"

// request is the body of a push with the commands.
func request(capabilities, pack string, commands ...string) string {
	var b strings.Builder
	for i, c := range commands {
		if i == 0 {
			c += capabilities
		}
		fmt.Fprintf(&b, "%04x%s", len(c)+4, c)
	}
	return b.String() + "0000" + pack
}

// push sends a request and returns the report and what else was said.
func (h *host) push(body string) (report, said string, err error) {
	h.t.Helper()
	session := &gitserver.Session{
		Repository: h.repo, Actor: "ann", Transport: "http", Stateless: true,
		MayPush: func(context.Context, bool) error { return nil },
	}
	return h.pushAs(session, body)
}

func (h *host) pushAs(session *gitserver.Session, body string) (report, said string, err error) {
	h.t.Helper()
	var out bytes.Buffer
	err = h.server.ReceivePack(h.t.Context(), session, strings.NewReader(body), &out)
	if out.Len() == 0 || strings.Contains(out.String()[:min(8, out.Len())], "ERR") {
		return out.String(), "", err
	}
	var words, stream bytes.Buffer
	d := sideband.NewDemuxer(sideband.Sideband64k, bytes.NewReader(out.Bytes()))
	d.Progress = &words
	if _, rerr := stream.ReadFrom(d); rerr != nil {
		h.t.Fatalf("%q: %v", out.String(), rerr)
	}
	return strip(stream.String()), words.String(), err
}

// strip takes the lengths off pkt-lines.
func strip(s string) string {
	var b strings.Builder
	for len(s) >= 4 && s[:4] != "0000" {
		var n int
		fmt.Sscanf(s[:4], "%x", &n)
		b.WriteString(s[4:n])
		s = s[n:]
	}
	return b.String()
}

// number is the answer to a query for one.
func (h *host) number(query string) (n int) {
	h.t.Helper()
	if err := h.db.QueryRowContext(h.t.Context(), query).Scan(&n); err != nil {
		h.t.Fatal(err)
	}
	return n
}

func (h *host) refs() string {
	h.t.Helper()
	_, refs, err := h.store.Refs(h.t.Context(), h.repo.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	var lines []string
	for _, r := range refs {
		lines = append(lines, r.Name+" "+r.Target.String())
	}
	return strings.Join(lines, "\n")
}

// leftovers are quarantines that were not removed.
func (h *host) leftovers() []string {
	left, _ := filepath.Glob(filepath.Join(h.cache, "*.git", "incoming-*"))
	return left
}

func TestReceivePack(t *testing.T) {
	h := newHost(t)
	one := h.commit("one")
	report, said, err := h.push(request(capabilities, h.pack("main"), zero+" "+one+" refs/heads/main", zero+" "+one+" refs/heads/x y"))
	if err != nil || said != "" {
		t.Errorf("said %q, %v", said, err)
	}
	if want := "unpack ok\nok refs/heads/main\nng refs/heads/x y funny refname\n"; report != want {
		t.Errorf("report is %q, want %q", report, want)
	}
	if got := h.refs(); got != "refs/heads/main "+one {
		t.Errorf("refs are %q", got)
	}
	if len(h.judge.enqueued) != 1 || len(h.leftovers()) != 0 {
		t.Errorf("enqueued %v, left %v", h.judge.enqueued, h.leftovers())
	}
	// A branch on a commit that is known: the client sends an empty pack.
	report, _, err = h.push(request(capabilities, h.pack("main", "^main"), zero+" "+one+" refs/heads/next"))
	if err != nil || report != "unpack ok\nok refs/heads/next\n" {
		t.Errorf("empty pack: %q, %v", report, err)
	}
	// A deletion comes without a pack, and the connection may stay open.
	r, w := io.Pipe()
	defer w.Close()
	go io.WriteString(w, request(capabilities, "", one+" "+zero+" refs/heads/next"))
	session := &gitserver.Session{Repository: h.repo, Stateless: true, MayPush: func(context.Context, bool) error { return nil }}
	if err := h.server.ReceivePack(t.Context(), session, r, io.Discard); err != nil {
		t.Error(err)
	}
	if got := h.refs(); got != "refs/heads/main "+one {
		t.Errorf("after the deletion refs are %q", got)
	}
}

// Hooks hear of a push once it is committed, if anything of it was.
func TestReceivePackTellsHooksAfterwards(t *testing.T) {
	h := newHost(t)
	h.judge.after = true
	one := h.commit("one")
	_, said, err := h.push(request(capabilities, h.pack("main"), zero+" "+one+" refs/heads/main", zero+" "+one+" refs/heads/x y"))
	if err != nil || said != "after refs/heads/main\n" {
		t.Errorf("said %q, %v", said, err)
	}
	bad := h.commit("bad")
	if _, said, _ = h.push(request(capabilities, h.pack("main"), one+" "+bad+" refs/heads/main")); strings.Contains(said, "after") {
		t.Errorf("of a refused push: said %q", said)
	}
}

func TestReceivePackProbe(t *testing.T) {
	h := newHost(t)
	if report, said, err := h.push("0000"); report != "" || said != "" || err != nil {
		t.Errorf("%q, %q, %v; want an empty answer", report, said, err)
	}
	if mirrors, _ := filepath.Glob(filepath.Join(h.cache, "*")); len(mirrors) != 0 {
		t.Errorf("a probe made %v", mirrors)
	}
	if n := h.number("SELECT COUNT(*) FROM push"); n != 0 {
		t.Errorf("a probe was recorded as %d pushes", n)
	}
}

func TestReceivePackRefusals(t *testing.T) {
	h := newHost(t)
	one := h.commit("one")
	if _, _, err := h.push(request(capabilities, h.pack("main"), zero+" "+one+" refs/heads/main")); err != nil {
		t.Fatal(err)
	}
	bad := h.commit("bad")
	tree := h.git(nil, "rev-parse", "HEAD^{tree}")
	missing := strings.Repeat("1", 40)
	before := h.refs()
	for name, tt := range map[string]struct{ body, report, said string }{
		"hook": {request(capabilities, h.pack("main", "^"+one), one+" "+bad+" refs/heads/main"),
			"unpack ok\nng refs/heads/main bad book\n", "bad:1:1: this is a bad file\n"},
		"atomic": {request(capabilities+" atomic", h.pack("main", "^"+one), one+" "+bad+" refs/heads/main", zero+" "+one+" refs/heads/ok"),
			"unpack ok\nng refs/heads/main bad book\nng refs/heads/ok atomic push failure\n", "bad:1:1: this is a bad file\n"},
		"never sent": {request(capabilities, h.pack("main", "^main"), zero+" "+missing+" refs/heads/x"),
			"unpack ok\nng refs/heads/x missing necessary objects\n", ""},
		"branch at a tree": {request(capabilities, h.pack("main", "^"+one), zero+" "+tree+" refs/heads/x"),
			"unpack ok\nng refs/heads/x a branch must point at a commit\n", ""},
		"stale": {request(capabilities, h.pack("main", "^main"), missing+" "+one+" refs/heads/main"),
			"unpack ok\nng refs/heads/main fetch first\n", ""},
		"default branch": {request(capabilities, "", one+" "+zero+" refs/heads/main"),
			"unpack ok\nng refs/heads/main deletion of the default branch is prohibited\n", ""},
		"twice": {request(capabilities, h.pack("main", "^main"), zero+" "+one+" refs/heads/x", zero+" "+one+" refs/heads/x"),
			"unpack ok\nng refs/heads/x multiple updates for one ref\nng refs/heads/x multiple updates for one ref\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			h.judge.enqueued = nil
			report, said, err := h.push(tt.body)
			if err != nil || report != tt.report || said != tt.said {
				t.Errorf("report %q\nwant   %q\nsaid %q, want %q, %v", report, tt.report, said, tt.said, err)
			}
			if got := h.refs(); got != before {
				t.Errorf("refs went from %q to %q", before, got)
			}
			if len(h.judge.enqueued) != 0 || len(h.leftovers()) != 0 {
				t.Errorf("enqueued %v, left %v", h.judge.enqueued, h.leftovers())
			}
		})
	}
	// Nothing of what was refused can be reached.
	dir, err := h.store.Mirror(t.Context(), h.repo)
	if err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("git", "--git-dir="+dir, "cat-file", "-e", bad).Run(); err == nil {
		t.Error("the refused commit is in the mirror")
	}
}

func TestReceivePackBrokenPack(t *testing.T) {
	h := newHost(t)
	one := h.commit("one")
	pack := h.pack("main")
	for name, broken := range map[string]string{
		"truncated": pack[:len(pack)-30],
		"damaged":   pack[:40] + "\x00\x01" + pack[42:],
		"none":      "",
		"html":      "<html>",
	} {
		report, _, err := h.push(request(capabilities, broken, zero+" "+one+" refs/heads/main"))
		var bad *packscan.Error
		if !errors.As(err, &bad) || !strings.HasPrefix(report, "unpack pack not taken: ") || !strings.Contains(report, "ng refs/heads/main unpacker error") {
			t.Errorf("%s: report %q, %v", name, report, err)
		}
	}
	if got := h.refs(); got != "" || len(h.leftovers()) != 0 {
		t.Errorf("refs %q, left %v", got, h.leftovers())
	}
}

func TestReceivePackAsksForEveryRef(t *testing.T) {
	h := newHost(t)
	one := h.commit("one")
	session := &gitserver.Session{Repository: h.repo, Actor: "bob", Transport: "http", Stateless: true,
		MayPush: func(_ context.Context, published bool) error {
			if published {
				return errors.New("bob may push drafts only")
			}
			return nil
		}}
	report, _, err := h.pushAs(session, request(capabilities, h.pack("main"), zero+" "+one+" refs/heads/draft", zero+" "+one+" refs/heads/main"))
	if want := "unpack ok\nok refs/heads/draft\nng refs/heads/main bob may push drafts only\n"; err != nil || report != want {
		t.Errorf("report %q, want %q, %v", report, want, err)
	}
}

func TestReceivePackSaysWhatItCannotRead(t *testing.T) {
	h := newHost(t)
	report, _, err := h.push("00zz")
	if err == nil || !strings.Contains(report, "ERR protocol error") {
		t.Errorf("%q, %v", report, err)
	}
}

func TestAdvertiseReceive(t *testing.T) {
	h := newHost(t)
	var out bytes.Buffer
	if err := h.server.AdvertiseReceive(t.Context(), h.repo, &out); err != nil {
		t.Fatal(err)
	}
	if s := strip(out.String()); !strings.HasPrefix(s, zero+" capabilities^{}\x00report-status") || !strings.HasSuffix(out.String(), "0000") {
		t.Errorf("an empty repository advertises %q", out.String())
	}
	one := h.commit("one")
	h.push(request(capabilities, h.pack("main"), zero+" "+one+" refs/heads/main", zero+" "+one+" refs/heads/a"))
	out.Reset()
	if err := h.server.AdvertiseReceive(t.Context(), h.repo, &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strip(out.String()), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], one+" refs/heads/a\x00") || lines[1] != one+" refs/heads/main" {
		t.Errorf("advertised %q", lines)
	}
}

// While the client sends, the server is silent: a client over HTTP could take
// an early answer for the last word. While it waits, it hears that it may.
func TestReceivePackKeepsAlive(t *testing.T) {
	h := newHost(t)
	h.config.KeepAlive = time.Millisecond
	h.serve(h.config)
	one := h.commit("one")
	body := request(capabilities, h.pack("main"), zero+" "+one+" refs/heads/main")
	r, w := io.Pipe()
	defer w.Close()
	var out record
	h.judge.wait = make(chan bool)
	done := make(chan error, 1)
	go func() {
		session := &gitserver.Session{Repository: h.repo, Stateless: true, MayPush: func(context.Context, bool) error { return nil }}
		done <- h.server.ReceivePack(t.Context(), session, r, &out)
	}()
	for _, part := range []string{body[:len(body)/2], body[len(body)/2:]} {
		if out.Len() != 0 {
			t.Fatal("answered before the end of the pack")
		}
		if _, err := io.WriteString(w, part); err != nil {
			t.Fatal(err)
		}
	}
	for out.Len() < 5 { // the judge waits, and so do we, for a sign of life
		runtime.Gosched()
	}
	close(h.judge.wait)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if s := out.String(); !strings.HasPrefix(s, "0005\x02") || !strings.Contains(s, "unpack ok") {
		t.Errorf("answered %q", s)
	}
}

// clingy is a store whose quarantines cannot be removed.
type clingy struct{ gitserver.Storage }

type clingyQuarantine struct{ gitserver.Quarantine }

func (c clingy) Quarantine(ctx context.Context, repo *gitserver.Repository) (gitserver.Quarantine, error) {
	q, err := c.Storage.Quarantine(ctx, repo)
	return clingyQuarantine{q}, err
}

func (c clingy) Commit(ctx context.Context, push *gitserver.Push, q gitserver.Quarantine, enqueue gitserver.Enqueue) error {
	return c.Storage.Commit(ctx, push, q.(clingyQuarantine).Quarantine, enqueue)
}

func (q clingyQuarantine) Close() error {
	return errors.Join(q.Quarantine.Close(), errors.New("the folder is busy"))
}

// A push that is committed is reported so, whatever happens after that.
func TestReceivePackReportsWhatWasCommitted(t *testing.T) {
	h := newHost(t)
	h.config.Storage = clingy{h.store}
	h.serve(h.config)
	one := h.commit("one")
	report, _, err := h.push(request(capabilities, h.pack("main"), zero+" "+one+" refs/heads/main"))
	if err != nil || report != "unpack ok\nok refs/heads/main\n" || h.refs() != "refs/heads/main "+one {
		t.Errorf("report %q, %v, while the refs are %q", report, err, h.refs())
	}
}

// record is a buffer that may be looked at while it is written.
type record struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.Write(p)
}

func (r *record) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.Len()
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}
