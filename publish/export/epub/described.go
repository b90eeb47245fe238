package epub

import (
	"slices"
	"strconv"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/rhaptos/rhaptos/publish/export/content"
)

// describeTables makes the text for screen readers in the captions of tables the
// descriptions of the tables. Pages hide it by its place, which reading systems
// that do not know positions would show. An element with the hidden attribute is
// shown by none, and still describes (Accessible Name and Description Computation
// 1.2, step 2A).
func describeTables(article *html.Node, taken map[string]bool) {
	var hidden []*html.Node
	for n := range article.Descendants() {
		if n.DataAtom == atom.Span && content.HasClass(n, "sr") {
			hidden = append(hidden, n)
		}
	}
	for i, text := range hidden {
		id := "description-" + strconv.Itoa(i+1)
		for taken[id] {
			id += "x"
		}
		taken[id] = true
		setAttribute(text, "id", id)
		setAttribute(text, "hidden", "hidden")
		text.Attr = slices.DeleteFunc(text.Attr, func(a html.Attribute) bool { return a.Key == "class" })
		for up := text.Parent; up != nil; up = up.Parent {
			if up.DataAtom == atom.Table {
				setAttribute(up, "aria-describedby", id)
				break
			}
		}
	}
}
