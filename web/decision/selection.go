package decision

import (
	"net/http"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/web/negotiate"
)

// The fields of proactive negotiation (12.1), as an [http.Header] spells them.
const (
	accept         = "Accept"
	acceptLanguage = "Accept-Language"
	acceptCharset  = "Accept-Charset"
	acceptEncoding = "Accept-Encoding"
)

// selection is the state of the stage that chooses a representation.
type selection struct {
	loaded bool
	all    []Representation
	kept   []int // those that agree with what has been looked at so far
	offers []string
	failed dimension // that accepted nothing
	vary   int       // dimensions in which there is something to choose, as bits
	made   Representation
	chosen *Representation // made, or nil

	keptSpace   [8]int
	offersSpace [8]string
}

// dimension is one property by which representations differ.
type dimension int

const (
	byType dimension = iota
	byLanguage
	byCharset
	byCoding
	dimensions // how many there are
)

// field returns the field by which a client states its preference in the
// dimension.
func (d dimension) field() string {
	return acceptFields[d]
}

var acceptFields = [dimensions]string{accept, acceptLanguage, acceptCharset, acceptEncoding}

func (d dimension) value(r *Representation) string {
	switch d {
	case byType:
		return r.Type
	case byLanguage:
		return r.Language
	case byCharset:
		return r.Charset
	}
	return r.Coding
}

func (d dimension) choose(field, offers []string) (int, bool) {
	switch d {
	case byType:
		return negotiate.MediaType(field, offers)
	case byLanguage:
		return negotiate.Language(field, offers)
	case byCharset:
		return negotiate.Charset(field, offers)
	}
	return negotiate.Encoding(field, offers)
}

// load asks for the representations, once.
func (e *exchange) load() {
	if !e.selection.loaded {
		e.selection.loaded = true
		e.selection.all, e.err = e.resource.Representations(e.r)
	}
}

// acceptType is the first decision about representations, so it loads them.
func (e *exchange) acceptType() bool {
	e.load()
	if e.err != nil {
		return false
	}
	s := &e.selection
	s.keepAll()
	s.compare()
	return e.keep(byType)
}

func (e *exchange) acceptLanguage() bool { return e.keep(byLanguage) }
func (e *exchange) acceptCharset() bool  { return e.keep(byCharset) }
func (e *exchange) acceptEncoding() bool { return e.keep(byCoding) && e.choose() }

// strict reports whether to answer 406. If not, it chooses what the client
// likes best of what there is, honouring each field as far as possible.
func (e *exchange) strict() bool {
	s := &e.selection
	if e.resource.Strict(e.r, s.failed.field()) {
		e.complaint = e.alternatives()
		return true
	}
	s.keepAll()
	for d := range dimensions {
		e.keep(d)
	}
	return !e.choose()
}

func (s *selection) keepAll() {
	s.kept = s.keptSpace[:0]
	for i := range s.all {
		s.kept = append(s.kept, i)
	}
}

// compare finds the dimensions in which representations differ.
func (s *selection) compare() {
	for i := 1; i < len(s.all); i++ {
		first, other := &s.all[0], &s.all[i]
		s.differ(byType, first.Type != other.Type)
		s.differ(byLanguage, first.Language != other.Language)
		s.differ(byCharset, first.Charset != other.Charset)
		s.differ(byCoding, first.Coding != other.Coding)
	}
}

func (s *selection) differ(d dimension, different bool) {
	if different {
		s.vary |= 1 << d
	}
}

// keep narrows the representations to those with the value that the client
// prefers; false if it accepts none.
func (e *exchange) keep(d dimension) bool {
	s := &e.selection
	if len(s.kept) == 0 {
		return true
	}
	offers := s.offered(d)
	if len(offers) == 1 && offers[0] == "" && d != byCoding {
		return true // what has no language, say, is in none that the client could refuse
	}
	field := e.r.Header[d.field()]
	if len(offers) == 1 && len(field) == 0 {
		return true // who says nothing takes anything
	}
	i, ok := e.lastChoices[d].choose(d, field, offers)
	if !ok {
		s.failed = d
		return false
	}
	if len(offers) == 1 {
		return true
	}
	wanted := offers[i]
	s.kept = slices.DeleteFunc(s.kept, func(i int) bool { return d.value(&s.all[i]) != wanted })
	return true
}

// offered returns the distinct values of a dimension among the kept
// representations, in order. The next call overwrites them.
func (s *selection) offered(d dimension) []string {
	s.offers = s.offersSpace[:0]
	if s.vary&(1<<d) == 0 && len(s.kept) > 0 {
		s.offers = append(s.offers, d.value(&s.all[s.kept[0]]))
		return s.offers
	}
	for _, i := range s.kept {
		if v := d.value(&s.all[i]); !slices.Contains(s.offers, v) {
			s.offers = append(s.offers, v)
		}
	}
	return s.offers
}

// choose takes the first of the representations that are left and prepares it.
// It returns true, so that it can end a decision.
func (e *exchange) choose() bool {
	s := &e.selection
	if len(s.kept) == 0 {
		return true
	}
	s.made = s.all[s.kept[0]]
	s.chosen = &s.made
	if s.chosen.Prepare != nil {
		e.sendHints()
		e.lent = true
		e.err = s.chosen.Prepare(e.r.Context(), s.chosen)
	}
	s.chosen.measure()
	return true
}

// toChoose reports whether the choice is left to the client, which has stated
// no preference.
func (e *exchange) toChoose() bool {
	s := &e.selection
	if !e.state.Choose || s.vary == 0 {
		return false
	}
	for d := range dimensions {
		if s.vary&(1<<d) != 0 && len(e.r.Header[d.field()]) > 0 {
			return false
		}
	}
	return true
}

// alternatives lists what there is, for a 406 (15.5.7).
func (e *exchange) alternatives() string {
	s := &e.selection
	s.keepAll()
	offers := slices.Clone(s.offered(s.failed))
	for i, o := range offers {
		if o == "" {
			offers[i] = negotiate.Identity
		}
	}
	return s.failed.field() + " takes none of what there is: " + strings.Join(offers, ", ") + "."
}

// varies has the value of Vary for each set of dimensions.
var varies = func() (all [1 << dimensions][]string) {
	for set := range all {
		var fields []string
		for d := range dimensions {
			if set&(1<<d) != 0 {
				fields = append(fields, d.field())
			}
		}
		all[set] = []string{strings.Join(fields, ", ")}
	}
	return all
}()

// addVary names the fields that the choice depended on.
func addVary(h http.Header, set int) {
	if set == 0 {
		return
	}
	have := h["Vary"]
	if len(have) == 0 {
		h["Vary"] = varies[set]
		return
	}
	names := strings.Split(strings.ReplaceAll(strings.Join(have, ","), " ", ""), ",")
	for d := range dimensions {
		if set&(1<<d) != 0 && !slices.Contains(names, d.field()) {
			names = append(names, d.field())
		}
	}
	h["Vary"] = []string{strings.Join(names, ", ")}
}
