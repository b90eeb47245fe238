package pdf

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/export/content"
	"github.com/rhaptos/rhaptos/publish/messages"
	"github.com/rhaptos/rhaptos/publish/outline"
	"github.com/rhaptos/rhaptos/publish/release"
)

//go:embed assets/print.css
var printStyle []byte

// maxPrintings limits how often a book is printed.
const maxPrintings = 3

// Write writes the edition as a PDF: the whole book as one document, printed by a
// Chromium. It is printed twice, since the page numbers of the contents and of
// the index are known only after the first time, and once more if they were
// moved by being there.
func Write(ctx context.Context, w io.Writer, e *content.Edition, c *Chromium) (err error) {
	dir, err := c.folder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	p := &printed{Edition: e, dir: dir, messages: &messages.For(e.Language()).Export, addresses: content.NewAddresses(e), pictures: map[string]string{}}
	if err := p.lay(ctx); err != nil {
		return fmt.Errorf("make PDF of %s: %w", e.Name(), err)
	}
	out := filepath.Join(dir, "book.pdf")
	for range maxPrintings {
		if err := p.document(ctx); err != nil {
			return fmt.Errorf("make PDF of %s: %w", e.Name(), err)
		}
		begin := time.Now()
		if err := c.print(ctx, dir, filepath.Join(dir, "book.html"), out); err != nil {
			return fmt.Errorf("make PDF of %s: %w", e.Name(), err)
		}
		found, err := Destinations(out)
		if err != nil {
			return fmt.Errorf("make PDF of %s: %w", e.Name(), err)
		}
		deadline, ends := ctx.Deadline()
		if p.number != nil && (maps.Equal(found, p.number) || ends && time.Until(deadline) < 2*time.Since(begin)) {
			break // a number that is off by one is better than no PDF
		}
		p.number = found
	}
	return sendDated(w, out, e.Published)
}

// printed is a book being laid out for printing.
type printed struct {
	*content.Edition
	dir       string
	messages  *messages.Export
	addresses *content.Addresses
	pictures  map[string]string // from a picture's path to its name in the folder
	number    map[string]int    // of the page on which a place is; nil before the first printing
	heads     []string          // what stands above the pages of each entry of the first level
}

// lay puts everything into the folder that the document shows.
func (p *printed) lay(ctx context.Context) error {
	p.addresses.Whole = true
	for i, page := range p.Pages() {
		p.addresses.Files[page.Slug] = place(i)
	}
	p.addresses.Files[""] = "contents"
	given := content.NewNames("book.html", "book.pdf", "print.css", "theme.css")
	for _, f := range p.Media() {
		if !strings.HasPrefix(f.Type, "image/") {
			continue
		}
		base, end := content.SplitName(filepath.Base(f.Path))
		name := given.Give(base, end)
		if err := p.extract(ctx, f, name); err != nil {
			return err
		}
		p.pictures[f.Path] = name
	}
	if f, ok := p.Manifest.File("-/style.css"); ok {
		if err := p.extract(ctx, f, "theme.css"); err != nil {
			return err
		}
	}
	return nil
}

// place is where a page is in the document.
func place(i int) string { return "p" + strconv.Itoa(i+1) }

func (p *printed) extract(ctx context.Context, f release.File, name string) (err error) {
	r, err := p.Blobs.Open(ctx, f.Digest)
	if err != nil {
		return fmt.Errorf("open %s: %w", f.Path, err)
	}
	defer r.Close()
	out, err := os.OpenFile(filepath.Join(p.dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, content.WithContext(ctx, r))
	return errors.Join(err, out.Close())
}

// document writes book.html and print.css. Nothing in it runs, and it loads
// files only.
func (p *printed) document(ctx context.Context) (err error) {
	f, err := os.Create(filepath.Join(p.dir, "book.html"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	book := p.Manifest.Book
	fmt.Fprintf(w, `<!DOCTYPE html>
<html lang="%s" dir="%s">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src file:; style-src file:; font-src file:">
<title>%s</title>
<link rel="stylesheet" href="theme.css">
<link rel="stylesheet" href="print.css">
</head>
<body class="print">
<section class="title-page">
<h1>%s</h1>
<p class="authors">%s</p>
<p class="imprint">%s %s, %s<br>%s</p>
<p class="imprint">%s</p>
</section>
<nav id="contents" class="contents">
<h1>%s</h1>
`, content.Quote(p.Language()), collection.Direction(p.Language()), content.Quote(book.Title), content.Quote(cmp.Or(book.Title, p.Name())), content.Quote(strings.Join(book.Authors, ", ")),
		p.messages.Release, p.Number, p.Published.UTC().Format("2006-01-02"), content.Quote(p.Address), content.Quote(strings.TrimSpace(book.License+" "+book.LicenseURL)), p.messages.Contents)
	pages := map[string]int{}
	for i, page := range p.Pages() {
		pages[page.Slug] = i
	}
	p.list(w, p.Manifest.Contents, pages)
	fmt.Fprint(w, "</nav>\n")
	p.heads = nil
	for i, e := range p.Manifest.Contents {
		p.heads = append(p.heads, content.Label(e))
		fmt.Fprintf(w, "<div class=\"c%d\">\n", i+1)
		if err := p.entry(ctx, w, e, pages); err != nil {
			return err
		}
		fmt.Fprint(w, "</div>\n")
	}
	fmt.Fprint(w, "</body>\n</html>\n")
	return errors.Join(w.Flush(), os.WriteFile(filepath.Join(p.dir, "print.css"), p.style(), 0o600))
}

// list writes the contents, with the numbers of pages as far as they are known.
func (p *printed) list(w io.Writer, entries []release.Entry, pages map[string]int) {
	fmt.Fprint(w, "<ol>\n")
	for _, e := range entries {
		first := content.FirstPage(e)
		if first == "" {
			continue
		}
		at := place(pages[first])
		number := ""
		if n := p.number[at]; n > 0 {
			number = strconv.Itoa(n)
		} else if p.number == nil {
			number = "000" // as much room as it will take
		}
		fmt.Fprintf(w, "<li><a href=\"#%s\"><span class=\"number\">%s</span> <span class=\"name\">%s</span> <span class=\"folio\">%s</span></a>",
			at, content.Quote(e.Number), e.Title, number)
		if len(e.Children) > 0 {
			p.list(w, e.Children, pages)
		}
		fmt.Fprint(w, "</li>\n")
	}
	fmt.Fprint(w, "</ol>\n")
}

// entry writes an entry of the contents and what is below it: pages, and the
// titles of parts that have none of their own.
func (p *printed) entry(ctx context.Context, w io.Writer, e release.Entry, pages map[string]int) error {
	if e.Slug == "" && len(e.Children) > 0 {
		fmt.Fprintf(w, "<header class=\"part\"><p class=\"part-title\"><span class=\"number\">%s</span> %s</p></header>\n", content.Quote(e.Number), e.Title)
	}
	if e.Slug != "" {
		if err := p.page(ctx, w, e, place(pages[e.Slug])); err != nil {
			return err
		}
	}
	for _, c := range e.Children {
		if err := p.entry(ctx, w, c, pages); err != nil {
			return err
		}
	}
	return nil
}

func (p *printed) page(ctx context.Context, w io.Writer, e release.Entry, at string) error {
	article, err := p.Article(ctx, e.Slug)
	if err != nil {
		return err
	}
	within(article, at)
	c := &content.Cleaner{Slug: e.Slug, Messages: p.messages, Addresses: p.addresses, Picture: func(path string) (string, bool) {
		name, ok := p.pictures[path]
		return name, ok
	}}
	c.Clean(article)
	if e.Kind == outline.Index {
		p.locate(article, at)
	}
	article.Attr = []html.Attribute{{Key: "id", Val: at}}
	var b bytes.Buffer
	if err := html.Render(&b, article); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err = b.WriteTo(w)
	return err
}

// locate gives the links of the index the numbers of their pages, one link for
// each.
func (p *printed) locate(index *html.Node, at string) {
	var links []*html.Node
	for n := range index.Descendants() {
		if to := content.Attribute(n, "href"); n.DataAtom == atom.A && strings.HasPrefix(to, "#") && !strings.HasPrefix(to, "#"+at+".") {
			links = append(links, n)
		}
	}
	for _, a := range links {
		number := strconv.Itoa(p.number[content.Attribute(a, "href")[1:]])
		if p.number == nil {
			number = "000"
		}
		if number == "0" {
			continue
		}
		comma := a.PrevSibling
		if comma != nil && comma.PrevSibling != nil && comma.PrevSibling.DataAtom == atom.A && content.Text(comma.PrevSibling) == number && p.number != nil {
			a.Parent.RemoveChild(comma)
			a.Parent.RemoveChild(a)
			continue
		}
		for a.FirstChild != nil {
			a.RemoveChild(a.FirstChild)
		}
		a.AppendChild(content.NewText(number))
	}
}

// references are attributes that hold ids of the same page.
var references = map[string]bool{"for": true, "headers": true, "aria-labelledby": true, "aria-describedby": true, "aria-details": true}

// within gives the ids of a page a beginning that no other page has, and opens
// what paper cannot open.
func within(n *html.Node, at string) {
	for c := range n.Descendants() {
		if c.Type != html.ElementNode {
			continue
		}
		for i := range c.Attr {
			switch a := &c.Attr[i]; {
			case a.Key == "id" && a.Val != "":
				a.Val = at + "." + a.Val
			case a.Key == "href" && len(a.Val) > 1 && a.Val[0] == '#':
				a.Val = "#" + at + "." + a.Val[1:]
			case references[a.Key]:
				ids := strings.Fields(a.Val)
				for j := range ids {
					ids[j] = at + "." + ids[j]
				}
				a.Val = strings.Join(ids, " ")
			}
		}
		if c.DataAtom == atom.Details && content.Attribute(c, "open") == "" {
			c.Attr = append(c.Attr, html.Attribute{Key: "open"})
		}
	}
}

// style is the style sheet of print, with the running heads of this book.
func (p *printed) style() []byte {
	var b bytes.Buffer
	b.Write(printStyle)
	fmt.Fprintf(&b, "@page { @top-left { content: %s; } }\n", cssString(p.Manifest.Book.Title))
	for i, head := range p.heads {
		fmt.Fprintf(&b, ".c%d { page: c%d; }\n@page c%d { @top-right { content: %s; } }\n", i+1, i+1, i+1, cssString(head))
	}
	return b.Bytes()
}

// longestHead is the length of a running head in characters.
const longestHead = 60

// cssString is a text as a string of CSS (CSS Syntax 3, section 4.3.5). Letters
// and digits stand for themselves, everything else is escaped.
func cssString(s string) string {
	if r := []rune(s); len(r) > longestHead {
		s = string(r[:longestHead-1]) + "…"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == ' ' {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\%x ", r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
