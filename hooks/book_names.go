package hooks

import (
	"context"
	"io/fs"
	"sync"

	"github.com/rhaptos/rhaptos/gitserver/plaintext"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/check"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// bookNames know what readers call the pages of a tree and what is in them. The books
// are read when somebody asks first.
type bookNames struct {
	ctx   context.Context // of whoever asks
	tree  fs.FS
	cache analysis.Cache

	once  sync.Once
	pages map[string]bookPage // by path
}

// bookPage is a page of a book.
type bookPage struct {
	of   *outline.Outline
	page *outline.Page
}

// read reads the books. What cannot be read has no names.
func (n *bookNames) read() {
	n.pages = map[string]bookPage{}
	if n.cache == nil {
		n.cache = analysis.NewMemory(64 << 20)
	}
	found, err := check.Tree(n.ctx, n.tree, n.cache)
	if err != nil {
		return
	}
	for _, b := range found.Library.Books {
		o, err := outline.New(n.ctx, found.Library, b, n.cache, found.Settings.Generated)
		if err != nil {
			return
		}
		for _, p := range o.Pages {
			if p.Module == nil {
				continue
			}
			if _, twice := n.pages[p.Module.Path]; !twice {
				n.pages[p.Module.Path] = bookPage{o, p}
			}
		}
	}
}

// file is the path of a file with the title of its page, if there is one.
func (n *bookNames) file(path string) string {
	n.once.Do(n.read)
	shown := plaintext.Line(path, 200)
	if p, ok := n.pages[path]; ok && p.page.PlainTitle != "" {
		shown += " (" + plaintext.Line(p.page.PlainTitle, 80) + ")"
	}
	return shown
}

// element is what readers call the element with an id: "Figure 3.4". It is empty if
// that has no number.
func (n *bookNames) element(path, id string) string {
	n.once.Do(n.read)
	p, ok := n.pages[path]
	if !ok {
		return ""
	}
	l := p.of.NamesOf(p.page).Labels[id]
	if l == nil || l.Element == "" || l.Number == "" {
		return ""
	}
	word := l.Custom
	if word == "" {
		word = p.of.Messages.Labels[l.Element].In("")
	}
	return plaintext.Line(word+" "+l.Number, 80)
}
