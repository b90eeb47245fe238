package e2e

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// While packs are merged without a pause, and branches come and go, every push
// is taken and every clone is whole. In the end few packs are left, and nothing
// is missing. Maintenance yields the processor to everything else, so no other test runs beside
// this one.
func TestMaintenanceUnderLoad(t *testing.T) {
	const pushers, pushes = 3, 15
	data := filepath.Join(t.TempDir(), "data")
	s := start(t, data, "--packs", "1", "--full-repack", "1ns", "--keep-unreachable", "1ns")
	rhaptos(t, data, "user", "add", "ann")
	token := rhaptos(t, data, "token", "create", "ann")
	rhaptos(t, data, "repo", "create", "ann/book")
	remote := s.remote("ann", token, "ann/book")
	seed := filepath.Join(t.TempDir(), "seed")
	writeFiles(t, seed, map[string]string{"README": "seed\n", "page": strings.Repeat("a line\n", 4000)})
	git(t, seed, "init", "-q", "-b", "main")
	git(t, seed, "add", ".")
	git(t, seed, "commit", "-q", "-m", "seed")
	git(t, seed, "push", "-q", remote, "main")

	db, err := database.OpenSQLite(t.Context(), filepath.Join(data, "rhaptos.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exchanges := func() (n int) {
		// There is no row before the first.
		if err := db.QueryRowContext(t.Context(), "SELECT coalesce(max(generation), 0) FROM maintenance").Scan(&n); err != nil {
			t.Error(err)
		}
		return n
	}

	var working atomic.Int64
	var wg sync.WaitGroup
	for i := range pushers {
		working.Add(1)
		wg.Go(func() {
			defer working.Add(-1)
			work := filepath.Join(t.TempDir(), "work")
			// On a busy machine packs are exchanged seldom.
			more := func(n int) bool { return n < pushes || n < 20*pushes && exchanges() < 3 }
			if err := pushOften(work, remote, i, more); err != nil {
				t.Error(err)
			}
		})
	}
	for range 2 {
		wg.Go(func() {
			for n := 0; working.Load() > 0; n++ {
				dir := filepath.Join(t.TempDir(), "clone")
				// Of one branch: the others may be gone between the question for refs and that for objects.
				if out, err := gitTry("", "clone", "-q", "--bare", "--single-branch", "-b", "main", remote, dir); err != nil {
					t.Errorf("clone %d: %s", n, out)
				} else if out, err := gitTry(dir, "fsck", "--full", "--strict"); err != nil {
					t.Errorf("clone %d: %s", n, out)
				}
				os.RemoveAll(dir)
			}
		})
	}
	wg.Wait()
	rhaptos(t, data, "fsck", "--read-data")
	within(t, "few packs are left", func() bool {
		packs, err := filepath.Glob(filepath.Join(data, "cache", "*.git", "objects", "pack", "*.pack"))
		return err == nil && len(packs) <= 2
	})
	refs := git(t, "", "ls-remote", remote, "refs/heads/branch-*")
	if n := strings.Count(refs, "refs/"); n != pushers {
		t.Errorf("%d branches of %d are there:\n%s", n, pushers, refs)
	}
	if n := exchanges(); n < 3 {
		t.Errorf("packs were exchanged %d times only", n)
	}
}

// Who clones from a mirror with a damaged pack gets an error, never the damage,
// and who clones next gets the book.
func TestCloneFromDamagedMirror(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	s := start(t, data)
	rhaptos(t, data, "user", "add", "ann")
	token := rhaptos(t, data, "token", "create", "ann")
	rhaptos(t, data, "repo", "create", "ann/book")
	remote := s.remote("ann", token, "ann/book")
	work := filepath.Join(t.TempDir(), "work")
	writeFiles(t, work, map[string]string{"README": strings.Repeat("seed\n", 100)})
	git(t, work, "init", "-q", "-b", "main")
	git(t, work, "add", ".")
	git(t, work, "commit", "-q", "-m", "seed")
	git(t, work, "push", "-q", remote, "main")
	packs, err := filepath.Glob(filepath.Join(data, "cache", "*.git", "objects", "pack", "*.pack"))
	if err != nil || len(packs) != 1 {
		t.Fatalf("%q, %v", packs, err)
	}
	// A copy, not the link to the blob, as the cache has it on another file system.
	pack, err := os.ReadFile(packs[0])
	if err != nil {
		t.Fatal(err)
	}
	clear(pack[20:])
	if err := errors.Join(os.Remove(packs[0]), os.WriteFile(packs[0], pack, 0o600)); err != nil {
		t.Fatal(err)
	}
	first := filepath.Join(t.TempDir(), "clone")
	if out, err := gitTry("", "clone", "-q", remote, first); err == nil {
		t.Errorf("the damage went unnoticed: %s", out)
	}
	second := filepath.Join(t.TempDir(), "clone")
	git(t, "", "clone", "-q", remote, second)
	git(t, second, "fsck", "--strict")
}

// pushOften pushes commits to a branch as long as more wants another than n, and
// next to it a branch that is deleted by the push after.
func pushOften(work, remote string, number int, more func(n int) bool) error {
	branch := fmt.Sprintf("branch-%d", number)
	if out, err := gitTry("", "clone", "-q", remote, work); err != nil {
		return fmt.Errorf("clone: %s", out)
	}
	for n := 0; more(n); n++ {
		text := strings.Repeat(fmt.Sprintf("line of %d, %d\n", number, n), 300)
		if err := os.WriteFile(filepath.Join(work, branch), []byte(text), 0o600); err != nil {
			return err
		}
		refs := []string{"HEAD:refs/heads/" + branch, fmt.Sprintf("HEAD~0:refs/heads/gone-%d-%d", number, n)}
		if n > 0 {
			refs = append(refs, fmt.Sprintf(":refs/heads/gone-%d-%d", number, n-1))
		}
		for _, args := range [][]string{{"add", "."}, {"commit", "-q", "-m", fmt.Sprint(n)}, append([]string{"push", "-q", remote}, refs...)} {
			if out, err := gitTry(work, args...); err != nil {
				return fmt.Errorf("%s: git %s: %s", branch, args[0], out)
			}
		}
	}
	return nil
}
