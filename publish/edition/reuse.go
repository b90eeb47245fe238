package edition

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/render"
)

// sourceOf names everything that the bytes of a page depend on: the program with
// its theme, what the theme gets beside the page's content, and what the content
// is rendered from. It does not read the page's text.
func (b *build) sourceOf(book *render.Book, page *render.Page, view *PageView) string {
	h := sha256.New()
	shown := describe(b.book)
	shown.Description, shown.Subject = "", "" // only in the catalogue and the contents
	fmt.Fprintf(h, "%q %s %+v\n", b.Version, compression, shown)
	fmt.Fprintf(h, "%q %q %q %q %s %s %q\n", view.Slug, view.Number, view.Title, view.PlainTitle, linked(view.Previous), linked(view.Next), view.Above)
	if view.Near != nil {
		fmt.Fprintf(h, "%s %q\n", linked(view.Near.Top), view.Near.Pages)
	}
	book.Depends(h, page)
	return "page:" + hex.EncodeToString(h.Sum(nil))
}

func linked(l *PageLink) string {
	if l == nil {
		return "none"
	}
	return fmt.Sprintf("%q %q %q", l.Slug, l.Number, l.Title)
}

// builtPage is a page that has been rendered and stored.
type builtPage struct {
	file     release.File // without path and source
	problems []collection.Problem
}

// codeFile reads or writes in the cache what is stored of a file.
func codeFile(c *analysis.Coder, f *release.File) {
	size, digest := int(f.Size), string(f.Digest)
	c.Text(&f.Type)
	c.Int(&size)
	c.Text(&digest)
	f.Size, f.Digest = int64(size), blobstore.Digest(digest)
	analysis.List(c, &f.Variants, func(v *release.Variant) {
		size, digest := int(v.Size), string(v.Digest)
		c.Text(&v.Coding)
		c.Int(&size)
		c.Text(&digest)
		v.Size, v.Digest = int64(size), blobstore.Digest(digest)
	})
}

// code reads or writes the page in the cache.
func (p *builtPage) code(c *analysis.Coder) {
	codeFile(c, &p.file)
	collection.CodeProblems(c, &p.problems)
	for i := range p.problems {
		c.Text(&p.problems[i].Path)
	}
}

// reuse finds a page that was built from the same source: in the cache, for
// whichever edition it was built, or else in the previous manifest. There a page
// with problems has no source, so that it is rendered, and the problems reported,
// once more.
func (b *build) reuse(ctx context.Context, page *render.Page, source string) (_ *builtPage, found bool, err error) {
	known := &builtPage{}
	if !analysis.Load(b.Analysis, "page", source, known.code) {
		old, ok := b.previous.File(page.Slug)
		if !ok || old.Source != source {
			return nil, false, nil
		}
		known = &builtPage{file: old}
	}
	there, err := b.hasFile(ctx, &known.file)
	if err != nil || !there {
		return nil, false, err
	}
	return known, true, nil
}

// cache keeps for reuse what was built from the source.
func (b *build) cache(source string, p *builtPage) {
	analysis.Store(b.Analysis, "page", source, p.code)
}

// reuseMedium looks in the cache for media that were stored from the same blob, for
// whichever edition: also for one that was never finished.
func (b *build) reuseMedium(ctx context.Context, f *release.File) (bool, error) {
	var known release.File
	if f.Source == "" || !analysis.Load(b.Analysis, "medium", f.Source, func(c *analysis.Coder) { codeFile(c, &known) }) {
		return false, nil
	}
	there, err := b.hasFile(ctx, &known)
	if there {
		f.Size, f.Digest, f.Variants = known.Size, known.Digest, known.Variants
	}
	return there, err
}

// cacheMedium keeps for reuse what was stored of media.
func (b *build) cacheMedium(f *release.File) {
	if f.Source != "" {
		analysis.Store(b.Analysis, "medium", f.Source, func(c *analysis.Coder) { codeFile(c, f) })
	}
}
