package render

import (
	"slices"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// content writes the text of a module's page. In an introduction the outline of
// the chapter stands before the text, behind the pictures that open it.
func (r *renderer) content(n *cnxml.Node) {
	pages := r.ChapterOutline(r.page)
	if len(pages) == 0 {
		r.blocks(n)
		return
	}
	var opening []*cnxml.Node
	text := slices.DeleteFunc(slices.Clone(n.Children), func(c *cnxml.Node) bool {
		opens := c.Space == cnxml.CNXML && outline.HasClass(c.Attr("class"), "splash", "has-splash")
		if opens {
			opening = append(opening, c)
		}
		return opens
	})
	r.runs(opening)
	r.chapterOutline(pages)
	r.runs(text)
}

// chapterOutline lists pages of the chapter.
func (r *renderer) chapterOutline(pages []*outline.Page) {
	r.w.Element("section", []attr{{"class", "chapter-outline"}}, func() {
		end := r.heading(nil, func() { r.w.Text(r.Messages.Page.ChapterOutline) })
		r.w.Element("ul", nil, func() {
			for _, p := range pages {
				r.w.Element("li", nil, func() { r.pageLink(p) })
			}
		})
		end()
	})
}
