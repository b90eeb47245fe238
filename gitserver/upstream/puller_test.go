package upstream_test

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
	"github.com/rhaptos/rhaptos/gitserver/egress"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/store"
	"github.com/rhaptos/rhaptos/gitserver/upstream"
)

// strict publishes everything, never lets history be replaced, wants every push
// signed, and refuses branches whose name has "bad" in it.
type strict struct {
	mu   sync.Mutex
	hops []int
}

func (*strict) Policy(*gitserver.Repository, fs.FS) gitserver.Policy {
	return gitserver.Policy{Published: func(string) bool { return true }, Rewrite: gitserver.RewriteNever, Signed: true}
}

func (h *strict) PreReceive(_ context.Context, push *gitserver.Push, _ fs.FS, _ gitserver.Incoming, _ io.Writer) (gitserver.Enqueue, error) {
	h.mu.Lock()
	h.hops = append(h.hops, push.Hops)
	h.mu.Unlock()
	for _, u := range push.Updates {
		if strings.Contains(u.Name, "bad") {
			u.Refused = "no good"
		}
	}
	return func(context.Context, database.Tx, *gitserver.Push) error { return nil }, nil
}

func (*strict) PostReceive(context.Context, *gitserver.Push, io.Writer) {}

type pullBench struct {
	*testing.T
	db      database.DB
	store   *store.Store
	mirrors *upstream.Mirrors
	repo    *gitserver.Repository
	hooks   *strict
	there   string      // the upstream's folder
	broken  atomic.Bool // the upstream cuts its packs off
}

func newPullBench(t *testing.T) *pullBench {
	ctx, log := t.Context(), slog.New(slog.DiscardHandler)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	b := &pullBench{T: t, hooks: &strict{}, there: filepath.Join(t.TempDir(), "book")}
	b.git("init", "-q", "-b", "main", b.there)
	path, err := exec.LookPath("git")
	must(err)
	handler := &cgi.Handler{Path: path, Args: []string{"http-backend"},
		Env: []string{"GIT_PROJECT_ROOT=" + filepath.Dir(b.there), "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_GLOBAL=/dev/null"}}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !b.broken.Load() || r.Method != http.MethodPost {
			handler.ServeHTTP(w, r)
			return
		}
		whole := httptest.NewRecorder()
		handler.ServeHTTP(whole, r)
		w.Header().Set("Content-Type", whole.Header().Get("Content-Type"))
		w.Write(whole.Body.Bytes()[:whole.Body.Len()-30])
	}))
	t.Cleanup(s.Close)

	dir := t.TempDir()
	b.db = databasetest.Open(t)
	native, err := gitexec.Find(ctx)
	must(err)
	blobs, err := blobstore.OpenDir(filepath.Join(dir, "blobs"))
	must(err)
	b.store, err = store.Open(store.Config{DB: b.db, Blobs: blobs, Git: native, Cache: filepath.Join(dir, "cache"), Log: log})
	must(err)
	b.repo, err = b.store.Create(ctx, "ann", "book", false)
	must(err)
	b.mirrors = upstream.NewMirrors(b.db)
	puller := upstream.NewPuller(upstream.Config{
		Mirrors: b.mirrors, Client: upstream.NewClient(egress.Guard{Private: true}, "test"), Storage: b.store,
		Packs: gitserver.New(gitserver.Config{Storage: b.store, Hooks: b.hooks, Git: native, Version: "test", Log: log}), Git: native, Log: log,
	})
	workers := river.NewWorkers()
	puller.AddWorker(workers)
	stop, err := b.db.Work(ctx, workers, 2)
	must(err)
	t.Cleanup(func() { stop(context.Background()) })
	b.commit("One")
	must(b.mirrors.Add(ctx, upstream.Mirror{RepositoryID: b.repo.ID, Source: upstream.Source{URL: s.URL + "/book/.git"}}))
	return b
}

func (b *pullBench) git(args ...string) string {
	b.Helper()
	cmd := exec.Command("git", args...)
	if args[0] != "init" {
		cmd.Dir = b.there
	}
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=a@example.org")
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func (b *pullBench) commit(text string) {
	b.Helper()
	if err := os.WriteFile(filepath.Join(b.there, "page.md"), []byte(text+"\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	b.git("add", ".")
	b.git("commit", "-q", "-m", text)
}

// pull asks for a pull, as a trigger does or by hand, and waits for its end.
func (b *pullBench) pull(byHand bool) *upstream.Mirror {
	b.Helper()
	var err error
	if byHand {
		err = b.mirrors.Again(b.Context(), b.repo.ID)
	} else {
		err = b.db.Write(b.Context(), func(ctx context.Context, tx database.Tx) error { return b.mirrors.Request(ctx, tx, b.repo.ID, 2) })
	}
	if err != nil {
		b.Fatal(err)
	}
	return b.wait()
}

func (b *pullBench) wait() *upstream.Mirror {
	b.Helper()
	for range 3000 {
		m, err := b.mirrors.Find(b.Context(), b.repo.ID)
		if err != nil {
			b.Fatal(err)
		}
		if !m.Pending {
			return m
		}
		time.Sleep(10 * time.Millisecond)
	}
	b.Fatal("the pull does not end")
	return nil
}

// refs are those of the mirror as git lists them, and where HEAD points.
func (b *pullBench) refs() (list, head string) {
	b.Helper()
	repo, refs, err := b.store.Refs(b.Context(), b.repo.ID)
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range refs {
		list += r.Target.String() + " " + r.Name + "\n"
	}
	return strings.TrimSpace(list), repo.Head
}

// same says that the mirror has what the upstream has.
func (b *pullBench) same(what string) {
	b.Helper()
	list, head := b.refs()
	if want := b.git("for-each-ref", "--format=%(objectname) %(refname)"); list != want {
		b.Errorf("%s: got\n%s, want\n%s", what, list, want)
	}
	if want := b.git("symbolic-ref", "HEAD"); head != want {
		b.Errorf("%s: HEAD is %s, want %s", what, head, want)
	}
}

// A mirror follows git's own server through all that can happen to refs.
func TestPull(t *testing.T) {
	b := newPullBench(t)
	if m := b.wait(); m.State != upstream.Updated || m.PushID == "" {
		t.Fatalf("got %+v", m)
	}
	b.same("the first pull")
	if m := b.pull(false); m.State != upstream.Current {
		t.Errorf("nothing new: got %+v", m)
	}
	b.commit("Two")
	b.git("tag", "-a", "-m", "x", "v1")
	b.git("branch", "other")
	b.pull(false)
	b.same("more refs")
	b.git("commit", "-q", "--amend", "-m", "Two, better")
	b.git("tag", "-f", "-a", "-m", "y", "v1")
	b.git("branch", "-D", "other")
	if m := b.pull(false); m.State != upstream.Updated || !strings.Contains(m.Report, "main: replaced") || !strings.Contains(m.Report, "other: deleted") {
		t.Errorf("history replaced: got %+v", m)
	}
	b.same("history replaced")
	b.git("checkout", "-q", "-b", "trunk")
	b.git("branch", "-D", "main")
	b.pull(false)
	b.same("another default branch, and the old one gone")
	b.git("branch", "main")
	b.pull(false)
	b.git("symbolic-ref", "HEAD", "refs/heads/main")
	b.pull(false)
	b.same("HEAD alone has moved")
	b.hooks.mu.Lock()
	defer b.hooks.mu.Unlock()
	if got := b.hooks.hops; len(got) < 3 || got[0] != 0 || got[1] != 2 {
		t.Errorf("got the hops %v", got)
	}
}

// What is refused stays refused until it moves there or somebody asks, and keeps
// nothing else back.
func TestPullRefused(t *testing.T) {
	b := newPullBench(t)
	b.wait()
	b.git("branch", "bad")
	b.commit("Two")
	m := b.pull(false)
	if list, _ := b.refs(); m.State != upstream.Refused || !strings.HasPrefix(m.Report, "refs/heads/bad: refused: no good\n") || strings.Contains(list, "bad") || !strings.Contains(list, b.git("rev-parse", "main")) {
		t.Errorf("got %+v and %s", m, list)
	}
	push := m.PushID
	if m = b.pull(false); m.State != upstream.Refused || m.PushID != push || !strings.Contains(m.Report, "refused before") {
		t.Errorf("pushed again: %+v", m)
	}
	if m = b.pull(true); m.PushID == push {
		t.Errorf("not pushed again by hand: %+v", m)
	}
	b.git("branch", "-D", "bad")
	if m = b.pull(false); m.State != upstream.Current {
		t.Errorf("got %+v", m)
	}
	b.same("after all")
}

// A pull that breaks off leaves everything as it was.
func TestPullBroken(t *testing.T) {
	b := newPullBench(t)
	b.wait()
	before, _ := b.refs()
	b.commit("Two")
	b.broken.Store(true)
	m := b.pull(false)
	if after, _ := b.refs(); m.State != upstream.Failed || m.Report == "" || m.Due.IsZero() || after != before {
		t.Errorf("got %+v and %s", m, after)
	}
	b.broken.Store(false)
	b.pull(false)
	b.same("the next pull")
}
