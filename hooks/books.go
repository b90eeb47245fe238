package hooks

import (
	"context"
	"errors"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/plaintext"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/check"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/report"
)

// books returns the books of an update with the addresses at which they will be
// read.
func (c *pushCheck) books(ctx context.Context, u *gitserver.RefUpdate, p *plan, found *check.Result) ([]report.Book, error) {
	var list []report.Book
	for _, b := range found.Books {
		book := report.Book{Slug: b.Slug, Title: plaintext.Line(b.Title, 200), URL: c.bookAddress(u, p, b.Slug)}
		if err := c.addChanges(ctx, u, p, &book); err != nil {
			return nil, err
		}
		list = append(list, book)
	}
	return list, nil
}

// bookAddress returns the address of the release with the requested number, of
// the latest release if none is requested, or of the draft.
func (c *pushCheck) bookAddress(u *gitserver.RefUpdate, p *plan, book string) string {
	repository := address.Of(c.URL, c.push.Repository.Path())
	if p.kind == publish.Draft {
		return repository.Draft(book, u.Branch())
	}
	if n, ok := p.request.Number(book); ok {
		return repository.Release(book, n)
	}
	return repository.Book(book)
}

// addChanges adds the address at which a draft is compared with the latest
// release, if there is one.
func (c *pushCheck) addChanges(ctx context.Context, u *gitserver.RefUpdate, p *plan, book *report.Book) error {
	if c.DB == nil || book.Slug == "" || p.kind != publish.Draft {
		return nil
	}
	latest, err := release.Newest(ctx, c.DB, c.push.Repository.ID, book.Slug, release.Current)
	if errors.Is(err, release.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	book.Since = latest.Number.String()
	book.Changes = address.Of(c.URL, c.push.Repository.Path()).Comparison(book.Slug, book.Since, address.BranchSegment(u.Branch()))
	return nil
}
