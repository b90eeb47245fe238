package store_test

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
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/google/uuid"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/packscan"
	"github.com/rhaptos/rhaptos/gitserver/store"
)

func TestMain(m *testing.M) { databasetest.Brief(m) }

// place is a store with everything under it in a temporary folder.
type place struct {
	*store.Store
	t     testing.TB
	db    database.DB
	blobs blobstore.Store
	git   *gitexec.Git
	cache string
	repo  *gitserver.Repository
	work  string // a working repository to push from
}

var quiet = slog.New(slog.DiscardHandler)

func open(t testing.TB, blobs blobstore.Store) *place {
	t.Helper()
	return openOn(t, databasetest.Open(t), blobs)
}

func openOn(t testing.TB, db database.DB, blobs blobstore.Store) *place {
	t.Helper()
	dir := t.TempDir()
	git, err := gitexec.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, db: db, blobs: blobs, git: git, cache: filepath.Join(dir, "cache"), work: t.TempDir()}
	p.reopen()
	if p.repo, err = p.Create(t.Context(), "ann", "book", false); err != nil {
		t.Fatal(err)
	}
	p.run("init", "-q", "-b", "main")
	return p
}

// reopen starts anew over the same database, blobs and cache.
func (p *place) reopen() {
	p.t.Helper()
	var err error
	if p.Store, err = store.Open(store.Config{DB: p.db, Blobs: p.blobs, Git: p.git, Cache: p.cache, Log: quiet}); err != nil {
		p.t.Fatal(err)
	}
}

// run runs native git in the working repository.
func (p *place) run(args ...string) string {
	p.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = p.work
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org")
	out, err := cmd.CombinedOutput()
	if err != nil {
		p.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit makes a commit and returns its id.
func (p *place) commit(text string) plumbing.Hash {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.work, "file"), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.run("add", ".")
	p.run("commit", "-q", "-m", text)
	return plumbing.NewHash(p.run("rev-parse", "HEAD"))
}

// pack is a pack of what revs reach, as a client sends it.
func (p *place) pack(revs ...string) io.Reader {
	p.t.Helper()
	cmd := exec.Command("git", "pack-objects", "--revs", "--stdout", "--thin", "-q")
	cmd.Dir = p.work
	cmd.Stdin = strings.NewReader(strings.Join(revs, "\n") + "\n")
	out, err := cmd.Output()
	if err != nil {
		p.t.Fatal(err)
	}
	return bytes.NewReader(out)
}

func (p *place) quarantine(pack io.Reader) gitserver.Quarantine {
	p.t.Helper()
	q, err := p.Quarantine(p.t.Context(), p.repo)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { q.Close() })
	if pack != nil {
		if _, err := q.IndexPack(p.t.Context(), pack, packscan.Standard, func() {}); err != nil {
			p.t.Fatal(err)
		}
	}
	return q
}

func update(name string, before, after plumbing.Hash) *gitserver.RefUpdate {
	return &gitserver.RefUpdate{Name: name, Old: before, New: after}
}

func nothing(context.Context, database.Tx, *gitserver.Push) error { return nil }

// push commits updates and returns the reasons of those that were refused.
func (p *place) push(q gitserver.Quarantine, atomic bool, updates ...*gitserver.RefUpdate) string {
	p.t.Helper()
	push := &gitserver.Push{ID: uuid.NewString(), Repository: p.repo, Actor: "ann", Transport: "http", At: time.Now(), Updates: updates, Atomic: atomic}
	if err := p.Commit(p.t.Context(), push, q, nothing); err != nil {
		p.t.Fatal(err)
	}
	var refused []string
	for _, u := range updates {
		if u.Refused != "" {
			refused = append(refused, u.Name+": "+u.Refused)
		}
	}
	return strings.Join(refused, "; ")
}

// refs are the repository's refs, one a line, as git for-each-ref prints them
// in the mirror, after checking that the database says the same.
func (p *place) refs() string {
	p.t.Helper()
	dir, err := p.Mirror(p.t.Context(), p.repo)
	if err != nil {
		p.t.Fatal(err)
	}
	mirror := p.run("--git-dir="+dir, "for-each-ref", "--format=%(objectname) %(refname)")
	_, refs, err := p.Refs(p.t.Context(), p.repo.ID)
	if err != nil {
		p.t.Fatal(err)
	}
	var lines []string
	for _, r := range refs {
		lines = append(lines, r.Target.String()+" "+r.Name)
	}
	if sql := strings.Join(lines, "\n"); sql != mirror {
		p.t.Errorf("the mirror has\n%s\nand the database\n%s", mirror, sql)
	}
	p.run("--git-dir="+dir, "fsck", "--strict", "--no-dangling")
	return mirror
}

// Both kinds of blob store, with and without files to link.
func stores(t *testing.T, f func(t *testing.T, p *place)) {
	t.Run("memory", func(t *testing.T) { f(t, open(t, blobstore.NewMemory())) })
	t.Run("dir", func(t *testing.T) {
		blobs, err := blobstore.OpenDir(filepath.Join(t.TempDir(), "blobs"))
		if err != nil {
			t.Fatal(err)
		}
		f(t, open(t, blobs))
	})
}

func TestPushes(t *testing.T) {
	stores(t, func(t *testing.T, p *place) {
		one := p.commit("one")
		q := p.quarantine(p.pack("main"))
		if _, err := q.Check(t.Context(), []plumbing.Hash{one}); err != nil {
			t.Fatal(err)
		}
		if refused := p.push(q, false, update("refs/heads/main", plumbing.ZeroHash, one)); refused != "" {
			t.Fatal(refused)
		}
		two := p.commit("two")
		p.run("tag", "-a", "-m", "t", "v1")
		tag := plumbing.NewHash(p.run("rev-parse", "v1"))
		// A thin pack: its deltas lean on what the first push brought.
		q = p.quarantine(p.pack("main", "v1", "^"+one.String()))
		if _, err := q.Check(t.Context(), []plumbing.Hash{two, tag}); err != nil {
			t.Fatal(err)
		}
		if refused := p.push(q, true, update("refs/heads/main", one, two), update("refs/tags/v1", plumbing.ZeroHash, tag)); refused != "" {
			t.Fatal(refused)
		}
		want := two.String() + " refs/heads/main\n" + tag.String() + " refs/tags/v1"
		if got := p.refs(); got != want {
			t.Errorf("refs are\n%s\nwant\n%s", got, want)
		}
		ref, ok, err := p.Ref(t.Context(), p.db, p.repo.ID, "refs/tags/v1")
		if err != nil || !ok || ref.Peeled != two {
			t.Errorf("the tag is %+v, %v, %v", ref, ok, err)
		}
		// The cache is only a cache, also while it is in use.
		if err := os.RemoveAll(p.cache); err != nil {
			t.Fatal(err)
		}
		if got := p.refs(); got != want {
			t.Errorf("after the mirror was removed there are\n%s", got)
		}
		if err := os.RemoveAll(p.cache); err != nil {
			t.Fatal(err)
		}
		p.reopen()
		if got := p.refs(); got != want {
			t.Errorf("a new mirror has\n%s", got)
		}
	})
}

func TestRefusals(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	one := p.commit("one")
	two := p.commit("two")
	all := func() gitserver.Quarantine { return p.quarantine(p.pack("main")) }
	none := plumbing.ZeroHash
	if refused := p.push(all(), false, update("refs/heads/main", none, one), update("refs/heads/a/b", none, one)); refused != "" {
		t.Fatal(refused)
	}
	for name, tt := range map[string]struct {
		atomic  bool
		updates []*gitserver.RefUpdate
		refused string
		moved   bool
	}{
		"stale":            {false, []*gitserver.RefUpdate{update("refs/heads/main", two, one)}, "refs/heads/main: fetch first", false},
		"created already":  {false, []*gitserver.RefUpdate{update("refs/heads/main", none, two)}, "refs/heads/main: fetch first", false},
		"gone":             {false, []*gitserver.RefUpdate{update("refs/heads/x", one, two)}, "refs/heads/x: fetch first", false},
		"folder in file":   {false, []*gitserver.RefUpdate{update("refs/heads/main/x", none, two)}, "refs/heads/main/x: 'refs/heads/main' is in the way", false},
		"file over folder": {false, []*gitserver.RefUpdate{update("refs/heads/a", none, two)}, "refs/heads/a: 'refs/heads/a/b' is in the way", false},
		"in one push": {false, []*gitserver.RefUpdate{update("refs/heads/n", none, two), update("refs/heads/n/m", none, two)},
			"refs/heads/n/m: 'refs/heads/n' is in the way", true},
		"atomic": {true, []*gitserver.RefUpdate{update("refs/heads/new", none, two), update("refs/heads/main", two, one)},
			"refs/heads/new: atomic push failure; refs/heads/main: fetch first", false},
	} {
		t.Run(name, func(t *testing.T) {
			before := p.refs()
			version := lookup(t, p).Version
			if got := p.push(all(), tt.atomic, tt.updates...); got != tt.refused {
				t.Errorf("refused %q, want %q", got, tt.refused)
			}
			if after := p.refs(); (after != before) != tt.moved {
				t.Errorf("refs went from\n%s\nto\n%s", before, after)
			}
			if now := lookup(t, p).Version; (now != version) != tt.moved {
				t.Errorf("version went from %d to %d", version, now)
			}
		})
	}
}

func lookup(t *testing.T, p *place) *gitserver.Repository {
	t.Helper()
	repo, err := p.Lookup(t.Context(), "ann", "book")
	if err != nil {
		t.Fatal(err)
	}
	return repo
}

// A deletion makes room for a name below it in the same push.
func TestDeleteMakesRoom(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	one := p.commit("one")
	none := plumbing.ZeroHash
	p.push(p.quarantine(p.pack("main")), false, update("refs/heads/a", none, one))
	if refused := p.push(p.quarantine(nil), true, update("refs/heads/a/b", none, one), update("refs/heads/a", one, none)); refused != "" {
		t.Error(refused)
	}
	if got, want := p.refs(), one.String()+" refs/heads/a/b"; got != want {
		t.Errorf("refs are %s, want %s", got, want)
	}
}

// When the transaction fails nothing has happened, and no name is left that
// leads to bytes.
func TestFailedEnqueueMovesNothing(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	one := p.commit("one")
	refuse := errors.New("the queue is full")
	push := &gitserver.Push{ID: uuid.NewString(), Repository: p.repo, Updates: []*gitserver.RefUpdate{update("refs/heads/main", plumbing.ZeroHash, one)}}
	err := p.Commit(t.Context(), push, p.quarantine(p.pack("main")), func(context.Context, database.Tx, *gitserver.Push) error { return refuse })
	if !errors.Is(err, refuse) {
		t.Fatalf("got %v", err)
	}
	if got := p.refs(); got != "" {
		t.Errorf("refs are %s", got)
	}
	err = p.References(t.Context(), func(d blobstore.Digest) error { return errors.New("a row names " + string(d)) })
	if err != nil {
		t.Error(err)
	}
}

func TestQuarantine(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	one := p.commit("one")
	two := p.commit("two")
	half, err := p.Quarantine(t.Context(), p.repo)
	if err != nil {
		t.Fatal(err)
	}
	var failed *gitexec.Error
	if _, err := half.IndexPack(t.Context(), p.pack("main", "^"+one.String()), packscan.Standard, func() {}); !errors.As(err, &failed) {
		t.Errorf("a commit without its parent was taken: %v", err)
	}
	half.Close()
	q := p.quarantine(p.pack("main"))
	if _, err := q.Check(t.Context(), []plumbing.Hash{plumbing.NewHash(strings.Repeat("1", 40))}); !errors.As(err, &failed) {
		t.Errorf("an object that never came passed for connected: %v", err)
	}
	if _, err := q.Tree(two); err != nil {
		t.Errorf("the tree of a commit in quarantine: %v", err)
	}
	bad, err := p.Quarantine(t.Context(), p.repo)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bad.IndexPack(t.Context(), strings.NewReader("PACKnonsense"), packscan.Standard, func() {}); !errors.As(err, new(*packscan.Error)) {
		t.Errorf("nonsense was indexed: %v", err)
	}
	dirs := func() int {
		left, _ := filepath.Glob(filepath.Join(p.cache, "*.git", "incoming-*"))
		return len(left)
	}
	if dirs() != 2 {
		t.Errorf("%d quarantines, want 2", dirs())
	}
	bad.Close()
	if dirs() != 1 {
		t.Errorf("%d quarantines after one was closed, want 1", dirs())
	}
	p.reopen() // as after a crash
	if dirs() != 0 {
		t.Errorf("%d quarantines left after a start", dirs())
	}
}

// What a quarantine leaves that could not be removed is swept while the server
// runs (R8), and no push that is under way loses its objects.
func TestSweepSparesLivePushes(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	one := p.commit("one")
	q := p.quarantine(p.pack("main"))
	mirror, err := p.Mirror(t.Context(), p.repo)
	if err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(mirror, "incoming-left", "objects", "pack")
	if err := os.MkdirAll(left, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := p.SweepQuarantines(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was left: %v", err)
	}
	if _, err := q.Tree(one); err != nil {
		t.Errorf("a live push: %v", err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if found, _ := filepath.Glob(filepath.Join(mirror, "incoming-*")); len(found) > 0 {
		t.Errorf("left: %v", found)
	}
}

// Objects of the first push are seen together with those of the second.
func TestQuarantineSeesPackThatCameLater(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	one := p.commit("one")
	q := p.quarantine(nil)
	if _, _, err := q.Peel(one); !errors.Is(err, plumbing.ErrObjectNotFound) {
		t.Fatalf("got %v", err)
	}
	if _, err := q.IndexPack(t.Context(), p.pack("main"), packscan.Standard, func() {}); err != nil {
		t.Fatal(err)
	}
	if _, kind, err := q.Peel(one); err != nil || kind != plumbing.CommitObject {
		t.Errorf("%s, %v", kind, err)
	}
}

func TestNames(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	if _, err := p.Create(t.Context(), "ann", "book", true); !errors.Is(err, store.ErrExists) {
		t.Errorf("created twice: %v", err)
	}
	for _, name := range []string{"", "..", "a..b", "a/b", "-", "A", "x.git", "x.lock", "x.", strings.Repeat("a", 101)} {
		if _, err := p.Create(t.Context(), "ann", name, false); err == nil {
			t.Errorf("%q passed for a name", name)
		}
	}
	if _, err := p.Lookup(t.Context(), "ann", "none"); !errors.Is(err, gitserver.ErrNoRepository) {
		t.Errorf("got %v", err)
	}
}

// The repository learns the name of the first branch.
func TestHeadFollowsFirstBranch(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	one := p.commit("one")
	p.repo.Head = "refs/heads/trunk"
	p.push(p.quarantine(p.pack("main")), false, update("refs/heads/trunk", plumbing.ZeroHash, one))
	if head := lookup(t, p).Head; head != "refs/heads/trunk" {
		t.Errorf("HEAD is %s", head)
	}
	dir, err := p.Mirror(t.Context(), p.repo)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.run("--git-dir="+dir, "symbolic-ref", "HEAD"); got != "refs/heads/trunk" {
		t.Errorf("the mirror's HEAD is %s", got)
	}
}

// Packs come into the mirror as two files; who reads objects meanwhile must not
// find one of them without the other.
func TestObjectsWhilePacksArrive(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	last := p.commit("0")
	p.push(p.quarantine(p.pack("main")), false, update("refs/heads/main", plumbing.ZeroHash, last))
	done := make(chan bool)
	errs := make(chan error, 1)
	go func() {
		defer close(errs)
		for {
			select {
			case <-done:
				return
			default:
			}
			q, err := p.Quarantine(context.Background(), p.repo)
			if err == nil {
				_, _, err = q.Peel(last)
				q.Close()
			}
			if err != nil {
				errs <- err
				return
			}
		}
	}()
	before := last
	for i := range 30 {
		next := p.commit(fmt.Sprint(i + 1))
		p.push(p.quarantine(p.pack("main", "^"+before.String())), false, update("refs/heads/main", before, next))
		before = next
	}
	close(done)
	if err := <-errs; err != nil {
		t.Error(err)
	}
}

// A ref that is read from the database after the quarantine was made can be
// followed in it.
func TestQuarantineFollowsTheDatabase(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	early := p.quarantine(nil)
	elsewhere, err := store.Open(store.Config{DB: p.db, Blobs: p.blobs, Git: p.git, Cache: p.cache + "2", Log: quiet}) // another front end
	if err != nil {
		t.Fatal(err)
	}
	one := p.commit("one")
	q, err := elsewhere.Quarantine(t.Context(), p.repo)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	if _, err := q.IndexPack(t.Context(), p.pack("main"), packscan.Standard, func() {}); err != nil {
		t.Fatal(err)
	}
	push := &gitserver.Push{ID: uuid.NewString(), Repository: p.repo, Updates: []*gitserver.RefUpdate{update("refs/heads/main", plumbing.ZeroHash, one)}}
	if err := elsewhere.Commit(t.Context(), push, q, nothing); err != nil {
		t.Fatal(err)
	}
	if _, err := early.Tree(one); err != nil {
		t.Error(err)
	}
}
