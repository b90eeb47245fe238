package gitserver

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/lru"
)

// Bounds of what is remembered of which objects can be reached.
const (
	maxReachable = 128 << 20 // bytes in all
	maxObjects   = 2 << 20   // of one repository: 40 MiB
)

// reachable remembers which objects the refs of repositories reach. It takes
// nothing but tips to answer an ordinary fetch; but partial clones ask for
// trees and blobs by their ids, and others for commits of the past.
type reachable struct {
	sets *lru.Cache[string, objectSet] // by repository id

	mu   sync.Mutex
	busy map[string]chan struct{} // by repository id; closed when a walk has ended
}

// objectSet is all that the refs of one version reach, in order.
type objectSet struct {
	version int64
	ids     []plumbing.Hash
}

func (o objectSet) has(id plumbing.Hash) bool {
	_, ok := slices.BinarySearchFunc(o.ids, id, compareIDs)
	return ok
}

func compareIDs(a, b plumbing.Hash) int { return bytes.Compare(a[:], b[:]) }

func newReachable() *reachable {
	return &reachable{sets: lru.New[string, objectSet](maxReachable), busy: map[string]chan struct{}{}}
}

// unreachable returns those of the ids that no ref leads to.
func (s *Server) unreachable(ctx context.Context, f *Fetch, repo *Repository, refs []Ref, ids []plumbing.Hash) (map[plumbing.Hash]bool, error) {
	left := make(map[plumbing.Hash]bool, len(ids))
	for _, id := range ids {
		left[id] = true
	}
	for _, r := range refs {
		delete(left, r.Target)
		if !r.Peeled.IsZero() {
			delete(left, r.Peeled)
		}
	}
	if len(left) == 0 || len(refs) == 0 {
		return left, nil
	}
	for {
		if set, ok := s.reachable.sets.Get(repo.ID); ok && set.version == repo.Version {
			for id := range left {
				if set.has(id) {
					delete(left, id)
				}
			}
			return left, nil
		}
		end, wait := s.reachable.begin(repo.ID)
		if end != nil {
			defer end()
			return left, s.walk(ctx, f, repo, refs, left)
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// begin lets one walk at a time begin for each repository; the others get what
// is closed at its end.
func (r *reachable) begin(id string) (end func(), wait <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if wait, ok := r.busy[id]; ok {
		return nil, wait
	}
	done := make(chan struct{})
	r.busy[id] = done
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.busy, id)
		close(done)
	}, nil
}

// walk lists all that refs reach, takes it out of left, and remembers it, unless
// it is more than is worth that. It starts at the refs that the caller has read,
// whatever the mirror has by now, so that the list is of their version.
func (s *Server) walk(ctx context.Context, f *Fetch, repo *Repository, refs []Ref, left map[plumbing.Hash]bool) error {
	free, err := s.limiter.take(ctx, f.Client)
	if err != nil {
		return err
	}
	defer free()
	dir, err := s.config.Storage.Mirror(ctx, repo)
	if err != nil {
		return err
	}
	var tips bytes.Buffer
	for _, r := range refs {
		fmt.Fprintln(&tips, r.Target)
	}
	var ids []plumbing.Hash
	err = s.config.Git.Run(ctx, gitexec.Command{
		Args:  []string{"--git-dir=" + dir, "rev-list", "--objects", "--no-object-names", "--use-bitmap-index", "--stdin"},
		Stdin: &tips,
		Stdout: &idLines{f: func(id plumbing.Hash) {
			delete(left, id)
			if len(ids) <= maxObjects {
				ids = append(ids, id)
			}
		}},
		Limits: gitexec.Limits{Wall: 10 * time.Minute},
	})
	if err != nil {
		return fmt.Errorf("list the objects of %s: %w", repo.Path(), err)
	}
	if len(ids) <= maxObjects {
		slices.SortFunc(ids, compareIDs)
		s.reachable.sets.Put(repo.ID, objectSet{repo.Version, ids}, int64(cap(ids)*len(plumbing.ZeroHash)))
	}
	return nil
}

// idLines calls f for the object id at the beginning of each line written to it.
type idLines struct {
	f    func(plumbing.Hash)
	rest []byte
}

// Write implements [io.Writer].
func (l *idLines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	read := 0
	for {
		line, _, ok := bytes.Cut(l.rest[read:], []byte{'\n'})
		if !ok {
			l.rest = append(l.rest[:0], l.rest[read:]...)
			return len(p), nil
		}
		read += len(line) + 1
		id, _, _ := bytes.Cut(line, []byte{' '})
		if !plumbing.IsHash(string(id)) {
			return 0, fmt.Errorf("git listed %q, which is no object id", line)
		}
		l.f(plumbing.NewHash(string(id)))
	}
}
