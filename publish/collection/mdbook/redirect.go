package mdbook

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/mdbook/markdown"
)

// redirect is a page that has moved: a line of the table output.html.redirect
// of book.toml.
type redirect struct {
	from string        // the old page, relative to the book
	to   string        // relative to the old page, or an address
	at   markdown.Spot // of the new page in book.toml
}

// destination is the value of such a line. It refuses every value, since the
// decoder tells places in errors only.
type destination struct {
	text string
	ok   bool
}

// UnmarshalTOML implements toml.Unmarshaler.
func (d *destination) UnmarshalTOML(value any) error {
	if d.text, d.ok = value.(string); !d.ok {
		return errors.New("the value is not a string; put it in quotes")
	}
	return errors.New("read")
}

// readRedirects reads the table. It reports whether it is as it should be.
func readRedirects(table map[string]toml.Primitive, defined *toml.MetaData, data []byte, report *collection.Report) (all []redirect, ok bool) {
	ok = true
	cursor := cnxml.NewCursor(data) // one for all: each goes over the text once
	at := func(from, to int) collection.Place { return collection.Place{Pos: cursor.At(from), End: cursor.At(to)} }
	for _, from := range slices.Sorted(maps.Keys(table)) {
		var to destination
		err := defined.PrimitiveDecode(table[from], &to)
		if !to.ok {
			tomlProblem(err, data, report)
			ok = false
			continue
		}
		r := redirect{from: strings.TrimPrefix(from, "/"), to: to.text}
		if place := (toml.ParseError{}); errors.As(err, &place) {
			start := place.Position.Start
			r.at.Exact = to.text != "" && bytes.HasPrefix(data[start:], []byte(to.text))
			r.at.Place = at(start, start+place.Position.Len)
			if r.at.Exact {
				r.at.Place = at(start, start+len(to.text))
			}
		}
		all = append(all, r)
	}
	return all, ok
}

// checkRedirects looks for the pages that old ones lead to.
func (r *reader) checkRedirects(context.Context) error {
	byOld := map[string]redirect{}
	for _, m := range r.moved {
		byOld[m.old()] = m
	}
	looping := loops(byOld)
	for _, m := range r.moved {
		page := r.pageAt(path.Join(r.src, m.from))
		_, goesOn := byOld[m.next()]
		switch {
		case page != nil:
			r.config.Add(m.at.Problem(collection.Warning, "redirect-over-page", "%s is a page of the book and cannot lead elsewhere too; remove the line or the chapter %s",
				cnxml.Quote(m.from), cnxml.Escape(page.name)))
		case looping[m.old()]:
			r.config.Add(m.at.Problem(collection.Warning, "redirect-loop", "%s comes back to itself by %s; let one of them lead to a page of the book",
				cnxml.Quote(m.from), cnxml.Quote(m.to)))
		case goesOn:
			r.book.Redirects = append(r.book.Redirects, collection.Redirect{From: m.old(), To: m.next()})
		case m.next() != "":
			if to := r.pageAt(path.Join(r.src, m.next())); to != nil {
				r.book.Redirects = append(r.book.Redirects, collection.Redirect{From: m.old(), To: to.ID})
			}
			if err := r.checkRedirect(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// loops are the old pages that come back to themselves.
func loops(byOld map[string]redirect) map[string]bool {
	looping, seen := map[string]bool{}, map[string]string{} // by which start a page was seen first
	for start := range byOld {
		at := start
		for {
			m, isOld := byOld[at]
			if _, known := seen[at]; known || !isOld {
				break
			}
			seen[at] = start
			at = m.next()
		}
		for first, known := seen[at]; known && first == start && !looping[at]; { // the walk has come back to its own way
			looping[at] = true
			at = byOld[at].next()
		}
	}
	return looping
}

// old is the old page as another redirect may name it.
func (m redirect) old() string { return path.Clean(m.from) }

// next is the page that m leads to, relative to the book; empty if it is on
// another site, or in another part of this one.
func (m redirect) next() string {
	file := markdown.Decoded(withoutQuery(m.to))
	switch {
	case markdown.Scheme(m.to) != "", strings.HasPrefix(m.to, "/"):
		return ""
	case file == "": // a place in the same page
		return m.old()
	}
	return path.Join(path.Dir(m.from), file)
}

// checkRedirect looks for the page that an old one leads to.
func (r *reader) checkRedirect(m redirect) error {
	name := path.Join(r.src, m.next())
	if r.pageAt(name) != nil || strings.HasSuffix(withoutQuery(m.to), "/") && r.pageAt(name+"/") != nil {
		return nil
	}
	if fs.ValidPath(name) {
		if ok, err := r.files.Exists(name); ok || err != nil {
			return err
		}
	}
	p := m.at.Problem(collection.Warning, "redirect-missing", "%s is to lead to %s, which is no page of the book; correct the path, which is relative to the old page",
		cnxml.Quote(m.from), cnxml.Quote(m.to))
	if wanted := pagesOf(name, false); len(wanted) > 0 && path.Ext(name) != "" {
		r.suggestPage(&p, m.at, path.Join(r.src, path.Dir(m.from)), m.to, wanted[0])
	}
	r.config.Add(p)
	return nil
}

// pageAt is the chapter that a path in the book may mean; nil if there is none.
func (r *reader) pageAt(name string) *chapter {
	for _, candidate := range pagesOf(strings.TrimSuffix(name, "/"), strings.HasSuffix(name, "/")) {
		if page := r.chapters[candidate]; page != nil {
			return page
		}
	}
	return nil
}
