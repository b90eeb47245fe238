package publish

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/release"
)

// insertReleases inserts a release of every book that differs from what is
// published, or for which a number is requested. It announces those without an
// embargo and returns the report. The error of a request that cannot be met is a
// [*requestError].
func (p *Publisher) insertReleases(ctx context.Context, tx database.Tx, publication *Publication, path string, result *result) (string, error) {
	if why := publication.Request.unknown(result.books()); why != "" {
		return "", &requestError{why}
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	var lines []string
	for _, e := range result.editions {
		if !publication.Request.wants(e.Book.Slug) {
			continue
		}
		r := &release.Release{
			RepositoryID: publication.RepositoryID,
			Book:         e.Book.Slug,
			Title:        e.Book.Title,
			Commit:       publication.Commit,
			Ref:          publication.Ref,
			Manifest:     e.digest,
			State:        release.Current,
			Published:    now,
			Publication:  publication.Number,
		}
		unchanged, err := p.number(ctx, tx, publication, e, r)
		if err != nil {
			return "", err
		}
		if unchanged != "" {
			lines = append(lines, unchanged)
			continue
		}
		if at := publication.Request.At; at.After(now) {
			r.State, r.Published, r.Appears = release.Embargoed, at, at
		}
		line, err := p.insert(ctx, tx, publication, r, path, e.moves)
		if err != nil {
			return "", err
		}
		lines = append(lines, line)
	}
	// A published branch has no drafts, except from the time before it was one.
	removed, err := p.removeDrafts(ctx, tx, publication, nil)
	return result.report(append(lines, removed...)...), err
}

// insert inserts one release and announces it, or schedules the end of its embargo.
// It returns a line for the report.
func (p *Publisher) insert(ctx context.Context, tx database.Tx, publication *Publication, r *release.Release, path string, moves release.Moves) (string, error) {
	if err := p.Releases.Insert(ctx, tx, r); err != nil {
		return "", err
	}
	if r.State != release.Embargoed {
		if err := p.Releases.RecordMoves(ctx, tx, r.RepositoryID, r.Book, moves); err != nil {
			return "", err
		}
	} else {
		return fmt.Sprintf("%s %s: made, will appear at %s", r.Book, r.Number, r.Appears.Format(time.RFC3339)), awaitTime(ctx, tx, r)
	}
	if err := p.announce(ctx, tx, p.releaseEvent(publication, r, path)); err != nil {
		return "", fmt.Errorf("announce %s %s: %w", r.Book, r.Number, err)
	}
	return fmt.Sprintf("%s %s: published", r.Book, r.Number), nil
}

// requestError says why the request of a publication cannot be met.
type requestError struct{ why string }

func (e *requestError) Error() string { return e.why }

// number sets the number of a new release: the requested one, or the next one. A
// book that has not changed, and for which no number is requested, gets none, and
// unchanged is a line for the report. This includes a book whose latest release was
// withdrawn: a push that leaves the book alone does not publish it again.
func (p *Publisher) number(ctx context.Context, tx database.Tx, publication *Publication, e *storedEdition, r *release.Release) (unchanged string, err error) {
	if n, ok := publication.Request.Number(r.Book); ok {
		why, err := p.Releases.CheckNumber(ctx, tx, r.RepositoryID, r.Book, n)
		if err == nil && why != "" {
			err = &requestError{why}
		}
		r.Number = n
		return "", err
	}
	for _, state := range []release.State{"", release.Current} {
		before, err := p.Releases.Newest(ctx, tx, r.RepositoryID, r.Book, state)
		if errors.Is(err, release.ErrNotFound) {
			continue
		}
		if err != nil {
			return "", err
		}
		same, err := p.alike(ctx, before, e)
		switch {
		case err != nil:
			return "", err
		case same && before.State == release.Embargoed:
			return fmt.Sprintf("%s: nothing changed since %s, which will appear at %s", r.Book, before.Number, before.Appears.Format(time.RFC3339)), nil
		case same:
			return r.Book + ": nothing changed, no release", nil
		}
	}
	r.Number, err = p.Releases.Next(ctx, tx, r.RepositoryID, r.Book)
	return "", err
}

// alike reports whether readers would see no difference between the edition and
// the release.
func (p *Publisher) alike(ctx context.Context, r *release.Release, e *storedEdition) (bool, error) {
	if r.Manifest == e.digest {
		return true, nil
	}
	m, err := p.readable(ctx, r.Manifest)
	if err != nil || m == nil {
		return false, err
	}
	return m.Equivalent(e.Manifest), nil
}
