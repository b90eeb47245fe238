package openstax

import (
	"context"
	"path"
	"slices"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// readOutside reads the modules that no book contains and links lead to.
func (r *reader) readOutside(ctx context.Context) error {
	var outside []*page
	for _, id := range r.order {
		for _, n := range r.pages[id].links {
			target := n.Attr("document")
			if r.pages[target] != nil || !isModuleID(target) {
				continue
			}
			name := path.Join(r.root, target, "index.cnxml")
			p := &page{Module: &collection.Module{ID: target, Path: name}, report: collection.NewReport(name)}
			outside, r.pages[target] = append(outside, p), p
		}
	}
	err := r.each(ctx, outside, func(p *page) error { return p.read(r.files) })
	if err != nil {
		return err
	}
	for _, p := range outside {
		if p.found && p.root == nil { // else links into it cannot be judged
			r.reports = append(r.reports, p.report)
		}
	}
	return nil
}

// checkLinks follows the links of the library's modules.
func (r *reader) checkLinks(context.Context) error {
	for _, id := range r.order {
		p := r.pages[id]
		for _, n := range p.links {
			r.checkLink(p, n)
		}
	}
	return nil
}

func (r *reader) checkLink(p *page, n *cnxml.Node) {
	document, id := n.Attr("document"), n.Attr("target-id")
	if document == "" && id == "" {
		return
	}
	target := p
	if document != "" {
		target = r.pages[document]
	}
	if target == nil || !target.found {
		p.report.Error(attrPos(n, "document"), "link-page-missing",
			"document=%s is no module of this repository; correct it or remove the link", cnxml.Quote(document))
		return
	}
	if m := r.lib.Modules[document]; m != nil {
		p.Pages[document] = m
	}
	if id != "" && target.root != nil && !target.ids[id] {
		where := "this module"
		if document != "" {
			where = "the module " + cnxml.Quote(document)
		}
		p.report.Error(attrPos(n, "target-id"), "link-target-missing",
			"target-id=%s is not an id in %s; correct it or remove the link", cnxml.Quote(id), where)
	}
}

// checkUUIDs reports modules that have the same UUID: it names a page for ever.
func (r *reader) checkUUIDs(context.Context) error {
	first := map[string]*page{}
	for _, id := range slices.Sorted(slices.Values(r.order)) {
		p := r.pages[id]
		if p.UUID == "" {
			continue
		}
		if other := first[p.UUID]; other != nil {
			p.report.Error(p.uuid, "duplicate-uuid", "the module %s has the same UUID; give this one its own", cnxml.Quote(other.ID))
			continue
		}
		first[p.UUID] = p
	}
	return nil
}
