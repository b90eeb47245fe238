package publish

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/release"
)

// replaceDrafts replaces the drafts of a branch, announces them and returns the
// report.
func (p *Publisher) replaceDrafts(ctx context.Context, tx database.Tx, publication *Publication, path string, result *result) (string, error) {
	branch := publication.Branch()
	var lines, books []string
	for _, e := range result.editions {
		d := &release.Draft{
			RepositoryID: publication.RepositoryID,
			Branch:       branch,
			Book:         e.Book.Slug,
			Title:        e.Book.Title,
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

// removeDrafts removes the drafts of the publication's branch except those of the
// books in keep. It returns lines for the report.
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
