package store

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/google/uuid"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/periodic"
)

// Maintenance configures [Store.Maintain].
type Maintenance struct {
	Packs    int           // how many packs a repository may have before some are merged
	Full     time.Duration // how often all packs of a repository become one, without what nothing reaches
	Undo     time.Duration // how long what refs have left behind is kept nevertheless
	Grace    time.Duration // how long retired packs are kept for slow readers and backups
	Interval time.Duration // how often to look at all repositories; those that were pushed to are looked at at once

	// Needed are commits that must stay though perhaps no ref reaches them.
	Needed func(ctx context.Context, repositoryID string) ([]plumbing.Hash, error)
}

// due is a set of repositories that waits for maintenance.
type due struct {
	mu   sync.Mutex
	ids  map[string]bool
	all  bool
	wake chan struct{}
}

// addAll adds all repositories.
func (d *due) addAll() {
	d.mu.Lock()
	d.all = true
	d.mu.Unlock()
	d.signal()
}

func (d *due) signal() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

func (d *due) add(id string) {
	d.mu.Lock()
	if d.ids == nil {
		d.ids = map[string]bool{}
	}
	d.ids[id] = true
	d.mu.Unlock()
	d.signal()
}

// take empties the set.
func (d *due) take() (ids []string, all bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	ids, all = slices.Collect(maps.Keys(d.ids)), d.all
	d.ids, d.all = nil, false
	return ids, all
}

// Maintain keeps all repositories in shape, one at a time, until the context
// ends. Once is enough for a process; several processes, on several machines,
// do not disturb each other.
func (s *Store) Maintain(ctx context.Context, m Maintenance) {
	go periodic.Every(ctx, m.Interval, s.log, "maintenance", func(context.Context) error {
		s.due.addAll()
		return nil
	})
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.due.wake:
		}
		ids, all := s.due.take()
		if all {
			s.maintainAll(ctx, m)
			continue
		}
		for _, id := range ids {
			s.maintain(ctx, m, id)
		}
	}
}

func (s *Store) maintainAll(ctx context.Context, m Maintenance) {
	if err := s.purgeRetired(ctx, time.Now().Add(-m.Grace)); err != nil && ctx.Err() == nil {
		s.log.Error("purge retired packs", "err", err)
	}
	if err := s.sweepQuarantines(); err != nil {
		s.log.Error("sweep quarantines", "err", err)
	}
	all, err := s.List(ctx)
	if err != nil && ctx.Err() == nil {
		s.log.Error("maintenance", "err", err)
	}
	for _, repo := range all {
		s.maintain(ctx, m, repo.ID)
	}
}

// maintain looks at one repository. Failures are logged: the
// repository is whole before and after, and is looked at again.
func (s *Store) maintain(ctx context.Context, m Maintenance, id string) {
	if ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithCancel(ctx) // then nothing uses the mirror any more
	defer cancel()
	repo, err := s.ByID(ctx, s.DB, id)
	if err == nil {
		err = s.repackIfDue(ctx, m, repo)
	}
	if err == nil {
		err = s.updateAuxiliaryIfDue(ctx, repo)
	}
	switch {
	case err == nil, ctx.Err() != nil, errors.Is(err, gitserver.ErrNoRepository):
	case errors.Is(err, errOvertaken):
		s.log.Info("maintenance came second", "repository", repo.Path())
	default:
		s.log.Error("maintenance", "repository", id, "err", err)
	}
}

// repackIfDue merges packs when there are too many of them, and now and then
// all of them, to leave out what nothing reaches.
func (s *Store) repackIfDue(ctx context.Context, m Maintenance, repo *gitserver.Repository) error {
	now, full, err := s.state(ctx, s.DB, repo.ID)
	if err != nil {
		return err
	}
	packs, err := livePacks(ctx, s.DB, repo.ID)
	if err != nil {
		return err
	}
	leaveOut, err := s.fullIsDue(ctx, m, repo.ID, packs, full)
	if err != nil {
		return err
	}
	n := roll(packs)
	if !leaveOut && (len(packs) <= m.Packs || n < 2) {
		return nil
	}
	release, err := s.hold(ctx, repo.ID, full)
	if release == nil || err != nil {
		return err
	}
	defer release()
	if leaveOut {
		return s.repackAll(ctx, repo, packs, now, m)
	}
	return s.mergePacks(ctx, repo, packs, n, now)
}

// fullIsDue reports whether it is time, and whether there may be something to
// leave out: a ref was moved since what refs had left behind was last kept.
func (s *Store) fullIsDue(ctx context.Context, m Maintenance, repositoryID string, packs []pack, last time.Time) (bool, error) {
	if len(packs) == 0 || time.Since(last) < m.Full {
		return false, nil
	}
	var pushed bool
	err := s.DB.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM push WHERE repository_id = $1 AND at >= $2 AND accepted)",
		repositoryID, database.Micros(last.Add(-m.Undo))).Scan(&pushed)
	return pushed, err
}

// keep lists the objects that a full repack keeps although no ref reaches them.
func (s *Store) keep(ctx context.Context, m Maintenance, repo *gitserver.Repository) ([]plumbing.Hash, error) {
	ids, err := s.lately(ctx, repo.ID, time.Now().Add(-m.Undo))
	if err != nil {
		return nil, err
	}
	if m.Needed != nil {
		needed, err := m.Needed(ctx, repo.ID)
		if err != nil {
			return nil, err
		}
		ids = append(ids, needed...)
	}
	dir, err := s.Mirror(ctx, repo)
	if err != nil {
		return nil, err
	}
	return s.held(ctx, dir, ids)
}

// holdTime is longer than any process of maintenance may take.
const holdTime = 15 * time.Minute

// hold keeps other caches from doing the same work at the same time; nothing
// but effort depends on it. Release is nil when another cache is at it.
func (s *Store) hold(ctx context.Context, repositoryID string, full time.Time) (release func(), err error) {
	name, err := s.cacheName()
	if err != nil {
		return nil, err
	}
	now := time.Now()
	res, err := s.DB.ExecContext(ctx, `INSERT INTO maintenance (repository_id, generation, full_at, holder, held_until) VALUES ($1, 0, $2, $3, $4)
		ON CONFLICT (repository_id) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
		WHERE maintenance.held_until < $5 OR maintenance.holder = excluded.holder`,
		repositoryID, database.Micros(full), name, database.Micros(now.Add(holdTime)), database.Micros(now))
	if err != nil {
		return nil, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return nil, err
	}
	return func() {
		_, err := s.DB.ExecContext(context.WithoutCancel(ctx), "UPDATE maintenance SET held_until = 0 WHERE repository_id = $1 AND holder = $2", repositoryID, name)
		if err != nil {
			s.log.Warn("maintenance", "repository", repositoryID, "err", err) // it runs out by itself
		}
	}, nil
}

// cacheName is the name of the cache folder, its own among all that serve the
// database. A server that starts again after a crash still holds what it held.
func (s *Store) cacheName() (string, error) {
	path := filepath.Join(s.cache, "name")
	if name, err := os.ReadFile(path); err == nil && len(name) > 0 {
		return string(name), nil
	}
	name := uuid.NewString()
	return name, replace(path, []byte(name))
}
