package decision

import (
	"net/http"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/web/negotiate"
)

// The fields of proactive negotiation (12.1).
const (
	accept         = "Accept"
	acceptLanguage = "Accept-Language"
	acceptEncoding = "Accept-Encoding"
)

// selection is the state of the stage that chooses a representation.
type selection struct {
	all    []Representation
	kept   []Representation // those that agree with what has been looked at so far
	failed string           // the field that accepted nothing
	vary   []string
	chosen *Representation
}

// dimension is one property by which representations differ.
type dimension struct {
	field  string
	value  func(*Representation) string
	choose func(field, offers []string) (int, bool)
}

var (
	byType     = dimension{accept, func(r *Representation) string { return r.Type }, negotiate.MediaType}
	byLanguage = dimension{acceptLanguage, func(r *Representation) string { return r.Language }, negotiate.Language}
	byCoding   = dimension{acceptEncoding, func(r *Representation) string { return r.Coding }, negotiate.Encoding}
)

// acceptType is the first question about representations, so it gets them.
func (e *exchange) acceptType() bool {
	e.selection.all, e.err = e.resource.Representations(e.r)
	if e.err != nil {
		return false
	}
	s := &e.selection
	s.all = slices.Clone(s.all)
	s.kept = s.all
	for _, d := range []dimension{byType, byLanguage, byCoding} {
		if len(d.offers(s.all)) > 1 {
			s.vary = append(s.vary, d.field)
		}
	}
	return e.keep(byType)
}

func (e *exchange) acceptLanguage() bool { return e.keep(byLanguage) }

func (e *exchange) acceptEncoding() bool { return e.keep(byCoding) && e.choose() }

// strict reports whether the failure must be told. If not, it chooses what the
// client likes best of what there is: each property is respected as far as it
// can be.
func (e *exchange) strict() bool {
	s := &e.selection
	if e.resource.Strict(e.r, s.failed) {
		e.complaint = e.alternatives()
		return true
	}
	s.kept = s.all
	for _, d := range []dimension{byType, byLanguage, byCoding} {
		e.keep(d)
	}
	e.choose()
	return false
}

// keep narrows the representations to those with the value that the client
// wants most. Nothing is negotiated for methods that change the resource.
func (e *exchange) keep(d dimension) bool {
	s := &e.selection
	if len(s.kept) == 0 || !e.reads() {
		return true
	}
	offers := d.offers(s.kept)
	if d.field == acceptLanguage && len(offers) == 1 && offers[0] == "" {
		return true
	}
	i, ok := d.choose(e.r.Header.Values(d.field), offers)
	if !ok {
		s.failed = d.field
		return false
	}
	var kept []Representation
	for j := range s.kept {
		if d.value(&s.kept[j]) == offers[i] {
			kept = append(kept, s.kept[j])
		}
	}
	s.kept = kept
	return true
}

// offers are the different values of the property, in order.
func (d dimension) offers(representations []Representation) []string {
	var list []string
	for i := range representations {
		if v := d.value(&representations[i]); !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// choose takes the first of the representations that are left, and lets it be
// prepared. It is true so that it can end a question.
func (e *exchange) choose() bool {
	if len(e.selection.kept) == 0 {
		return true
	}
	chosen := &e.selection.kept[0]
	e.selection.chosen = chosen
	if chosen.Prepare != nil {
		e.err = chosen.Prepare(e.r.Context(), chosen)
	}
	return true
}

// alternatives tells what there is (15.5.7).
func (e *exchange) alternatives() string {
	d := map[string]dimension{accept: byType, acceptLanguage: byLanguage, acceptEncoding: byCoding}[e.selection.failed]
	offers := d.offers(e.selection.all)
	for i, o := range offers {
		if o == "" {
			offers[i] = negotiate.Identity
		}
	}
	return d.field + " takes none of what there is: " + strings.Join(offers, ", ") + "."
}

// addVary names the fields that the choice depended on.
func addVary(h http.Header, fields ...string) {
	have := strings.Join(h.Values("Vary"), ", ")
	for _, field := range fields {
		if !slices.Contains(strings.Split(have, ", "), field) {
			have = strings.TrimPrefix(have+", "+field, ", ")
		}
	}
	if have != "" {
		h.Set("Vary", have)
	}
}
