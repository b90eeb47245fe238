package render

import (
	"context"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// generated writes a page that no module has.
func (r *renderer) generated(ctx context.Context) error {
	switch r.page.Kind {
	case outline.Collected:
		if err := r.collected(ctx); err != nil {
			return err
		}
	case outline.Answers:
		if err := r.answerKey(ctx); err != nil {
			return err
		}
		r.problems = nil
	case outline.Glossary:
		if r.hasDefinitions() {
			r.keyTerms()
			break
		}
		r.bookGlossary()
		r.problems = nil // they are reported where the definitions stand
	case outline.Index:
		r.bookIndex()
		r.problems = nil
	case outline.About:
		r.about()
	}
	r.footnoteSection()
	r.lostIDs()
	return nil
}

// hasDefinitions reports whether the page is where definitions stand, and not a
// second place for them.
func (r *renderer) hasDefinitions() bool {
	return slices.ContainsFunc(r.page.Excerpts, func(p outline.Excerpt) bool { return p.Glossary })
}

// collected writes sections of a chapter. If the recipe says so they stand below
// the title of the page that each is from.
func (r *renderer) collected(ctx context.Context) error {
	if r.page.OfBook() {
		return r.collectedOfBook(func(part outline.Excerpt) error { return r.collectedFrom(ctx, part) })
	}
	end := func() {}
	for i, part := range r.page.Excerpts {
		if r.page.Headed() && (i == 0 || r.page.Excerpts[i-1].Class != part.Class) {
			end()
			end = r.heading(nil, r.lineInside(r.ClassTitle(r.page, part.Class)))
		}
		if err := r.collectedFrom(ctx, part); err != nil {
			return err
		}
	}
	end()
	return nil
}

func (r *renderer) collectedFrom(ctx context.Context, part outline.Excerpt) error {
	from, err := r.ModuleText(ctx, part.Of)
	if err != nil {
		return err
	}
	r.src = from
	title := outline.OneLine(r.ClassTitle(r.page, part.Class).ReadableText())
	if !r.page.Headed() {
		title = r.page.PlainTitle
	}
	sections := func() {
		for _, i := range part.Sections {
			if i < len(from.Sections) {
				r.collectedSection(from.Sections[i], title)
			}
		}
	}
	if !r.page.ByModule() {
		sections()
		return nil
	}
	r.w.Element("section", []attr{{"class", "from"}}, func() {
		end := r.heading(nil, func() { r.pageLink(part.Of) })
		sections()
		end()
	})
	return nil
}

// collectedSection writes one. Its title is left out where the page says it
// already.
func (r *renderer) collectedSection(n *cnxml.Node, said string) {
	title := outline.OneLine(n.Child("title").ReadableText())
	name := "section"
	if title == "" || strings.EqualFold(title, said) || strings.EqualFold(title, r.page.PlainTitle) {
		name = "div" // a section of HTML has a heading
	}
	r.w.Element(name, r.attrs(n), func() {
		end := func() {}
		if name == "section" {
			end = r.titleHeading(n)
		}
		r.blocks(n, "title", "label")
		end()
	})
}
