package render

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// index knows what each id of a book stands for, and the number of everything
// that is counted.
type index struct {
	labels  map[string]map[string]*label // by module id and id
	numbers map[*cnxml.Node]string
}

// label names what a link leads to.
type label struct {
	word   string      // key of words.labels: "figure"; empty when the title says it
	custom string      // the author's own word in place of it
	number string      // "3.4"; may be empty
	title  *cnxml.Node // shown when there is no word
	text   string      // shown when there is no title
}

// numbered are the elements that are counted through a chapter, if nothing
// about them says otherwise.
func numbered(n *cnxml.Node, boxed bool) bool {
	if n.Space != cnxml.CNXML || hasClass(n.Attr("class"), "unnumbered") || emptyLabel(n) {
		return false
	}
	switch n.Name {
	case "figure", "table", "example", "equation":
		return true
	case "exercise":
		return !boxed
	}
	return false
}

// emptyLabel reports whether the author asks for no label.
func emptyLabel(n *cnxml.Node) bool {
	l := n.Child("label")
	return l != nil && strings.TrimSpace(l.PlainText()) == ""
}

// indexer goes through the pages of a book in reading order.
type indexer struct {
	index
	words   *words
	chapter string
	counts  map[string]int // by element
	ids     map[string]*label
}

func newIndex(w *words, pages []*Page) index {
	x := &indexer{words: w, index: index{labels: map[string]map[string]*label{}, numbers: map[*cnxml.Node]string{}}}
	for i, p := range pages {
		if i == 0 || p.chapter == "" || p.chapter != x.chapter {
			x.chapter, x.counts = p.chapter, map[string]int{}
		}
		if x.labels[p.Module.ID] != nil {
			continue // the module stands twice in the book
		}
		x.ids = map[string]*label{}
		x.labels[p.Module.ID] = x.ids
		page := &label{title: p.title}
		for _, n := range []*cnxml.Node{p.Module.Abstract, p.Module.Content, p.Module.Glossary} {
			if n != nil {
				x.walk(n, page, false)
			}
		}
	}
	return x.index
}

// walk notes the ids at and below n. near is the label of what n stands in:
// that is where a link to an element without a label of its own says it leads.
// boxed says whether n is within an example or a note.
func (x *indexer) walk(n *cnxml.Node, near *label, boxed bool) {
	if n.Space == cnxml.Text || isHidden(n) {
		return
	}
	l := near
	if numbered(n, boxed) {
		x.counts[n.Name]++
		number := strconv.Itoa(x.counts[n.Name])
		if x.chapter != "" {
			number = x.chapter + "." + number
		}
		x.numbers[n] = number
	}
	if own := x.label(n, near); own != nil {
		l = own
		if l.title != nil {
			l.title = short(l.title)
		}
		l.custom, l.text = clip(l.custom, maxTitle), clip(l.text, maxTitle)
	}
	if id := n.ID(); validID(id) && x.ids[id] == nil && !n.Is(withoutID...) {
		x.ids[id] = l
	}
	if n.Space == cnxml.MathML {
		return
	}
	for _, c := range n.Children {
		x.walk(c, l, boxed || n.Is("example", "note"))
	}
}

// withoutID are elements that leave no element with their id in a page.
var withoutID = []string{"label", "colspec", "spanspec", "param", "tgroup", "newline", "space"}

// label is what a link to n says, nil if n has nothing to be called by.
func (x *indexer) label(n *cnxml.Node, near *label) *label {
	title := n.Child("title")
	if n.Space == cnxml.HTML {
		return x.labelHTML(n)
	}
	if n.Space != cnxml.CNXML {
		return nil
	}
	switch n.Name {
	case "figure", "table", "example", "equation", "exercise", "rule", "proof":
		l := &label{word: n.Name, number: x.numbers[n], title: title}
		if own := n.Child("label"); own != nil {
			l.custom = oneLine(own.PlainText())
		}
		if l.number == "" && l.custom == "" && (title != nil || near.word != "" || n.Name == "exercise") {
			if title == nil {
				return near
			}
			l.word = ""
		}
		return l
	case "subfigure":
		return near
	case "solution":
		return &label{word: "solution", number: near.number, title: title}
	case "note":
		if title == nil {
			if text := x.words.noteTitle(n); text != "" {
				return &label{text: text}
			}
			return nil
		}
		return &label{title: title}
	case "section", "list", "glossary":
		if title != nil && strings.TrimSpace(title.PlainText()) != "" {
			return &label{title: title}
		}
	case "term":
		return &label{title: n}
	case "definition":
		if term := n.Child("term"); term != nil {
			return &label{title: term}
		}
	case "footnote":
		return &label{word: "footnote"}
	}
	return nil
}

// labelHTML labels what has been written as HTML: a heading by its text.
func (x *indexer) labelHTML(n *cnxml.Node) *label {
	switch n.Name {
	case "h1", "h2", "h3", "h4", "h5", "h6":
		return &label{title: n}
	}
	return nil
}

// noteTitle is the title of a note that has none in its source: its label, or
// what its class stands for; empty if nothing is known.
func (w *words) noteTitle(n *cnxml.Node) string {
	if l := n.Child("label"); l != nil {
		if text := oneLine(l.PlainText()); text != "" {
			return text
		}
	}
	for _, c := range strings.Fields(n.Attr("class")) {
		if t := w.notes[c]; t != "" {
			return t
		}
	}
	return ""
}

// isHidden reports whether n is for teachers only, which readers do not see.
func isHidden(n *cnxml.Node) bool {
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

// validID reports whether a page can hold the id: HTML wants at least one
// character and no white space.
func validID(id string) bool {
	return id != "" && len(id) <= 500 && strings.IndexFunc(id, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == unicode.ReplacementChar || r&0xFFFE == 0xFFFE || r >= 0xFDD0 && r <= 0xFDEF
	}) < 0
}
