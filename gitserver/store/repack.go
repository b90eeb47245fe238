package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/failpoint"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

// errOvertaken says that somebody else has changed what a repack began with.
// Nothing has happened then but work in vain.
var errOvertaken = errors.New("overtaken by another change")

// Limits of the processes of maintenance: one at a time, one thread, behind all
// others for the processor. Standing behind them takes time that is no work, and
// what is cut off begins anew, so the clock is not what bounds them.
var maintenanceLimits = gitexec.Limits{CPU: time.Hour, Wall: 24 * time.Hour, Nice: 10}

// roll says how many of the packs, smallest first, to merge into one so that
// what remains is a geometric progression: each pack has at least twice the
// objects of all smaller ones together (see --geometric in git-repack(1)). An
// object is thus copied a number of times that grows with the logarithm of the
// size of the repository only.
func roll(packs []pack) int {
	n := 0
	var sum int64
	for i, p := range packs {
		if p.objects < 2*sum {
			n = i + 1
		}
		sum += p.objects
	}
	return n
}

// repack is one exchange of packs: the retired ones make room for made.
type repack struct {
	state   state  // that it began with
	retired []pack // whose objects are in made, or are left out
	others  []pack // that it counts on to stay
	full    bool   // what no ref reaches is left out
	made    *pack  // nil if there is nothing left
}

// mergePacks puts all objects of the first n packs into one new pack, reachable
// or not. Nothing is lost whatever pushes do at the same time, as long as the
// packs that it takes from, and those that it need not copy from, stay live
// until the exchange; that is checked there.
func (s *Store) mergePacks(ctx context.Context, repo *gitserver.Repository, packs []pack, n int, now state) error {
	r := &repack{state: now, retired: packs[:n], others: packs[n:]}
	var in strings.Builder
	for _, p := range r.retired {
		fmt.Fprintf(&in, "pack-%s.pack\n", p.name)
	}
	for _, p := range r.others {
		fmt.Fprintf(&in, "^pack-%s.pack\n", p.name)
	}
	return s.repack(ctx, repo, r, []string{"--stdin-packs"}, in.String())
}

// repackAll puts what can be reached into one new pack and leaves the rest out.
//
// It must not leave out what a push on its way counts on. A push's objects were
// found to be connected to what the refs reached at some moment, so two checks
// make this safe. The exchange happens only if no ref has moved since the state
// now: so nothing that a ref reaches at that moment is left out. And
// the exchange moves the repository to its next generation: a push that was
// checked in an earlier one is checked again before its refs move (see Commit),
// against a mirror from which the old packs are gone.
func (s *Store) repackAll(ctx context.Context, repo *gitserver.Repository, packs []pack, now state, m Maintenance) error {
	_, refs, err := s.Refs(ctx, repo.ID)
	if err != nil {
		return err
	}
	keep, err := s.keep(ctx, m, repo)
	if err != nil {
		return err
	}
	var in strings.Builder
	for _, r := range refs {
		fmt.Fprintln(&in, r.Target)
	}
	for _, id := range keep {
		fmt.Fprintln(&in, id)
	}
	return s.repack(ctx, repo, &repack{state: now, retired: packs, full: true}, []string{"--revs"}, in.String())
}

// repack makes the new pack from what git pack-objects reads, and exchanges it
// for the old ones: bytes first, names after.
func (s *Store) repack(ctx context.Context, repo *gitserver.Repository, r *repack, mode []string, in string) error {
	dir, err := s.Mirror(ctx, repo)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp(dir, incoming)
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	name, err := s.packObjects(ctx, dir, work, mode, in)
	if err != nil {
		return err
	}
	failpoint.Hit("maintenance-packed")
	if name != "" {
		if r.made, err = s.keepPack(ctx, filepath.Join(work, "objects", "pack", "pack-"+name), name); err != nil {
			return fmt.Errorf("keep the pack: %w", err)
		}
		for _, p := range r.retired {
			r.made.level = max(r.made.level, p.level+1)
		}
	}
	failpoint.Hit("maintenance-pack-stored")
	err = s.DB.Write(ctx, func(ctx context.Context, tx database.Tx) error { return s.exchange(ctx, tx, repo.ID, r) })
	if err != nil {
		return err
	}
	failpoint.Hit("maintenance-committed")
	s.log.Info("packs merged", "repository", repo.Path(), "packs", len(r.retired), "full", r.full)
	return nil
}

var packName = regexp.MustCompile(`^([0-9a-f]{40,64})\n$`)

// packObjects makes a pack in the work folder, which sees the objects of the
// mirror, and returns its name, empty if there was nothing to put into it.
func (s *Store) packObjects(ctx context.Context, mirror, work string, mode []string, in string) (string, error) {
	objects := filepath.Join(work, "objects")
	if err := os.MkdirAll(filepath.Join(objects, "pack"), 0o700); err != nil {
		return "", err
	}
	var out bytes.Buffer
	err := s.git.Run(ctx, gitexec.Command{
		Args: append(append([]string{"-c", "core.fsync=none", "-c", "pack.threads=1", "-c", "pack.windowMemory=256m", "pack-objects", "-q", "--delta-base-offset"},
			mode...), filepath.Join(objects, "pack", "pack")),
		Env: []string{
			"GIT_DIR=" + mirror,
			"GIT_OBJECT_DIRECTORY=" + objects,
			"GIT_ALTERNATE_OBJECT_DIRECTORIES=" + filepath.Join(mirror, "objects"),
		},
		Stdin: strings.NewReader(in), Stdout: &out, Limits: maintenanceLimits,
	})
	if err != nil {
		return "", err
	}
	if out.Len() == 0 {
		return "", nil
	}
	m := packName.FindStringSubmatch(out.String())
	if m == nil {
		return "", fmt.Errorf("git pack-objects answered %q", out.String())
	}
	return m[1], nil
}

// exchange retires packs and makes the new one live, in one transaction.
func (s *Store) exchange(ctx context.Context, tx database.Tx, repositoryID string, r *repack) error {
	// As in a push, the row of the repository is written first: who comes second waits.
	if _, err := tx.ExecContext(ctx, "UPDATE repository SET version = version WHERE id = $1", repositoryID); err != nil {
		return err
	}
	now, full, err := s.state(ctx, tx, repositoryID)
	if err != nil {
		return err
	}
	if r.full && now.version != r.state.version {
		return errOvertaken
	}
	if err := stillLive(ctx, tx, repositoryID, append(r.retired[:len(r.retired):len(r.retired)], r.others...)); err != nil {
		return err
	}
	at := time.Now()
	for _, p := range r.retired {
		if _, err := tx.ExecContext(ctx, "UPDATE pack SET retired_at = $3 WHERE repository_id = $1 AND name = $2",
			repositoryID, p.name, database.Micros(at)); err != nil {
			return err
		}
	}
	if r.made != nil { // perhaps one of those that were just retired, if there was nothing to change in it
		if err := r.made.insert(ctx, tx, repositoryID); err != nil {
			return err
		}
	}
	if r.full {
		full = at
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO maintenance (repository_id, generation, full_at, holder, held_until) VALUES ($1, $2, $3, '', 0)
		ON CONFLICT (repository_id) DO UPDATE SET generation = excluded.generation, full_at = excluded.full_at`,
		repositoryID, now.generation+1, database.Micros(full))
	return err
}

func stillLive(ctx context.Context, tx database.Tx, repositoryID string, packs []pack) error {
	live, err := livePacks(ctx, tx, repositoryID)
	if err != nil {
		return err
	}
	names := map[string]bool{}
	for _, p := range live {
		names[p.name] = true
	}
	for _, p := range packs {
		if !names[p.name] {
			return errOvertaken
		}
	}
	return nil
}

// lately are the commits and tags that refs have pointed at since the time,
// as the records of pushes have them.
func (s *Store) lately(ctx context.Context, repositoryID string, since time.Time) ([]plumbing.Hash, error) {
	rows, err := s.DB.QueryContext(ctx, "SELECT updates FROM push WHERE repository_id = $1 AND at >= $2 AND accepted",
		repositoryID, database.Micros(since))
	if err != nil {
		return nil, err
	}
	records, err := database.Collect(rows, func(row database.Row) (updates []recordedUpdate, err error) {
		var text string
		if err := row.Scan(&text); err != nil {
			return nil, err
		}
		return updates, json.Unmarshal([]byte(text), &updates)
	})
	if err != nil {
		return nil, fmt.Errorf("read the record of pushes: %w", err)
	}
	var ids []plumbing.Hash
	for _, updates := range records {
		for _, u := range updates {
			if u.Refused == "" {
				ids = append(ids, plumbing.NewHash(u.Old), plumbing.NewHash(u.New))
			}
		}
	}
	return ids, nil
}

// held are those of the objects that the mirror has.
func (s *Store) held(ctx context.Context, dir string, ids []plumbing.Hash) ([]plumbing.Hash, error) {
	var in strings.Builder
	for _, id := range ids {
		fmt.Fprintln(&in, id)
	}
	var out bytes.Buffer
	err := s.git.Run(ctx, gitexec.Command{
		Args: []string{"cat-file", "--batch-check=%(objectname)"}, Env: []string{"GIT_DIR=" + dir},
		Stdin: strings.NewReader(in.String()), Stdout: &out, Limits: maintenanceLimits,
	})
	if err != nil {
		return nil, err
	}
	var there []plumbing.Hash
	for line := range strings.Lines(out.String()) {
		if id := strings.TrimSuffix(line, "\n"); plumbing.IsHash(id) { // else "ID missing"
			there = append(there, plumbing.NewHash(id))
		}
	}
	return there, nil
}
