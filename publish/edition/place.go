package edition

import (
	"html/template"
	"slices"

	"github.com/rhaptos/rhaptos/publish/release"
)

// maxNear is how many pages a [Section] lists around a page that is among more.
const maxNear = 60

// place is where a page is in the contents.
type place struct {
	above []PageLink
	near  *Section
}

// places returns the place of each page of the contents by its slug.
func places(contents []release.Entry) map[string]place {
	found := map[string]place{}
	var walk func(entries []release.Entry, top *PageLink, above []PageLink)
	walk = func(entries []release.Entry, top *PageLink, above []PageLink) {
		links := make([]PageLink, len(entries))
		for i, e := range entries {
			links[i] = entryLink(e)
		}
		for i, e := range entries {
			link := &links[i]
			walk(e.Children, link, append(above[:len(above):len(above)], *link))
			if e.Slug == "" {
				continue
			}
			p := place{above: above, near: &Section{Top: top, Pages: around(links, i)}}
			if len(e.Children) > 0 {
				p.near = &Section{Top: link, Pages: below(e.Children)}
			}
			if len(p.near.Pages) == 1 && p.near.Top == nil {
				p.near = nil
			}
			found[e.Slug] = p
		}
	}
	walk(contents, nil, nil)
	return found
}

func below(entries []release.Entry) []PageLink {
	var links []PageLink
	for _, e := range entries[:min(len(entries), maxNear)] {
		links = append(links, entryLink(e))
	}
	return links
}

// around returns the links near the one with the index.
func around(links []PageLink, i int) []PageLink {
	from := max(0, min(i-maxNear/2, len(links)-maxNear))
	return slices.Clone(links[from:min(len(links), from+maxNear)])
}

// entryLink leads to the page of an entry, and from a heading to the first page below.
func entryLink(e release.Entry) PageLink {
	link := PageLink{Slug: e.Slug, Number: e.Number, Title: template.HTML(e.Title)}
	for first := e; link.Slug == "" && len(first.Children) > 0; {
		first = first.Children[0]
		link.Slug = first.Slug
	}
	return link
}
