package outline

// Chapter is a part of the book whose pages are numbered below its number.
type Chapter struct {
	Number string
	Title  string  // as text
	Pages  []*Page // of the modules that stand in it and in no part of it, in their order
}

// ChapterOutline is what a page lists as an outline of its chapter: the pages with
// a number, if it is the chapter's introduction and the recipe wants that.
func (o *Outline) ChapterOutline(p *Page) []*Page {
	if !o.Recipe.Outline || o.Source.Format != "openstax" || !p.introduces() {
		return nil
	}
	var numbered []*Page
	for _, q := range p.In.Pages {
		if q.Number != "" {
			numbered = append(numbered, q)
		}
	}
	return numbered
}

// introduces reports whether the page is an introduction of its chapter.
func (p *Page) introduces() bool {
	return p.In != nil && p.Module != nil && p.Number == "" && HasClass(p.Module.Class, "introduction")
}

// LeavesOutAbstract reports whether a page is printed without the abstract of its
// module: as OpenStax prints introductions, which have an outline, and prefaces
// (cookbook, lib/kitchen/directions/bake_chapter_introductions and bake_preface).
func (o *Outline) LeavesOutAbstract(p *Page) bool {
	return o.Recipe.Printed() && (p.introduces() || HasClass(p.Module.Class, "preface"))
}
