package epub

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/export/content"
	"github.com/rhaptos/rhaptos/publish/release"
)

// nav is the navigation document (EPUB Packages 3.2, section 5), and whether
// there are formulas in it.
func (b *epub) nav() (document []byte, maths bool) {
	var o bytes.Buffer
	b.open(&o, b.messages.Contents, "style.css", "frontmatter")
	fmt.Fprintf(&o, "<nav epub:type=\"toc\" role=\"doc-toc\" id=\"toc\">\n<h1>%s</h1>\n", b.messages.Contents)
	b.navList(&o, b.Manifest.Contents)
	o.WriteString("</nav>\n")
	fmt.Fprintf(&o, `<nav epub:type="landmarks" hidden="hidden">
<h2>%s</h2>
<ol>
<li><a epub:type="cover" href="cover.xhtml">%s</a></li>
<li><a epub:type="toc" href="#toc">%s</a></li>
`, b.messages.Start, b.messages.Cover, b.messages.Contents)
	if len(b.pages) > 0 {
		fmt.Fprintf(&o, "<li><a epub:type=\"bodymatter\" href=\"text/%s\">%s</a></li>\n", b.files[b.pages[0].Slug], b.messages.Start)
	}
	for _, p := range b.pages {
		if p.Kind == "glossary" || p.Kind == "index" {
			fmt.Fprintf(&o, "<li><a epub:type=\"%s\" href=\"text/%s\">%s</a></li>\n", p.Kind, b.files[p.Slug], content.Quote(content.Label(p)))
		}
	}
	fmt.Fprintf(&o, "</ol>\n</nav>\n<nav epub:type=\"page-list\" role=\"doc-pagelist\" hidden=\"hidden\">\n<h2>%s</h2>\n<ol>\n", b.messages.Pages)
	for _, p := range b.breaks {
		fmt.Fprintf(&o, "<li><a href=\"%s\">%d</a></li>\n", p.href, p.label)
	}
	o.WriteString("</ol>\n</nav>\n</body>\n</html>\n")
	return o.Bytes(), bytes.Contains(o.Bytes(), []byte("<math"))
}

func (b *epub) navList(o *bytes.Buffer, entries []release.Entry) {
	o.WriteString("<ol>\n")
	for _, e := range entries {
		if content.FirstPage(e) == "" {
			continue // a heading of nothing, which nothing can be linked to
		}
		title := strings.TrimSpace(content.Quote(e.Number) + " " + cmp.Or(content.Phrase(e.Title), content.Quote(e.Plain), content.Quote(e.Slug), "–"))
		if e.Slug != "" {
			fmt.Fprintf(o, "<li><a href=\"text/%s\">%s</a>", b.files[e.Slug], title)
		} else {
			fmt.Fprintf(o, "<li><span>%s</span>", title)
		}
		if slices.ContainsFunc(e.Children, func(c release.Entry) bool { return content.FirstPage(c) != "" }) {
			o.WriteByte('\n')
			b.navList(o, e.Children)
		}
		o.WriteString("</li>\n")
	}
	o.WriteString("</ol>\n")
}

// ncx is the table of contents for readers of EPUB 2 (OPF 2.0.1, section
// 2.4.1). A heading leads to the first page below it.
func (b *epub) ncx() []byte {
	var o bytes.Buffer
	fmt.Fprintf(&o, content.XMLDeclaration+`<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1" xml:lang="%s">
<head><meta name="dtb:uid" content="urn:uuid:%s"/></head>
<docTitle><text>%s</text></docTitle>
<navMap>
`, content.Quote(validLanguage(b.Language())), content.BookUUID(b.RepositoryID, b.Manifest.Book), content.Quote(b.Manifest.Book.Title))
	n := 0
	b.ncxPoints(&o, b.Manifest.Contents, &n)
	o.WriteString("</navMap>\n</ncx>\n")
	return o.Bytes()
}

func (b *epub) ncxPoints(o *bytes.Buffer, entries []release.Entry, n *int) {
	for _, e := range entries {
		first := content.FirstPage(e)
		if first == "" {
			continue
		}
		*n++
		fmt.Fprintf(o, "<navPoint id=\"n%d\"><navLabel><text>%s</text></navLabel><content src=\"text/%s\"/>\n", *n, content.Quote(content.Label(e)), b.files[first])
		b.ncxPoints(o, e.Children, n)
		o.WriteString("</navPoint>\n")
	}
}
