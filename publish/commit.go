package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/release"
)

// reported is how many problems a publication's report lists.
const reported = 100

// result is what building a publication's books has come to. All bytes that it
// names are in the blob store.
type result struct {
	editions []*edition
	problems []collection.Problem // of the library and of all editions
	blocking []collection.Problem // those that a release's base did not have
	remark   string               // a sentence that is not about one file
}

// add takes in problems that came up while a book was made.
func (r *result) add(problems ...collection.Problem) {
	r.problems = append(r.problems[:len(r.problems):len(r.problems)], problems...)
	r.blocking = append(r.blocking[:len(r.blocking):len(r.blocking)], problems...)
}

func emptied() *result { return &result{remark: "the branch is gone, and its drafts with it"} }

// hopeless reports whether no release can come of the result.
func (r *result) hopeless() bool { return len(r.editions) == 0 || collection.HasErrors(r.blocking) }

// books are the slugs of all books that there is an edition of.
func (r *result) books() []string {
	var slugs []string
	for _, e := range r.editions {
		slugs = append(slugs, e.book.Slug)
	}
	return slugs
}

// report lists the problems, errors first.
func (r *result) report(lines ...string) string {
	if r.remark != "" {
		lines = append(lines, r.remark)
	}
	problems := slices.Clone(r.problems)
	collection.SortProblems(problems)
	problems = slices.Compact(problems) // two books may share a module
	slices.SortStableFunc(problems, func(a, b collection.Problem) int { return int(b.Severity) - int(a.Severity) })
	for i, p := range problems {
		if i == reported {
			lines = append(lines, fmt.Sprintf("and %d more problems", len(problems)-i))
			break
		}
		lines = append(lines, p.Severity.String()+": "+p.String())
	}
	return strings.Join(lines, "\n")
}

// insertReleases writes a release for every book that differs from what is
// published or that a number is wanted for, announces those that readers see at
// once, and returns the report. The error of a wish that cannot be granted is a
// [*wishError].
func (p *Publisher) insertReleases(ctx context.Context, tx database.Tx, publication *Publication, path string, result *result) (string, error) {
	if why := publication.Wish.unknown(result.books()); why != "" {
		return "", &wishError{why}
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	var lines []string
	for _, e := range result.editions {
		if !publication.Wish.wants(e.book.Slug) {
			continue
		}
		r := &release.Release{
			RepositoryID: publication.RepositoryID,
			Book:         e.book.Slug,
			Title:        e.book.Title,
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
		if at := publication.Wish.At; at.After(now) {
			r.State, r.Published, r.Appears = release.Embargoed, at, at
		}
		line, err := p.insert(ctx, tx, publication, r, path, e.moves)
		if err != nil {
			return "", err
		}
		lines = append(lines, line)
	}
	// A branch that is published has no drafts; it had when it was not yet.
	removed, err := p.removeDrafts(ctx, tx, publication, nil)
	return result.report(append(lines, removed...)...), err
}

// insert writes one release and sees to it that it is made known, now or when
// its time has come. It returns a line for the report.
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

// wishError says why what was wanted of a publication's releases cannot be.
type wishError struct{ why string }

func (e *wishError) Error() string { return e.why }

// number gives a new release of a book its number: the one that is wanted, or
// the next one. A book that is as it was, and for which none is wanted, gets
// none; unchanged then says so. A release that was withdrawn is not published
// again under a new number by a push that leaves the book alone.
func (p *Publisher) number(ctx context.Context, tx database.Tx, publication *Publication, e *edition, r *release.Release) (unchanged string, err error) {
	if n, ok := publication.Wish.Number(r.Book); ok {
		why, err := p.Releases.Refuses(ctx, tx, r.RepositoryID, r.Book, n)
		if err == nil && why != "" {
			err = &wishError{why}
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

// alike reports whether the edition would be published as the release was.
func (p *Publisher) alike(ctx context.Context, r *release.Release, e *edition) (bool, error) {
	if r.Manifest == e.digest {
		return true, nil
	}
	m, err := p.Releases.Manifest(ctx, r.Manifest)
	if err != nil {
		return false, err
	}
	return m.Alike(&e.manifest), nil
}

// replaceDrafts writes the drafts of a branch in the place of those before
// them, and returns the report.
func (p *Publisher) replaceDrafts(ctx context.Context, tx database.Tx, publication *Publication, path string, result *result) (string, error) {
	branch := publication.Branch()
	var lines, books []string
	for _, e := range result.editions {
		d := &release.Draft{
			RepositoryID: publication.RepositoryID,
			Branch:       branch,
			Book:         e.book.Slug,
			Title:        e.book.Title,
			Commit:       publication.Commit,
			Manifest:     e.digest,
			Problems:     e.count,
			Updated:      time.Now(),
		}
		if err := p.Releases.PutDraft(ctx, tx, d); err != nil {
			return "", err
		}
		if err := p.announce(ctx, tx, p.draftEvent(publication, d, path, result.problems)); err != nil {
			return "", fmt.Errorf("announce %s@%s: %w", d.Book, branch, err)
		}
		books = append(books, d.Book)
		lines = append(lines, fmt.Sprintf("%s@%s: draft renewed", d.Book, branch))
	}
	removed, err := p.removeDrafts(ctx, tx, publication, books)
	return result.report(append(lines, removed...)...), err
}

// removeDrafts removes the drafts of the publication's branch, but for those
// of the books in keep, and returns lines for the report.
func (p *Publisher) removeDrafts(ctx context.Context, tx database.Tx, publication *Publication, keep []string) ([]string, error) {
	branch := publication.Branch()
	if branch == "" {
		return nil, nil
	}
	before, err := p.Releases.BranchBooks(ctx, tx, publication.RepositoryID, branch)
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, book := range before {
		if slices.Contains(keep, book) {
			continue
		}
		if err := p.Releases.DeleteDraft(ctx, tx, publication.RepositoryID, branch, book); err != nil {
			return nil, err
		}
		lines = append(lines, fmt.Sprintf("%s@%s: draft removed", book, branch))
	}
	return lines, nil
}
