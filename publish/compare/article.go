package compare

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/rhaptos/rhaptos/publish/release"
)

// maxPage is the size of a page, in bytes, above which it is not opened.
const maxPage = 4 << 20

// ErrTooLarge says that a page is too large, or too deeply nested, to be
// compared.
var ErrTooLarge = errors.New("page is too large to be compared")

// read is the stored page with the slug.
func (c *Comparison) read(ctx context.Context, m *release.Manifest, slug string) ([]byte, error) {
	f, ok := m.File(slug)
	if !ok {
		return nil, fmt.Errorf("the manifest of %s has no file %q", m.Book.Slug, slug)
	}
	if f.Size > maxPage {
		return nil, ErrTooLarge
	}
	r, err := c.blobs.Open(ctx, f.Digest)
	if err != nil {
		return nil, fmt.Errorf("open page %s: %w", slug, err)
	}
	defer r.Close()
	page := make([]byte, 0, min(max(f.Size, 0), maxPage)+512)
	b := bytes.NewBuffer(page)
	if _, err := io.Copy(b, io.LimitReader(r, maxPage)); err != nil {
		return nil, fmt.Errorf("read page %s: %w", slug, err)
	}
	return b.Bytes(), nil
}

// articleBytes is the article in a stored page, from the start of its tag to
// the end of its last one; the whole page if there is none.
func articleBytes(page []byte) []byte {
	i, j := bytes.Index(page, []byte("<article")), bytes.LastIndex(page, []byte("</article>"))
	if i < 0 || j < i {
		return page
	}
	return page[i : j+len("</article>")]
}

// parseArticle is the article element of a page. A page without one gives an
// article with all that is in its body.
func parseArticle(page []byte) (*html.Node, error) {
	around := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(bytes.NewReader(articleBytes(page)), around)
	if err != nil {
		// The parser reads any bytes; what stops it is how deep they are nested.
		return nil, ErrTooLarge
	}
	for _, n := range nodes {
		if n.Type == html.ElementNode && n.DataAtom == atom.Article {
			return n, nil
		}
	}
	article := &html.Node{Type: html.ElementNode, Data: "article", DataAtom: atom.Article}
	for _, n := range nodes {
		article.AppendChild(n)
	}
	return article, nil
}
