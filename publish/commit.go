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
// published, announces it, and returns the report.
func (p *Publisher) insertReleases(ctx context.Context, tx database.Tx, publication *Publication, path string, result *result) (string, error) {
	now := time.Now().UTC().Truncate(time.Microsecond)
	var lines []string
	for _, e := range result.editions {
		number, err := p.nextNumber(ctx, tx, publication.RepositoryID, e)
		if err != nil {
			return "", err
		}
		if number == (release.Number{}) {
			lines = append(lines, e.book.Slug+": nothing changed, no release")
			continue
		}
		r := &release.Release{
			RepositoryID: publication.RepositoryID,
			Book:         e.book.Slug,
			Number:       number,
			Title:        e.book.Title,
			Commit:       publication.Commit,
			Ref:          publication.Ref,
			Manifest:     e.digest,
			State:        release.Current,
			Published:    now,
			Publication:  publication.Number,
		}
		if err := p.Releases.Insert(ctx, tx, r); err != nil {
			return "", err
		}
		if err := p.announce(ctx, tx, p.releaseEvent(publication, r, path)); err != nil {
			return "", fmt.Errorf("announce %s %s: %w", r.Book, r.Number, err)
		}
		lines = append(lines, fmt.Sprintf("%s %s: published", r.Book, r.Number))
	}
	// A branch that is published has no drafts; it had when it was not yet.
	removed, err := p.removeDrafts(ctx, tx, publication, nil)
	return result.report(append(lines, removed...)...), err
}

// nextNumber is the number that a book's new release gets; zero when the book
// is as it was. A release that was withdrawn is not published again under a new
// number by a push that leaves the book alone.
func (p *Publisher) nextNumber(ctx context.Context, tx database.Tx, repositoryID string, e *edition) (release.Number, error) {
	newest, err := p.Releases.Newest(ctx, tx, repositoryID, e.book.Slug, "")
	if errors.Is(err, release.ErrNotFound) {
		return release.Number{Major: 1, Minor: 1}, nil
	}
	if err != nil {
		return release.Number{}, err
	}
	if newest.Manifest == e.digest {
		return release.Number{}, nil
	}
	switch current, err := p.Releases.Newest(ctx, tx, repositoryID, e.book.Slug, release.Current); {
	case err == nil && current.Manifest == e.digest:
		return release.Number{}, nil
	case err != nil && !errors.Is(err, release.ErrNotFound):
		return release.Number{}, err
	}
	return release.Number{Major: newest.Number.Major, Minor: newest.Number.Minor + 1}, nil
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
