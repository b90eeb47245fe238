package store_test

import (
	"context"
	"errors"
	"fmt"
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
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/store"
)

var merging = store.Maintenance{Packs: 4, Full: time.Hour, Undo: time.Hour, Grace: time.Hour, Interval: time.Hour}

// packs are the names of the live packs, and how many were retired.
func (p *place) packs() (live []string, retired int) {
	p.t.Helper()
	rows, err := p.db.QueryContext(p.t.Context(), "SELECT name, retired_at IS NOT NULL FROM pack ORDER BY name")
	if err != nil {
		p.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var gone bool
		if err := rows.Scan(&name, &gone); err != nil {
			p.t.Fatal(err)
		}
		if gone {
			retired++
		} else {
			live = append(live, name)
		}
	}
	return live, retired
}

// history makes n commits, each of a new file and a change of an old one, and
// returns their ids.
func (p *place) history(n int) []plumbing.Hash {
	p.t.Helper()
	var b strings.Builder
	for i := range n {
		text := strings.Repeat(fmt.Sprintf("line %d\n", i), 20)
		fmt.Fprintf(&b, "commit refs/heads/main\nmark :%d\ncommitter a <a@example.org> %d +0000\ndata 1\nx\n", i+1, 1700000000+i)
		for _, name := range []string{fmt.Sprintf("f%d", i), "changed"} {
			fmt.Fprintf(&b, "M 644 inline %s\ndata %d\n%s\n", name, len(text), text)
		}
	}
	cmd := exec.Command("git", "fast-import", "--quiet")
	cmd.Dir = p.work
	cmd.Stdin = strings.NewReader(b.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("fast-import: %v\n%s", err, out)
	}
	var ids []plumbing.Hash
	for id := range strings.Lines(p.run("rev-list", "--reverse", "main")) {
		ids = append(ids, plumbing.NewHash(strings.TrimSpace(id)))
	}
	return ids
}

// advance pushes the commits to main one by one.
func (p *place) advance(from plumbing.Hash, ids ...plumbing.Hash) {
	p.t.Helper()
	for _, id := range ids {
		revs := []string{id.String()}
		if !from.IsZero() {
			revs = append(revs, "^"+from.String())
		}
		if refused := p.push(p.quarantine(p.pack(revs...)), false, update("refs/heads/main", from, id)); refused != "" {
			p.t.Fatal(refused)
		}
		from = id
	}
}

// cloned is what a fresh clone of the mirror has for main.
func (p *place) cloned() string {
	p.t.Helper()
	dir, err := p.Mirror(p.t.Context(), p.repo)
	if err != nil {
		p.t.Fatal(err)
	}
	clone := filepath.Join(p.t.TempDir(), "clone")
	p.run("clone", "-q", "--bare", "--no-local", dir, clone)
	p.run("--git-dir="+clone, "fsck", "--strict", "--full")
	return p.run("--git-dir="+clone, "rev-parse", "main")
}

func TestManyPushesLeaveFewPacks(t *testing.T) {
	pushes := 200
	if testing.Short() {
		pushes = 40
	}
	p := open(t, blobstore.NewMemory())
	ids := p.history(pushes)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { p.Maintain(ctx, merging); close(done) }()
	p.advance(plumbing.ZeroHash, ids...)
	stop()
	<-done
	p.Look(t.Context(), merging, p.repo.ID)
	live, retired := p.packs()
	if len(live) > merging.Packs+1 || len(live)+retired < pushes {
		t.Errorf("%d live packs and %d retired ones after %d pushes", len(live), retired, pushes)
	}
	if got := p.cloned(); got != ids[pushes-1].String() {
		t.Errorf("a clone has %s", got)
	}
	p.refs()
	mirror, _ := p.Mirror(t.Context(), p.repo)
	there, _ := filepath.Glob(filepath.Join(mirror, "objects", "pack", "*.pack"))
	if len(there) != len(live) {
		t.Errorf("the mirror has %d packs, the database %d", len(there), len(live))
	}
}

// The mirror has what git reads faster, it is true, and it follows the packs.
func TestAuxiliaryFiles(t *testing.T) {
	stores(t, func(t *testing.T, p *place) {
		ids := p.history(12)
		p.advance(plumbing.ZeroHash, ids[:6]...)
		p.Look(t.Context(), merging, p.repo.ID)
		mirror, err := p.Mirror(t.Context(), p.repo)
		if err != nil {
			t.Fatal(err)
		}
		check := func() {
			t.Helper()
			for _, pattern := range []string{"pack/multi-pack-index", "pack/multi-pack-index-*.bitmap", "info/commit-graph"} {
				if found, _ := filepath.Glob(filepath.Join(mirror, "objects", pattern)); len(found) != 1 {
					t.Errorf("%s: %q", pattern, found)
				}
			}
			p.run("--git-dir="+mirror, "multi-pack-index", "verify")
			p.run("--git-dir="+mirror, "commit-graph", "verify")
			p.run("--git-dir="+mirror, "rev-list", "--test-bitmap", "main")
		}
		check()
		p.advance(ids[5], ids[6:]...) // a merge takes packs away that the old index names
		p.Look(t.Context(), merging, p.repo.ID)
		check()
		if got := p.cloned(); got != ids[11].String() {
			t.Errorf("a clone has %s", got)
		}
		// git was killed while it wrote them, and the folder was removed.
		if err := os.WriteFile(filepath.Join(mirror, "objects", "pack", "multi-pack-index.lock"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		os.Remove(filepath.Join(mirror, "objects", "pack", "multi-pack-index"))
		os.Remove(filepath.Join(mirror, "objects", "info", "commit-graph"))
		p.reopen()
		p.refs()
		p.Look(t.Context(), merging, p.repo.ID)
		check()
	})
}

// What a deleted branch leads to stays as long as it can be restored, and
// whatever is needed for ever; then it goes, and only then.
func TestFullRepack(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	one := p.commit("one")
	p.run("checkout", "-q", "-b", "other")
	other := p.commit("other")
	p.run("checkout", "-q", "-b", "released", "main")
	released := p.commit("released")
	none := plumbing.ZeroHash
	p.push(p.quarantine(p.pack("main")), false, update("refs/heads/main", none, one))
	p.push(p.quarantine(p.pack("other", "released")), false, update("refs/heads/other", none, other), update("refs/heads/released", none, released))
	p.push(p.quarantine(nil), false, update("refs/heads/other", other, none), update("refs/heads/released", released, none))
	there := func(id plumbing.Hash) bool {
		t.Helper()
		mirror, err := p.Mirror(t.Context(), p.repo)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("git", "--git-dir="+mirror, "cat-file", "-e", id.String())
		return cmd.Run() == nil
	}
	now := store.Maintenance{Packs: 100, Grace: time.Hour, Undo: time.Hour,
		Needed: func(context.Context, string) ([]plumbing.Hash, error) {
			return []plumbing.Hash{released, plumbing.NewHash(strings.Repeat("1", 40))}, nil
		}}
	p.Look(t.Context(), now, p.repo.ID)
	if live, retired := p.packs(); len(live) != 1 || retired != 2 {
		t.Fatalf("%d live packs, %d retired ones", len(live), retired)
	}
	if !there(other) {
		t.Error("a branch that was deleted just now can not be restored")
	}
	now.Undo = 0
	p.Look(t.Context(), now, p.repo.ID) // nothing was pushed since: it has nothing to do
	if !there(other) {
		t.Error("it was repacked for nothing")
	}
	two := p.commitOn("main", "two")
	p.push(p.quarantine(p.pack("main", "^"+one.String())), false, update("refs/heads/main", one, two))
	now.Undo = time.Nanosecond
	p.Look(t.Context(), now, p.repo.ID)
	if there(other) {
		t.Error("what nothing reaches is still there")
	}
	if !there(released) || !there(two) {
		t.Error("what is needed is gone")
	}
	p.refs()
	// The branch comes back, in a pack whose name is known already.
	if refused := p.push(p.quarantine(p.pack("other", "released")), false, update("refs/heads/other", none, other)); refused != "" {
		t.Fatal(refused)
	}
	if !there(other) {
		t.Error("the pack did not come to life again")
	}
	p.refs()
}

func (p *place) commitOn(branch, text string) plumbing.Hash {
	p.run("checkout", "-q", branch)
	return p.commit(text)
}

// A push that leans on what a deleted branch left behind, and is overtaken by a
// full repack, is not taken: its objects are not all there any more.
func TestPushOvertakenByFullRepack(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	one := p.commit("one")
	two := p.commit("two")
	three := p.commit("three")
	none := plumbing.ZeroHash
	p.push(p.quarantine(p.pack(one.String())), false, update("refs/heads/main", none, one))
	p.push(p.quarantine(p.pack(two.String(), "^"+one.String())), false, update("refs/heads/two", none, two))
	// Two pushes begin while the branch two is there; the first leans on it.
	leaning := p.quarantine(p.pack(three.String(), "^"+two.String()))
	whole := p.quarantine(p.pack(three.String(), "^"+one.String()))
	for _, q := range []gitserver.Quarantine{leaning, whole} {
		if _, err := q.Check(t.Context(), []plumbing.Hash{three}); err != nil {
			t.Fatal(err)
		}
	}
	p.push(p.quarantine(nil), false, update("refs/heads/two", two, none))
	p.Look(t.Context(), store.Maintenance{Packs: 100, Undo: time.Nanosecond}, p.repo.ID)
	push := &gitserver.Push{ID: uuid.NewString(), Repository: p.repo, Updates: []*gitserver.RefUpdate{update("refs/heads/three", none, three)}}
	var failed *gitexec.Error
	if err := p.Commit(t.Context(), push, leaning, nothing); !errors.As(err, &failed) {
		t.Errorf("a push whose objects are gone: %v", err)
	}
	if refused := p.push(whole, false, update("refs/heads/three", none, three)); refused != "" {
		t.Error(refused)
	}
	if want := one.String() + " refs/heads/main\n" + three.String() + " refs/heads/three"; p.refs() != want {
		t.Errorf("refs are %s", p.refs())
	}
}

// A branch that is restored while a full repack leaves its objects out makes the
// repack come second.
func TestFullRepackOvertakenByPush(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	one := p.commit("one")
	two := p.commit("two")
	none := plumbing.ZeroHash
	p.push(p.quarantine(p.pack("main")), false, update("refs/heads/main", none, one), update("refs/heads/two", none, two))
	p.push(p.quarantine(nil), false, update("refs/heads/two", two, none))
	p.Look(t.Context(), store.Maintenance{Packs: 100, Undo: time.Nanosecond, Needed: func(context.Context, string) ([]plumbing.Hash, error) {
		p.push(p.quarantine(nil), false, update("refs/heads/again", none, two))
		return nil, nil
	}}, p.repo.ID)
	if want := two.String() + " refs/heads/again\n" + one.String() + " refs/heads/main"; p.refs() != want {
		t.Errorf("refs are %s", p.refs())
	}
}

// Of two caches that repack at the same time one comes second, and nothing is lost.
func TestRepackRace(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	ids := p.history(30)
	ctx, stop := context.WithCancel(t.Context())
	var done []chan struct{}
	for i := range 3 {
		s, err := store.Open(store.Config{DB: p.db, Blobs: p.blobs, Git: p.git, Cache: fmt.Sprintf("%s-%d", p.cache, i), Log: quiet})
		if err != nil {
			t.Fatal(err)
		}
		m := merging
		m.Packs, m.Interval = 1, time.Millisecond
		if i == 0 {
			m.Full, m.Undo = 0, time.Nanosecond
		}
		over := make(chan struct{})
		done = append(done, over)
		go func() { s.Maintain(ctx, m); close(over) }()
	}
	p.advance(plumbing.ZeroHash, ids...)
	stop()
	for _, over := range done {
		<-over
	}
	if got := p.cloned(); got != ids[29].String() {
		t.Errorf("a clone has %s", got)
	}
	p.refs()
}

// Only one cache works at a repository; one that has gone is replaced.
func TestMaintenanceIsHeld(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	p.advance(plumbing.ZeroHash, p.history(8)...)
	hold := func(until time.Time) {
		t.Helper()
		if _, err := p.db.ExecContext(t.Context(), `INSERT INTO maintenance (repository_id, generation, full_at, holder, held_until) VALUES ($1, 0, 0, 'another', $2)
			ON CONFLICT (repository_id) DO UPDATE SET held_until = $2`, p.repo.ID, database.Micros(until)); err != nil {
			t.Fatal(err)
		}
	}
	m := merging
	m.Full = 1 << 62 // full_at is long ago
	hold(time.Now().Add(time.Hour))
	p.Look(t.Context(), m, p.repo.ID)
	if live, _ := p.packs(); len(live) != 8 {
		t.Errorf("%d packs: two work at the same repository", len(live))
	}
	hold(time.Now().Add(-time.Hour))
	p.Look(t.Context(), m, p.repo.ID)
	if live, _ := p.packs(); len(live) == 8 {
		t.Error("nobody works at it after the other has gone")
	}
}

// Retired packs are kept for a while, and then forgotten and swept.
func TestRetiredPacksAreSwept(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	ids := p.history(8)
	p.advance(plumbing.ZeroHash, ids...)
	p.Look(t.Context(), merging, p.repo.ID)
	_, retired := p.packs()
	for _, c := range []struct {
		before time.Time
		want   int
	}{{time.Now().Add(-merging.Grace), 0}, {time.Now(), 2 * retired}} {
		if err := p.PurgeRetired(t.Context(), c.before); err != nil {
			t.Fatal(err)
		}
		swept, _, err := blobstore.Sweep(t.Context(), p.blobs.(blobstore.Sweepable), time.Now().Add(time.Hour), p.References)
		if err != nil || swept != c.want || retired == 0 {
			t.Errorf("%d blobs of %d retired packs swept, want %d; %v", swept, retired, c.want, err)
		}
	}
	if got := p.cloned(); got != ids[7].String() {
		t.Errorf("a clone has %s", got)
	}
}
