// Package markup writes HTML that is well-formed XML as well, so that an EPUB
// can hold a page unchanged: every element is closed, void elements end in "/>",
// and the only named references are the five of XML.
package markup

import (
	"strings"
	"unicode/utf8"
)

// Attr is a name and a value. The name comes from the program; the value is
// escaped when it is written.
type Attr [2]string

// Writer writes elements and text. All text and every attribute value passes
// its escaping, and the call that opens an element closes it, so the output is
// well-formed at any time. The zero Writer is ready to use.
type Writer struct {
	b     []byte
	depth int
}

// Element writes an element around the output of inside, which may be nil.
func (w *Writer) Element(name string, attrs []Attr, inside func()) {
	w.start(name, attrs)
	w.b = append(w.b, '>')
	w.depth++
	if inside != nil {
		inside()
	}
	w.depth--
	w.b = append(w.b, '<', '/')
	w.b = append(w.b, name...)
	w.b = append(w.b, '>')
	if ownLine(name) {
		w.b = append(w.b, '\n')
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

// Void writes an element that has no content and no end tag.
func (w *Writer) Void(name string, attrs ...Attr) {
	w.start(name, attrs)
	w.b = append(w.b, '/', '>')
}

func (w *Writer) start(name string, attrs []Attr) {
	w.b = append(w.b, '<')
	w.b = append(w.b, name...)
	for _, a := range attrs {
		w.b = append(w.b, ' ')
		w.b = append(w.b, a[0]...)
		w.b = append(w.b, '=', '"')
		w.escape(a[1], true)
		w.b = append(w.b, '"')
	}
}

// Text writes characters.
func (w *Writer) Text(s string) { w.escape(s, false) }

// Len returns the number of bytes written.
func (w *Writer) Len() int { return len(w.b) }

// Depth returns the number of open elements.
func (w *Writer) Depth() int { return w.depth }

// String is the output so far.
func (w *Writer) String() string { return string(w.b) }

// Reset drops the output and keeps the memory for what comes next.
func (w *Writer) Reset() { w.b = w.b[:0] }

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
func (w *Writer) escape(s string, quoted bool) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '&':
			w.b = append(w.b, "&amp;"...)
		case c == '<':
			w.b = append(w.b, "&lt;"...)
		case c == '>':
			w.b = append(w.b, "&gt;"...)
		case c == '"' && quoted:
			w.b = append(w.b, "&#34;"...)
		case c == '\r':
			if !strings.HasPrefix(s[i+1:], "\n") {
				w.b = append(w.b, '\n')
			}
		case c == '\n' || c == '\t' || c >= ' ' && c < 0x7F:
			w.b = append(w.b, c)
		case c < 0x80:
			w.b = append(w.b, "\uFFFD"...)
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			if r < 0xA0 {
				r = windows1252[r-0x80]
			}
			if r&0xFFFE == 0xFFFE || r >= 0xFDD0 && r <= 0xFDEF {
				r = utf8.RuneError
			}
			w.b = utf8.AppendRune(w.b, r)
			i += size
			continue
		}
		i++
	}
}
