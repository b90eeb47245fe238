package store

import (
	"context"

	"github.com/rhaptos/rhaptos/gitserver"
)

// maxSnapshots bounds the memory for refs, in bytes.
const maxSnapshots = 64 << 20

// snapshot is the refs of a repository at one version.
type snapshot struct {
	version int64
	refs    []gitserver.Ref
}

// cost returns the approximate memory of the snapshot in bytes.
func (s snapshot) cost() int64 {
	const perRef = 80
	cost := int64(perRef)
	for _, r := range s.refs {
		cost += perRef + int64(len(r.Name))
	}
	return cost
}

// Refs implements gitserver.Storage: the refs come from memory, if the
// repository's row says that they have not changed since.
func (s *Store) Refs(ctx context.Context, id string) (*gitserver.Repository, []gitserver.Ref, error) {
	repo, err := s.ByID(ctx, s.DB, id)
	if err != nil {
		return nil, nil, err
	}
	return s.RefsAt(ctx, repo)
}

// RefsAt implements gitserver.Storage.
func (s *Store) RefsAt(ctx context.Context, repo *gitserver.Repository) (*gitserver.Repository, []gitserver.Ref, error) {
	if known, ok := s.snapshots.Get(repo.ID); ok && known.version == repo.Version {
		return repo, known.refs, nil
	}
	repo, refs, err := s.Repositories.Refs(ctx, repo.ID)
	if err != nil {
		return nil, nil, err
	}
	now := snapshot{repo.Version, refs}
	s.snapshots.Put(repo.ID, now, now.cost())
	return repo, refs, nil
}
