package contribution

import (
	"context"
	"errors"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
)

// Follower finds places of an earlier version of files in a later one.
type Follower interface {
	// Takes reports whether it finds places in a file by what is in it. Size is in
	// bytes.
	Takes(path string, size int64) bool

	// Follow finds places by the files that are not the same in both versions. It
	// leaves out those that are gone.
	Follow(ctx context.Context, places []Place, old, new map[string][]byte) (map[Place]Place, error)
}

// Place is a line of a file.
type Place struct {
	Path string
	Line int // from 1; 0: the whole file
}

// Now is where the latest version has what a review of an earlier one is about.
type Now struct {
	Place
	Outdated bool // it is not there any more
}

// keptPlaces is the number of places that are remembered.
const keptPlaces = 10_000

// placeKey is a review, by its id, and the head of a later version.
type placeKey struct {
	review string
	head   plumbing.Hash
}

// findPlaces sets where the latest version has what the reviews of earlier ones are
// about.
func (c *Contributions) findPlaces(ctx context.Context, d *Details) error {
	missing := map[int64][]*Review{} // by version
	for _, r := range d.Reviews {
		if r.Path == "" || r.Version == d.Version || c.Follower == nil {
			continue
		}
		if known, ok := c.places.Get(placeKey{r.ID, d.Head}); ok {
			r.Now = &known
			continue
		}
		missing[r.Version] = append(missing[r.Version], r)
	}
	if len(missing) == 0 {
		return nil
	}
	select {
	case c.looking <- struct{}{}:
		defer func() { <-c.looking }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	q, err := c.Storage.Quarantine(ctx, &gitserver.Repository{ID: d.RepositoryID})
	if err != nil {
		return err
	}
	defer q.Close()
	for _, v := range d.Versions {
		if len(missing[v.Number]) == 0 {
			continue
		}
		if err := c.follow(ctx, q.Environment(), v.Head, d.Head, missing[v.Number]); err != nil {
			return err
		}
	}
	return nil
}

// follow sets where the new commit has what reviews of the old one are about. If too
// much has changed they are outdated.
func (c *Contributions) follow(ctx context.Context, environment []string, old, new plumbing.Hash, reviews []*Review) error {
	t := &treeMerge{git: c.Git, takes: c.Follower.Takes, environment: environment}
	var files [3]map[string][]byte
	err := t.findChanges(ctx, old, new, old)
	if err == nil {
		var names []string
		if names, err = t.readable(ctx); err == nil && len(names) > 0 {
			files, _, err = t.read(ctx, names)
		}
	}
	var tooMuch *UnmergedError
	if err != nil && !errors.As(err, &tooMuch) {
		return err
	}
	var changed []Place // that have to be looked for
	for _, r := range reviews {
		if _, read := files[0][r.Path]; read {
			changed = append(changed, Place{r.Path, r.Line})
		}
	}
	var found map[Place]Place
	if len(changed) > 0 {
		if found, err = c.Follower.Follow(ctx, changed, files[0], files[1]); err != nil {
			return err
		}
	}
	for _, r := range reviews {
		now := Now{Place{r.Path, r.Line}, tooMuch != nil}
		if w := t.changes[r.Path]; w != nil && tooMuch == nil {
			now = nowOf(r, w, files[0], found)
		}
		r.Now = &now
		c.places.Put(placeKey{r.ID, new}, now, 1)
	}
	return nil
}

// nowOf is where what a review is about is now, in a file that has changed. Of one that
// was not read only the file is known.
func nowOf(r *Review, w *threeWay, read map[string][]byte, found map[Place]Place) Now {
	at := Place{r.Path, r.Line}
	if _, ok := read[r.Path]; !ok {
		return Now{at, r.Line > 0 || !w.ours.isFile()}
	}
	to, ok := found[at]
	return Now{to, !ok}
}
