package markdown

import (
	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// tocClass marks the list that becomes the table of contents of a page, until the
// page's sections are known.
const tocClass = "toc"

// contents stands in the place of the marker of mdbook-toc.
func (c *converter) contents(pos cnxml.Pos) *cnxml.Node {
	c.hasContents = true
	return with(element("list", pos), "list-type", "bulleted", "class", tocClass)
}

// fillContents puts links to the sections into the tables of contents. The
// heading of the page is none of them.
func (c *converter) fillContents(content *cnxml.Node) {
	if !c.hasContents {
		return
	}
	var lists []*cnxml.Node
	content.Walk(func(n *cnxml.Node) bool {
		if n.Is("list") && n.Attr("class") == tocClass && len(n.Children) == 0 {
			lists = append(lists, n)
		}
		return true
	})
	for i, list := range lists {
		if i < contentsMost {
			list.Children = sectionLinks(content, list.Pos, c.toc.Levels-1)
		}
	}
}

// contentsMost is how many tables of contents a page may have.
const contentsMost = 10

// sectionLinks are items that lead to the sections in n, so many levels deep.
func sectionLinks(n *cnxml.Node, pos cnxml.Pos, levels int) []*cnxml.Node {
	var items []*cnxml.Node
	for _, section := range n.Children {
		if !section.Is("section") {
			continue
		}
		title := section.Child("title")
		if title == nil || section.ID() == "" {
			continue
		}
		item := element("item", pos, with(element("link", pos, textNode(title.PlainText(), pos)), "target-id", section.ID()))
		if levels > 1 {
			if below := sectionLinks(section, pos, levels-1); len(below) > 0 {
				item.Children = append(item.Children, with(element("list", pos, below...), "list-type", "bulleted"))
			}
		}
		items = append(items, item)
	}
	return items
}
