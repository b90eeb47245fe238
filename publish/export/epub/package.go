package epub

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/export/content"
	"github.com/rhaptos/rhaptos/publish/release"
)

// frame writes what is around the text: cover, navigation and package document.
func (b *epub) frame(ctx context.Context) error {
	var page bytes.Buffer
	b.open(&page, b.messages.Cover, "style.css", "frontmatter")
	fmt.Fprintf(&page, "<section epub:type=\"cover\" class=\"cover\">\n<img src=\"%s\" alt=\"%s\" role=\"doc-cover\"/>\n</section>\n</body>\n</html>\n",
		b.cover, content.Quote(b.coverText()))
	if err := b.put("cover", "cover.xhtml", xhtmlType, "", page.Bytes()); err != nil {
		return err
	}
	nav, maths := b.nav()
	properties := "nav"
	if maths {
		properties = "nav mathml"
	}
	if err := b.put("nav", "nav.xhtml", xhtmlType, properties, nav); err != nil {
		return err
	}
	if err := b.put("ncx", "toc.ncx", "application/x-dtbncx+xml", "", b.ncx()); err != nil {
		return err
	}
	return b.archive.Put("EPUB/package.opf", b.packageDocument())
}

func (b *epub) coverText() string {
	book := b.Manifest.Book
	return strings.TrimSuffix(book.Title+". "+strings.Join(book.Authors, ", "), ". ")
}

// packageDocument is package.opf (EPUB Packages 3.2).
func (b *epub) packageDocument() []byte {
	var o bytes.Buffer
	book := b.Manifest.Book
	lang := content.Quote(validLanguage(b.Language()))
	fmt.Fprintf(&o, content.XMLDeclaration+`<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="%s" dir="%s">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:%s</dc:identifier>
<dc:title>%s</dc:title>
<dc:language>%s</dc:language>
`, lang, collection.Direction(lang), content.BookUUID(b.RepositoryID, book), content.Quote(cmp.Or(strings.TrimSpace(book.Title), b.Name())), lang)
	for i, a := range book.Authors {
		if strings.TrimSpace(a) != "" {
			fmt.Fprintf(&o, "<dc:creator id=\"creator%d\">%s</dc:creator>\n<meta refines=\"#creator%d\" property=\"role\" scheme=\"marc:relators\">aut</meta>\n", i+1, content.Quote(a), i+1)
		}
	}
	if rights := strings.TrimSpace(book.License + " " + book.LicenseURL); rights != "" {
		fmt.Fprintf(&o, "<dc:rights>%s</dc:rights>\n", content.Quote(rights))
	}
	if b.Address != "" {
		fmt.Fprintf(&o, "<dc:source>%s</dc:source>\n", content.Quote(b.Address))
	}
	at := b.Published.UTC().Truncate(time.Second)
	fmt.Fprintf(&o, "<dc:date>%s</dc:date>\n<meta property=\"dcterms:modified\">%s</meta>\n", at.Format(time.DateOnly), at.Format(time.RFC3339))
	fmt.Fprintf(&o, "<meta property=\"schema:bookEdition\">%s</meta>\n<meta name=\"cover\" content=\"cover-image\"/>\n", b.Number)
	b.accessibility(&o)
	o.WriteString("</metadata>\n<manifest>\n")
	for _, i := range b.items {
		properties := ""
		if i.properties != "" {
			properties = ` properties="` + i.properties + `"`
		}
		fmt.Fprintf(&o, "<item id=\"%s\" href=\"%s\" media-type=\"%s\"%s/>\n", i.id, i.href, i.mediaType, properties)
	}
	o.WriteString("</manifest>\n<spine toc=\"ncx\">\n<itemref idref=\"cover\"/>\n<itemref idref=\"nav\"/>\n")
	for i := range b.pages {
		fmt.Fprintf(&o, "<itemref idref=\"p%04d\"/>\n", i+1)
	}
	o.WriteString("</spine>\n</package>\n")
	return o.Bytes()
}

// validLanguage is the tag if it is one, else "und": a reading system takes no
// other (BCP 47).
func validLanguage(tag string) string {
	if t, err := language.Parse(tag); err == nil {
		return t.String()
	}
	return "und"
}

// accessibility writes what the edition is for readers with disabilities, in
// the terms of schema.org that EPUB Accessibility 1.0 names. Conformance is not
// claimed: only people can judge that.
func (b *epub) accessibility(o *bytes.Buffer) {
	meta := func(property, value string) {
		fmt.Fprintf(o, "<meta property=\"schema:%s\">%s</meta>\n", property, content.Quote(value))
	}
	pictures := len(b.picture) > 0
	meta("accessMode", "textual")
	summary := []string{b.messages.Summary}
	features := []string{"tableOfContents", "readingOrder", "structuralNavigation", "displayTransformability", "printPageNumbers"}
	if pictures {
		meta("accessMode", "visual")
		meta("accessModeSufficient", "textual,visual")
	}
	if !b.undescribed {
		meta("accessModeSufficient", "textual")
		if pictures {
			features = append(features, "alternativeText")
			summary = append(summary, b.messages.Pictures)
		}
	}
	if b.maths {
		features = append(features, "MathML")
		summary = append(summary, b.messages.Formulas)
	}
	b.Manifest.Pages(func(p release.Entry) bool {
		if p.Kind == "index" {
			features = append(features, "index")
		}
		return p.Kind != "index"
	})
	for _, f := range features {
		meta("accessibilityFeature", f)
	}
	if b.gifs {
		meta("accessibilityHazard", "unknown")
	} else {
		meta("accessibilityHazard", "none")
	}
	meta("accessibilitySummary", strings.Join(append(summary, b.messages.Printed), " "))
}
