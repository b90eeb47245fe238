package openstax

import (
	"context"
	"maps"
	"path"
	"slices"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// listedPages are the pages of the books, by id: an order that does not depend
// on how books and files are ordered.
func (r *reader) listedPages() []*page {
	var all []*page
	for _, id := range slices.Sorted(slices.Values(r.order)) {
		if p := r.pages[id]; p.checked() {
			all = append(all, p)
		}
	}
	return all
}

// checkLinks follows the links of the books' modules to other modules.
func (r *reader) checkLinks(context.Context) error {
	ids := slices.Sorted(maps.Keys(r.pages))
	for _, p := range r.listedPages() {
		for _, l := range p.analysis.result.links {
			r.checkLink(p, l, ids)
		}
	}
	for _, id := range r.outside { // else links into it cannot be checked
		if p := r.pages[id]; p.analysis != nil && !p.checked() && r.linked[id] {
			p.report.Include(p.analysis.problems)
		}
	}
	return nil
}

func (r *reader) checkLink(p *page, l pageLink, ids []string) {
	target := r.pages[l.document]
	if target == nil || target.analysis == nil {
		problem := l.documentAt.Problem(collection.Error, "link-page-missing",
			"document=%s is no module of this repository; correct it or remove the link", cnxml.Quote(l.document))
		r.suggest(&problem, "document", l.document, ids)
		p.report.Add(problem)
		return
	}
	if m := r.lib.Modules[l.document]; m != nil {
		r.lib.Modules[p.id].Pages[m.ID] = m
	} else if r.linked[l.document] = true; !r.unreadBooks {
		p.report.Add(l.documentAt.Problem(collection.Warning, "link-page-unpublished",
			"the module %s is in no book, so readers see the text of the link only; add the module to a book", cnxml.Quote(l.document)))
	}
	if l.target == "" || !target.checked() || target.analysis.result.has(l.target) {
		return
	}
	problem := missingTarget(l.targetAt, l.target, "the module "+cnxml.Quote(l.document))
	r.suggest(&problem, "target-id", l.target, target.analysis.result.ids)
	p.report.Add(problem)
}

// checkInteractives looks for the interactive exercises that pages link to.
func (r *reader) checkInteractives(context.Context) error {
	for _, p := range r.listedPages() {
		for _, i := range p.analysis.result.interacts {
			name := path.Join(r.roots.public, i.src, "h5p.json")
			ok, err := r.files.Exists(name)
			if err != nil {
				return err
			}
			if !ok {
				p.report.Add(i.at.Problem(collection.Error, "interactive-missing",
					"the interactive exercise %s does not exist; add %s or remove the link", cnxml.Quote(i.src), cnxml.Escape(name)))
			}
		}
	}
	return nil
}
