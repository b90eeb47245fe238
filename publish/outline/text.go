package outline

import (
	"strings"
	"unicode"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// titled makes a title of plain text.
func titled(text string) *cnxml.Node {
	return &cnxml.Node{Space: cnxml.CNXML, Name: "title", Children: []*cnxml.Node{{Space: cnxml.Text, Data: text}}}
}

// maxTitle limits the characters of a title where it is repeated: in the contents,
// above and below pages, by links.
const maxTitle = 300

// short is the title, or the beginning of its text if it is longer than titles
// are.
func short(title *cnxml.Node) *cnxml.Node {
	nodes, bytes := 0, 0
	title.Walk(func(n *cnxml.Node) bool {
		nodes++
		bytes += len(n.Data)
		return nodes <= maxTitle && bytes <= 4*maxTitle
	})
	if nodes <= maxTitle && bytes <= 4*maxTitle {
		return title
	}
	return titled(Clip(OneLine(title.ReadableText()), maxTitle))
}

// Clip is the text, cut off after so many characters.
func Clip(s string, most int) string {
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// HasClass reports whether a class attribute holds one of the names.
func HasClass(class string, names ...string) bool {
	for _, c := range strings.Fields(class) {
		for _, name := range names {
			if c == name {
				return true
			}
		}
	}
	return false
}

// OneLine is the text without white space at its ends and with single spaces
// within.
func OneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// IsHidden reports whether n is for teachers only, which readers do not see.
func IsHidden(n *cnxml.Node) bool {
	if n.Space != cnxml.CNXML {
		return false
	}
	class := n.Attr("class")
	class = class[:min(len(class), 1000)]
	if !strings.Contains(class, "teacher") {
		return false
	}
	for _, c := range strings.Fields(class) {
		if strings.HasPrefix(strings.ReplaceAll(c, "\u2010", "-"), "os-teacher") {
			return true
		}
	}
	return false
}

// ValidID reports whether a page can hold the id: HTML wants at least one
// character and no white space.
func ValidID(id string) bool {
	return id != "" && len(id) <= 500 && strings.IndexFunc(id, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == unicode.ReplacementChar || r&0xFFFE == 0xFFFE || r >= 0xFDD0 && r <= 0xFDEF
	}) < 0
}

// GrammaticalCase is the case in which a link asks for a label (cmlnle:case);
// empty if it does not say.
func GrammaticalCase(n *cnxml.Node) string {
	for _, a := range n.Attrs {
		if isCase(a) {
			return a.Value
		}
	}
	return ""
}

func isCase(a cnxml.Attr) bool { return a.Name == "case" && strings.Contains(a.Space, "cmlnle") }
