package mdbook

import (
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
)

// redirect is a page that has moved: a line of the table output.html.redirect
// of book.toml.
type redirect struct {
	from string // the old page, relative to the book
	to   string // relative to the old page, or an address
	at   cnxml.Pos
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
			r.at = cnxml.NewCursor(data).At(place.Position.Start)
		}
		all = append(all, r)
	}
	return all, ok
}

// checkRedirects looks for the pages that old ones lead to.
func (r *reader) checkRedirects(context.Context) error {
	for _, m := range r.moved {
		file := withoutQuery(m.to)
		if schemeOf(m.to) != "" || strings.HasPrefix(m.to, "/") {
			continue // another site, or another part of this one
		}
		name := path.Join(r.src, path.Dir(m.from), decoded(file))
		if file == "" {
			name = path.Join(r.src, m.from) // a place in the same page
		}
		isPage := func(candidate string) bool { return r.chapters[candidate] != nil }
		if slices.ContainsFunc(pagesOf(name, strings.HasSuffix(file, "/")), isPage) {
			continue
		}
		ok := false
		if fs.ValidPath(name) {
			var err error
			if ok, err = r.files.Exists(name); err != nil {
				return err
			}
		}
		if !ok {
			r.config.Warning(m.at, "redirect-missing", "%s is to lead to %s, which is no page of the book; correct the path, which is relative to the old page",
				cnxml.Quote(m.from), cnxml.Quote(m.to))
		}
	}
	return nil
}
