package offline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/unicode/norm"

	"github.com/rhaptos/rhaptos/publish/export/content"
	"github.com/rhaptos/rhaptos/publish/release"
)

// searchPage is a page as the search of the zip knows it.
type searchPage struct {
	Title   string       `json:"t"`
	Address string       `json:"a"` // from the page of contents
	Parts   []searchPart `json:"p"`
}

// searchPart is a section of a page, or what stands before the first.
type searchPart struct {
	ID    string `json:"i,omitempty"`
	Title string `json:"t,omitempty"`
	Text  string `json:"x"`
}

// indexed returns the searchable text of a page by sections, in Unicode
// normalisation form C, so that the search can compare letter by letter.
func indexed(p release.Entry, address string, article *html.Node) searchPage {
	page := searchPage{Title: norm.NFC.String(strings.TrimSpace(p.Number + " " + p.Plain)), Address: address}
	page.Parts = []searchPart{{}} // what stands before the first section
	page.add(article)
	if page.Parts[0].Text == "" && len(page.Parts) > 1 {
		page.Parts = page.Parts[1:]
	}
	return page
}

// add takes in what is in n.
func (page *searchPage) add(within *html.Node) {
	for n := range within.ChildNodes() {
		switch id := content.Attribute(n, "id"); {
		case n.DataAtom == atom.Header && content.HasClass(n, "heading"):
		case content.HoldsSections(n):
			page.add(n)
		case n.DataAtom == atom.Section && id != "":
			part := searchPart{ID: id, Text: running(n)}
			if h := firstHeading(n); h != nil {
				part.Title = running(h)
			}
			page.Parts = append(page.Parts, part)
		default:
			last := &page.Parts[len(page.Parts)-1]
			last.Text = strings.TrimSpace(last.Text + " " + running(n))
		}
	}
}

func firstHeading(n *html.Node) *html.Node {
	for c := range n.ChildNodes() {
		switch c.DataAtom {
		case atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
			return c
		}
	}
	return nil
}

// breaking are elements whose text does not run on into their neighbour's.
var breaking = map[atom.Atom]bool{atom.P: true, atom.Div: true, atom.Li: true, atom.Td: true, atom.Th: true, atom.Dt: true, atom.Dd: true,
	atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true, atom.Figure: true, atom.Figcaption: true,
	atom.Section: true, atom.Aside: true, atom.Pre: true, atom.Blockquote: true, atom.Br: true, atom.Summary: true, atom.Caption: true}

// running is the text of a node on one line, with the descriptions of pictures.
func running(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
		case n.Type != html.ElementNode || n.Namespace == "" && (n.DataAtom == atom.Script || n.DataAtom == atom.Style):
			return
		case n.DataAtom == atom.Img:
			b.WriteString(" " + content.Attribute(n, "alt") + " ")
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
		if breaking[n.DataAtom] {
			b.WriteByte(' ')
		}
	}
	walk(n)
	return norm.NFC.String(strings.Join(strings.Fields(b.String()), " "))
}

// indexPiece is about how much of the index one file holds, in bytes.
const indexPiece = 1 << 20

// index writes what the search knows as scripts: a browser lets a file load no
// other file but those. Each is written as soon as it is full. JSON as
// encoding/json writes it is safe within a script.
type index struct {
	to     Folder
	buffer bytes.Buffer
	files  []string // that are written, in their order
}

func (x *index) add(p searchPage) error {
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if x.buffer.Len() == 0 {
		x.buffer.WriteString("searchIndex.push(\n")
	}
	x.buffer.Write(data)
	x.buffer.WriteString(",\n")
	if x.buffer.Len() < indexPiece {
		return nil
	}
	return x.flush()
}

// flush writes what has been added since the last time.
func (x *index) flush() error {
	if x.buffer.Len() == 0 {
		return nil
	}
	x.buffer.WriteString(");\n")
	name := fmt.Sprintf("search/%d.js", len(x.files)+1)
	x.files = append(x.files, name)
	defer x.buffer.Reset()
	return x.to.Put(name, x.buffer.Bytes())
}
