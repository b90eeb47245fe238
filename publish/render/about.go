package render

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cite"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// about writes whose the book is, under which terms, and how to cite it. It
// holds no number and no date: those are an edition's, and the page may be the
// same in many.
func (r *renderer) about() {
	b := r.Source
	r.w.Element("dl", []attr{{"class", "about"}}, func() {
		r.fact(r.Messages.Page.Authors, len(b.Authors) > 0, func() { r.w.Text(strings.Join(cite.Plain(b.Authors), ", ")) })
		r.fact(r.Messages.Page.Publisher, b.Publisher != "", func() { r.w.Text(b.Publisher) })
		r.fact(r.Messages.Page.Edition, b.Edition != "" || b.Year != 0, func() {
			r.w.Text(strings.TrimSpace(b.Edition + " " + year(b.Year)))
		})
		r.fact(r.Messages.Page.Source, external(b.URL) != "", func() { r.webLink(b.URL, b.URL) })
		r.fact(r.Messages.Page.License, b.License.Name != "" || b.License.URL != "", func() { r.webLink(b.License.URL, b.License.Name) })
		r.fact(r.Messages.Page.DerivedFrom, b.Origin.Title != "", r.origin)
	})
	r.citations()
	if text := strings.TrimSpace(b.License.Text); text != "" {
		end := r.heading(nil, func() { r.w.Text(r.Messages.Page.LicenseText) })
		for paragraph := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
			if paragraph = strings.TrimSpace(paragraph); paragraph != "" {
				r.w.Element("p", []attr{{"class", "license-text"}}, func() { r.w.Text(paragraph) })
			}
		}
		end()
	}
}

// fact writes a line of the list, if there is anything to say.
func (r *renderer) fact(name string, known bool, write func()) {
	if !known {
		return
	}
	r.w.Element("div", nil, func() {
		r.w.Element("dt", nil, func() { r.w.Text(name) })
		r.w.Element("dd", nil, write)
	})
}

// webLink is a name that leads to an address, or whichever of both there is.
func (r *renderer) webLink(address, name string) {
	name = cmp.Or(outline.OneLine(name), address)
	if href := external(address); href != "" {
		r.w.Element("a", []attr{{"href", href}, {"rel", "noopener"}}, func() { r.w.Text(name) })
		return
	}
	r.w.Text(name)
}

// origin names the work that the book is adapted from.
func (r *renderer) origin() {
	o := r.Source.Origin
	r.webLink(o.URL, o.Title)
	if len(o.Authors) > 0 {
		r.w.Text(" " + r.Messages.Page.OriginalBy + " " + strings.Join(cite.Plain(o.Authors), ", "))
	}
	if o.License != "" || o.LicenseURL != "" {
		r.w.Text(" (")
		r.webLink(o.LicenseURL, o.License)
		r.w.Text(")")
	}
}

func (r *renderer) citations() {
	b := r.Source
	w := cite.Work{Key: b.Slug, Title: b.Title, Authors: b.Authors, Edition: b.Edition, Publisher: b.Publisher,
		Year: b.Year, Language: b.Language, URL: external(b.URL)}
	end := r.heading(nil, func() { r.w.Text(r.Messages.Page.HowToCite) })
	r.w.Element("dl", []attr{{"class", "citations"}}, func() {
		for _, style := range []struct {
			name string
			text cite.Text
		}{{"APA", cite.APA(w)}, {"MLA", cite.MLA(w)}, {"Chicago", cite.Chicago(w)}} {
			r.fact(style.name, true, func() { r.citation(style.text) })
		}
	})
	r.w.Element("p", nil, func() {
		r.w.Element("a", []attr{{"href", "./"}}, func() { r.w.Text(r.Messages.Page.ThisEdition) })
	})
	r.w.Element("details", []attr{{"class", "records"}}, func() {
		r.w.Element("summary", nil, func() { r.w.Text(r.Messages.Page.ForPrograms) })
		for _, record := range []struct{ name, text string }{{"BibTeX", cite.BibTeX(w)}, {"RIS", cite.RIS(w)}, {"CSL-JSON", cite.CSLJSON(w)}} {
			r.w.Element("p", nil, func() { r.w.Text(record.name) })
			r.w.Element("pre", []attr{{"class", "code"}}, func() {
				r.w.Element("code", nil, func() { r.w.Text(strings.TrimSpace(record.text)) })
			})
		}
	})
	end()
}

func (r *renderer) citation(t cite.Text) {
	for _, p := range t {
		if p.Title {
			r.w.Element("cite", nil, func() { r.w.Text(p.Text) })
			continue
		}
		r.w.Text(p.Text)
	}
}

func year(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
