package store

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/failpoint"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

// Beside the packs a mirror has files that git derives from them to be faster:
// a multi-pack-index with reachability bitmaps, and the commit-graph. They are
// cheap to make (a book of 20,000 objects takes a tenth of a second), and true
// only for the packs of this mirror; so they are made here and kept nowhere else.

var packFile = regexp.MustCompile(`^pack-([0-9a-f]{40,64})\.(?:pack|idx)$`)

// updateAuxiliaryIfDue makes the derived files anew if there are none, or if they cover
// less than half of the objects. Mirrors that nobody has used since the start
// are left alone.
func (s *Store) updateAuxiliaryIfDue(ctx context.Context, repo *gitserver.Repository) error {
	s.mu.Lock()
	m := s.mirrors[repo.ID]
	s.mu.Unlock()
	if m == nil {
		return nil
	}
	packs, err := livePacks(ctx, s.DB, repo.ID)
	if err != nil {
		return err
	}
	var objects int64
	for _, p := range packs {
		objects += p.objects
	}
	m.mu.Lock()
	if m.last.IsZero() {
		m.mu.Unlock()
		return nil
	}
	m.use(ctx)
	err = s.current(ctx, m, repo)
	enough := m.covered > 0 && 2*m.covered >= objects
	m.mu.Unlock()
	if err != nil || enough || objects == 0 {
		return err
	}
	if err := s.writeAuxiliary(ctx, m, packs, objects); err != nil {
		return fmt.Errorf("derive from the packs of %s: %w", repo.Path(), err)
	}
	failpoint.Hit("maintenance-derived")
	return nil
}

// derive writes the derived files for the packs. Only one goroutine may do so.
// The mirror may be used, and change, meanwhile.
func (s *Store) writeAuxiliary(ctx context.Context, m *mirror, packs []pack, objects int64) error {
	tips, err := m.prepareAuxiliary(packs)
	if err != nil {
		return err
	}
	defer os.Remove(tips)
	var names strings.Builder
	for _, p := range packs {
		fmt.Fprintf(&names, "pack-%s.idx\n", p.name)
	}
	largest := packs[len(packs)-1].name
	var failed error
	for _, c := range []struct {
		args []string
		in   string
	}{
		// A pack that came after the refs were read does not matter: the bitmaps
		// are of the refs as they were.
		{[]string{"multi-pack-index", "write", "--no-progress", "--stdin-packs", "--bitmap", "--refs-snapshot=" + tips, "--preferred-pack=pack-" + largest + ".pack"}, names.String()},
		{[]string{"commit-graph", "write", "--no-progress", "--reachable"}, ""},
	} {
		if failed = s.git.Run(ctx, gitexec.Command{
			Args: append([]string{"-c", "core.fsync=none", "-c", "pack.threads=1"}, c.args...),
			Env:  []string{"GIT_DIR=" + m.dir}, Stdin: strings.NewReader(c.in), Stdout: io.Discard, Limits: maintenanceLimits,
		}); failed != nil {
			break
		}
	}
	return errors.Join(failed, m.adoptAuxiliary(packs, objects, failed == nil))
}

// prepareAuxiliary removes what a killed git left behind, and writes down the
// tips of the refs.
func (m *mirror) prepareAuxiliary(packs []pack) (tips string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.has(packs) {
		return "", errOvertaken
	}
	for _, pattern := range []string{"pack/*.lock", "pack/tmp_*", "pack/.tmp-*", "info/*.lock", "info/tmp_*"} {
		left, err := filepath.Glob(filepath.Join(m.dir, "objects", pattern))
		if err != nil {
			return "", err
		}
		for _, path := range left {
			if err := os.Remove(path); err != nil {
				return "", err
			}
		}
	}
	refs, err := os.ReadFile(filepath.Join(m.dir, "packed-refs"))
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp(m.dir, incoming)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(refs)) {
		if id, _, ok := strings.Cut(line, " "); ok && id != "#" {
			fmt.Fprintln(f, id)
		}
	}
	return f.Name(), f.Close()
}

// adoptAuxiliary lets the derived files stand if they are complete and the packs
// are still all there.
func (m *mirror) adoptAuxiliary(packs []pack, objects int64, complete bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !complete || !m.has(packs) {
		return m.dropAuxiliary()
	}
	m.covered = objects
	return m.look()
}

func (m *mirror) has(packs []pack) bool {
	return !slices.ContainsFunc(packs, func(p pack) bool { return !m.packs[p.name] })
}

// auxiliary are the patterns of the auxiliary files, below objects.
var auxiliary = []string{"pack/multi-pack-index*", "info/commit-graph*"}

// damagedAuxiliary returns the auxiliary files whose bytes are not those that git
// wrote: each ends in the SHA-1 of what goes before (gitformat-pack(5),
// gitformat-commit-graph(5)).
func (m *mirror) damagedAuxiliary() (paths []string, err error) {
	for _, pattern := range auxiliary {
		files, err := filepath.Glob(filepath.Join(m.dir, "objects", pattern))
		if err != nil {
			return nil, err
		}
		for _, path := range files {
			sound, err := endsInSum(path)
			if errors.Is(err, fs.ErrNotExist) {
				continue // written anew meanwhile
			}
			if err != nil {
				return nil, err
			}
			if !sound {
				paths = append(paths, path)
			}
		}
	}
	return paths, nil
}

// endsInSum reports whether the last 20 bytes of a file are the SHA-1 of those before.
func endsInSum(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil || fi.IsDir() || strings.HasSuffix(path, ".lock") {
		return true, err
	}
	if fi.Size() <= sha1.Size {
		return false, nil
	}
	h := sha1.New()
	if _, err := io.CopyN(h, f, fi.Size()-sha1.Size); err != nil {
		return false, err
	}
	end, err := io.ReadAll(f)
	return bytes.Equal(end, h.Sum(nil)), err
}

// dropAuxiliary removes the derived files.
func (m *mirror) dropAuxiliary() error {
	m.covered = 0
	for _, pattern := range auxiliary {
		files, err := filepath.Glob(filepath.Join(m.dir, "objects", pattern))
		if err != nil {
			return err
		}
		for _, path := range files {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}
