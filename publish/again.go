package publish

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/render"
)

// source names everything that the bytes of a page depend on: the program with
// its theme, what the theme is told around the page's content, and what the
// content is made from. It is found without reading the page's text.
func (m *maker) source(book *render.Book, page *render.Page, view *PageView) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %s %+v\n", m.Version, compression, describe(m.book))
	fmt.Fprintf(h, "%q %q %q %q %s %s\n", view.Number, view.Title, view.PlainTitle, view.Parents, linked(view.Previous), linked(view.Next))
	book.Depends(h, page)
	return "page:" + hex.EncodeToString(h.Sum(nil))
}

func linked(l *PageLink) string {
	if l == nil {
		return "none"
	}
	return fmt.Sprintf("%q %q %q", l.Slug, l.Number, l.Title)
}

// madePage is a page as it was made before.
type madePage struct {
	file     release.File // without path and source
	problems []collection.Problem
}

func (p *madePage) code(c *analysis.Coder) {
	size, digest := int(p.file.Size), string(p.file.Digest)
	c.Text(&p.file.Type)
	c.Int(&size)
	c.Text(&digest)
	p.file.Size, p.file.Digest = int64(size), blobstore.Digest(digest)
	analysis.List(c, &p.file.Variants, func(v *release.Variant) {
		size, digest := int(v.Size), string(v.Digest)
		c.Text(&v.Coding)
		c.Int(&size)
		c.Text(&digest)
		v.Size, v.Digest = int64(size), blobstore.Digest(digest)
	})
	collection.CodeProblems(c, &p.problems)
	for i := range p.problems {
		c.Text(&p.problems[i].Path)
	}
}

// again finds a page that was made from the same source: in whatever edition,
// as long as the facts know it, or else in the previous one. There a page whose
// making told problems has no source, so that they are told again.
func (m *maker) again(ctx context.Context, page *render.Page, source string) (_ *madePage, found bool, err error) {
	known := &madePage{}
	if !analysis.Load(m.cache(), "page", source, known.code) {
		old, ok := m.previous.File(page.Slug)
		if !ok || old.Source != source {
			return nil, false, nil
		}
		known = &madePage{file: old}
	}
	there, err := m.there(ctx, &known.file)
	if err != nil || !there {
		return nil, false, err
	}
	return known, true, nil
}

// remember keeps for again what was made from the source.
func (m *maker) remember(source string, p *madePage) {
	analysis.Store(m.cache(), "page", source, p.code)
}

// there reports whether the blob store still has the file with all variants,
// and sees to it that it keeps them until they are named.
func (m *maker) there(ctx context.Context, f *release.File) (bool, error) {
	there, err := m.stored(ctx, f.Digest, f.Size)
	for _, v := range f.Variants {
		if err != nil || !there {
			break
		}
		there, err = m.stored(ctx, v.Digest, v.Size)
	}
	return there, err
}

// stored reports whether the blob store still has a blob in its full size. One
// that the previous edition names stays; any other is made young, since nothing
// might name it.
func (m *maker) stored(ctx context.Context, d blobstore.Digest, size int64) (bool, error) {
	look := m.Blobs.Stat
	if !m.named[d] {
		look = func(ctx context.Context, d blobstore.Digest) (blobstore.Info, error) {
			return blobstore.Renew(ctx, m.Blobs, d)
		}
	}
	info, err := look(ctx, d)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && info.Size == size, err
}
