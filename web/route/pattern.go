package route

import (
	"strings"

	"github.com/rhaptos/rhaptos/publish/address"
)

// Pattern is a pattern that has been read.
type Pattern struct {
	text     string
	segments []segment
}

// segment is one segment of a pattern, or all that are left.
type segment struct {
	word    string // if it has no variable
	parts   []part // literal text and variables in turn
	endings []string
	raw     bool // matched as it was sent
	rest    bool // {path...}
}

// part is literal text, or a variable.
type part struct {
	text     string
	variable *variable
}

// New reads a pattern. It panics if that is malformed, or has a variable that
// is not known.
func New(text string) *Pattern {
	p := &Pattern{text: text}
	rest, ok := strings.CutPrefix(text, "/")
	if !ok {
		panic("route: " + text + " does not begin with a slash")
	}
	if rest == "" {
		return p
	}
	for s := range strings.SplitSeq(rest, "/") {
		p.segments = append(p.segments, newSegment(text, s))
	}
	return p
}

func newSegment(pattern, text string) segment {
	var s segment
	if before, endings, ok := strings.Cut(strings.TrimSuffix(text, "]"), "["); ok {
		text, s.endings = before, strings.Split(endings, "|")
	}
	for text != "" {
		before, rest, ok := strings.Cut(text, "{")
		if before != "" {
			s.parts = append(s.parts, part{text: before})
		}
		if !ok {
			break
		}
		name, after, _ := strings.Cut(rest, "}")
		name, s.rest = strings.CutSuffix(name, "...")
		v, known := variables[name]
		if !known {
			panic("route: " + pattern + " has the unknown variable " + name)
		}
		s.parts, s.raw = append(s.parts, part{variable: &v}), s.raw || v.raw
		text = after
	}
	if len(s.parts) == 1 && s.parts[0].variable == nil {
		s.word = s.parts[0].text
	}
	return s
}

// String returns the pattern as it was given to New.
func (p *Pattern) String() string { return p.text }

// Match returns what the variables stand for in a path; false if the path is not
// of the pattern. It does not look at the slash at the path's end.
func (p *Pattern) Match(path Path) (m Match, ok bool) {
	n := len(p.segments)
	rest := n > 0 && p.segments[n-1].rest
	if len(path.raw) < n || len(path.raw) > n && !rest {
		return Match{}, false
	}
	for i := range p.segments { // words first: they are the cheapest to compare
		if s := &p.segments[i]; s.word != "" && !s.match(path.raw[i], path.raw[i], &m) {
			return Match{}, false
		}
	}
	for i := range p.segments {
		s := &p.segments[i]
		switch {
		case s.word != "":
		case s.rest:
			*s.parts[0].variable.value(&m) = strings.Join(s.sent(path.raw[i:], path.Segments[i:]), "/")
		case !s.match(path.raw[i], path.Segments[i], &m):
			return Match{}, false
		}
	}
	return m, true
}

// sent returns the form of a path in which the segment is compared.
func (s *segment) sent(raw, unescaped []string) []string {
	if s.raw {
		return raw
	}
	return unescaped
}

func (s *segment) match(raw, text string, m *Match) bool {
	if s.raw {
		text = raw
	}
	for _, e := range s.endings {
		if bare, ok := strings.CutSuffix(text, e); ok && strings.HasSuffix(raw, e) {
			text = bare
			if format, ok := strings.CutPrefix(e, "."); ok {
				m.Format = format
			}
			break
		}
	}
	for i, p := range s.parts {
		if p.variable == nil {
			if !strings.HasPrefix(text, p.text) {
				return false
			}
			text = text[len(p.text):]
			continue
		}
		value := text
		if i+1 < len(s.parts) {
			value, _, _ = strings.Cut(text, s.parts[i+1].text)
		}
		if text = text[len(value):]; !p.variable.take(value, m) {
			return false
		}
	}
	return text == ""
}

// take puts the value where it belongs, if it is valid.
func (v *variable) take(value string, m *Match) bool {
	if v.valid == nil && climbs(value) || v.valid != nil && !v.valid(value) {
		return false
	}
	if v.value != nil {
		*v.value(m) = value
	}
	return true
}

// Path returns the path that has the values, escaped. It is absolute.
func (p *Pattern) Path(m Match) string {
	if len(p.segments) == 0 {
		return "/"
	}
	var b strings.Builder
	for i := range p.segments {
		s := &p.segments[i]
		var text strings.Builder
		for _, part := range s.parts {
			if part.variable == nil {
				text.WriteString(part.text)
			} else if part.variable.value != nil {
				text.WriteString(*part.variable.value(&m))
			}
		}
		switch {
		case s.rest && s.raw:
			b.WriteString("/" + text.String())
		case s.rest:
			b.WriteString(address.Page("", text.String()))
		default:
			b.WriteString(address.Path(text.String() + s.ending(m.Format)))
		}
	}
	return b.String()
}

// ending returns the ending of a format, empty if the segment has none of it.
func (s *segment) ending(format string) string {
	for _, e := range s.endings {
		if format != "" && e == "."+format {
			return e
		}
	}
	return ""
}
