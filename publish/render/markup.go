package render

import (
	"strings"
	"unicode/utf8"
)

// attr is one attribute of an element to be written.
type attr struct{ name, value string }

// markup writes HTML. All text and every attribute value passes its escaping,
// names come from the program only, and each element is closed by the call
// that opened it, so what it holds is well-formed at any time. The form is
// well-formed XML too (void elements end in "/>", no named references but the
// five of XML), so that an EPUB can hold it unchanged.
type markup struct {
	b     []byte
	depth int // of open elements
}

// element writes an element around what inside writes.
func (m *markup) element(name string, attrs []attr, inside func()) {
	m.start(name, attrs)
	m.b = append(m.b, '>')
	m.depth++
	if inside != nil {
		inside()
	}
	m.depth--
	m.b = append(m.b, '<', '/')
	m.b = append(m.b, name...)
	m.b = append(m.b, '>')
	if ownLine(name) {
		m.b = append(m.b, '\n')
	}
}

// ownLine reports whether a line end follows the element: behind those that
// stand among blocks it means nothing, and the text of a page without its tags
// keeps its words apart.
func ownLine(name string) bool {
	switch name {
	case "p", "div", "section", "aside", "blockquote", "pre", "details", "summary", "figure", "figcaption",
		"ul", "ol", "li", "dl", "dt", "dd", "h2", "h3", "h4", "h5", "h6",
		"table", "caption", "colgroup", "thead", "tbody", "tfoot", "tr", "td", "th":
		return true
	}
	return false
}

// void writes an element that has no content and no end tag.
func (m *markup) void(name string, attrs ...attr) {
	m.start(name, attrs)
	m.b = append(m.b, '/', '>')
}

func (m *markup) start(name string, attrs []attr) {
	m.b = append(m.b, '<')
	m.b = append(m.b, name...)
	for _, a := range attrs {
		m.b = append(m.b, ' ')
		m.b = append(m.b, a.name...)
		m.b = append(m.b, '=', '"')
		m.escape(a.value, true)
		m.b = append(m.b, '"')
	}
}

// text writes characters.
func (m *markup) text(s string) { m.escape(s, false) }

// windows1252 are the characters that authors mean who have the control
// characters U+0080 to U+009F in their text: HTML reads them so where they are
// written as references (HTML, section 13.2.5.80).
var windows1252 = [32]rune{
	'€', 0xFFFD, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0xFFFD, 'Ž', 0xFFFD,
	0xFFFD, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0xFFFD, 'ž', 'Ÿ',
}

// escape writes s so that parsers of HTML and of XML both read it back as it
// is. Of what neither may hold, U+0080 to U+009F become the characters that
// they stand for in Windows-1252 and the rest (other control characters,
// invalid UTF-8) U+FFFD; line ends become line feeds.
func (m *markup) escape(s string, quoted bool) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '&':
			m.b = append(m.b, "&amp;"...)
		case c == '<':
			m.b = append(m.b, "&lt;"...)
		case c == '>':
			m.b = append(m.b, "&gt;"...)
		case c == '"' && quoted:
			m.b = append(m.b, "&#34;"...)
		case c == '\r':
			if !strings.HasPrefix(s[i+1:], "\n") {
				m.b = append(m.b, '\n')
			}
		case c == '\n' || c == '\t' || c >= ' ' && c < 0x7F:
			m.b = append(m.b, c)
		case c < 0x80:
			m.b = append(m.b, "\uFFFD"...)
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			if r < 0xA0 {
				r = windows1252[r-0x80]
			}
			if r&0xFFFE == 0xFFFE || r >= 0xFDD0 && r <= 0xFDEF {
				r = utf8.RuneError
			}
			m.b = utf8.AppendRune(m.b, r)
			i += size
			continue
		}
		i++
	}
}
