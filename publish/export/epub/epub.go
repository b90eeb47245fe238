package epub

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/export/content"
	"github.com/rhaptos/rhaptos/publish/messages"
	"github.com/rhaptos/rhaptos/publish/release"
)

//go:embed assets/epub.css
var style []byte

// MediaType is the media type of an EPUB (EPUB 3.2, OCF, section 4.3).
const MediaType = "application/epub+zip"

// Write writes the edition as an EPUB 3.2 publication.
func Write(ctx context.Context, w io.Writer, e *content.Edition) error {
	b, err := newEPUB(ctx, w, e)
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{b.head, b.pictures, b.texts, b.frame} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("make EPUB of %s: %w", e.Name(), err)
		}
	}
	return b.archive.Close()
}

// epub is a publication being written. What its package document has to say is
// collected on the way, so that is written last.
type epub struct {
	*content.Edition
	archive  *content.Zip
	messages *messages.Export
	base     *content.Addresses
	pages    []release.Entry
	files    map[string]string // from a page's slug to its name in text/
	picture  map[string]string // from a picture's path to its name in media/
	items    []item
	breaks   []pageBreak
	cover    string // name of the cover's picture

	maths, gifs, undescribed bool
	length                   int // characters of text so far, for page breaks
}

// item is a line of the manifest of a package document.
type item struct{ id, href, mediaType, properties string }

// pageBreak is a place in the text that a number of the page list leads to.
type pageBreak struct {
	label int
	href  string
}

func newEPUB(ctx context.Context, w io.Writer, e *content.Edition) (*epub, error) {
	b := &epub{
		Edition: e, archive: content.NewZip(w, e.Published), messages: &messages.For(e.Language()).Export, base: content.NewAddresses(e),
		pages: e.Pages(), files: map[string]string{}, picture: map[string]string{},
	}
	b.base.IDs = content.Places{}
	given := content.NewNames()
	for i, p := range b.pages {
		name := given.Give(fmt.Sprintf("%04d-%s", i+1, p.Slug), ".xhtml")
		b.files[p.Slug], b.base.Files[p.Slug] = name, name
		article, err := e.Article(ctx, p.Slug)
		if err != nil {
			return nil, err
		}
		b.base.IDs.Add(p.Slug, article)
	}
	b.base.Files[""] = "../nav.xhtml"
	return b, nil
}

// head writes what an EPUB must begin with: its media type, bare (OCF, section
// 4.3), and where its package document is.
func (b *epub) head(context.Context) error {
	h := &zip.FileHeader{Name: "mimetype", Method: zip.Store, CRC32: crc32.ChecksumIEEE([]byte(MediaType)),
		CompressedSize64: uint64(len(MediaType)), UncompressedSize64: uint64(len(MediaType))}
	w, err := b.archive.CreateRaw(h)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, MediaType); err != nil {
		return err
	}
	if err := b.archive.Put("META-INF/container.xml", []byte(content.XMLDeclaration+
		`<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>`+
		`<rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>`+"\n")); err != nil {
		return err
	}
	return b.put("style", "style.css", "text/css", "", style)
}

func (b *epub) put(id, name, mediaType, properties string, data []byte) error {
	b.items = append(b.items, item{id, name, mediaType, properties})
	return b.archive.Put("EPUB/"+name, data)
}

// texts writes the pages in reading order.
func (b *epub) texts(ctx context.Context) error {
	for i, p := range b.pages {
		article, err := b.Article(ctx, p.Slug)
		if err != nil {
			return err
		}
		c := &content.Cleaner{Slug: p.Slug, Messages: b.messages, Addresses: b.base, EPUBTypes: true,
			Picture: func(path string) (string, bool) {
				name, ok := b.picture[path]
				return "../media/" + name, ok
			}}
		c.Clean(article)
		writeMarks(article, b.Language())
		describeTables(article, c.Seen)
		b.addBreaks(article, p.Slug, c.Seen)
		b.maths, b.undescribed = b.maths || c.HasMaths, b.undescribed || c.Undescribed
		properties := ""
		if c.HasMaths {
			properties = "mathml"
		}
		if content.Find(article, atom.Svg) != nil {
			properties = strings.TrimSpace(properties + " svg")
		}
		title := strings.TrimSpace(p.Number + " " + p.Plain)
		if err := b.put(fmt.Sprintf("p%04d", i+1), "text/"+b.files[p.Slug], xhtmlType, properties,
			b.xhtml(title, "../style.css", "bodymatter", sectionType(p), article)); err != nil {
			return err
		}
	}
	return nil
}

const xhtmlType = "application/xhtml+xml"

// sectionType is the epub:type of a page: what it is, if that is known.
func sectionType(p release.Entry) string {
	switch p.Kind {
	case "glossary", "index":
		return p.Kind
	case "answers":
		return "answers"
	}
	return ""
}

// xhtml is a content document that holds what is in n.
func (b *epub) xhtml(title, style, body, section string, n *html.Node) []byte {
	var buf bytes.Buffer
	b.open(&buf, title, style, body)
	buf.WriteString("<section" + epubTypeAttribute(section) + ">\n")
	content.WriteXML(&buf, n, "")
	buf.WriteString("\n</section>\n</body>\n</html>\n")
	return buf.Bytes()
}

func epubTypeAttribute(t string) string {
	if t == "" {
		return ""
	}
	return ` epub:type="` + t + `"`
}

// opsSpace is the namespace of epub:type.
const opsSpace = "http://www.idpf.org/2007/ops"

// open begins a content document.
func (b *epub) open(buf *bytes.Buffer, title, style, body string) {
	lang := content.Quote(b.Language())
	fmt.Fprintf(buf, content.XMLDeclaration+`<!DOCTYPE html>
<html xmlns="%s" xmlns:epub="%s" lang="%s" xml:lang="%s" dir="%s">
<head>
<meta charset="utf-8"/>
<title>%s</title>
<link rel="stylesheet" type="text/css" href="%s"/>
</head>
<body%s>
`, content.HTMLSpace, opsSpace, lang, lang, collection.Direction(b.Language()), content.Quote(cmp.Or(title, b.Manifest.Book.Title, b.Name())), style, epubTypeAttribute(body))
}

// perPage is the number of characters between two page breaks, about as many as on
// a printed page.
const perPage = 2000

// addBreaks marks places in the text that everybody can name, whatever size
// their screen has: an EPUB has no pages of its own. They stand between blocks.
func (b *epub) addBreaks(article *html.Node, slug string, taken map[string]bool) {
	b.addBreak(article, article.FirstChild, slug, taken)
	b.breaksIn(article, slug, taken)
}

func (b *epub) breaksIn(n *html.Node, slug string, taken map[string]bool) {
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		if b.length >= perPage && child.Type == html.ElementNode {
			b.addBreak(n, child, slug, taken)
		}
		if child.DataAtom == atom.Section || content.HoldsSections(child) {
			b.breaksIn(child, slug, taken)
		} else {
			b.length += len([]rune(content.Text(child)))
		}
	}
}

func (b *epub) addBreak(parent, before *html.Node, slug string, taken map[string]bool) {
	label := len(b.breaks) + 1
	id := "page-break-" + strconv.Itoa(label)
	for taken[id] {
		id += "x"
	}
	taken[id] = true
	parent.InsertBefore(content.NewElement(atom.Div, html.Attribute{Key: "id", Val: id}, html.Attribute{Key: "class", Val: "page-break"},
		html.Attribute{Key: "epub:type", Val: "pagebreak"}, html.Attribute{Key: "role", Val: "doc-pagebreak"},
		html.Attribute{Key: "aria-label", Val: strconv.Itoa(label)}), before)
	b.breaks = append(b.breaks, pageBreak{label, "text/" + b.files[slug] + "#" + id})
	b.length = 0
}
