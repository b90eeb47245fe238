package merge

import (
	"cmp"
	"slices"
)

// Names say how conflicts call the two sides, and the elements of a book. What is left
// out has the usual names.
type Names struct {
	Ours, Theirs string

	// Element is what readers call the element with an id in our version of a file:
	// "Figure 3.4". It may be empty.
	Element func(path, id string) string
}

func (n Names) orDefaults() Names {
	n.Ours, n.Theirs = cmp.Or(n.Ours, "ours"), cmp.Or(n.Theirs, "theirs")
	if n.Element == nil {
		n.Element = func(string, string) string { return "" }
	}
	return n
}

func (n Names) side(which int) string {
	if which == ours {
		return n.Ours
	}
	return n.Theirs
}

// nameOf is what a reader calls a part of a book.
func (m *merger) nameOf(n *node) string {
	noun := nouns[local(n.kind)]
	if m.form == asXML && n.key != "" {
		if known := m.names.Element(m.path, n.key); known != "" {
			if slices.Contains(numbered, local(n.kind)) {
				return known
			}
			return noun + " of " + known
		}
	}
	switch {
	case noun == "" && n.key != "":
		return "the element " + n.kind + " \"" + n.key + "\""
	case noun == "":
		return "the element " + n.kind
	case n.kind == "chapter" || n.kind == "module" || n.kind == "book" || n.kind == "col:module":
		return noun + " " + n.key
	}
	for p := n; p != nil; p = p.parent {
		if p.key == "" {
			continue
		}
		if p == n {
			return noun + " " + p.key
		}
		if m.form == asXML {
			if known := m.names.Element(m.path, p.key); known != "" {
				return noun + " of " + known
			}
		}
		if outer := nouns[local(p.kind)]; outer != "" {
			return noun + " of " + outer + " " + p.key
		}
	}
	return noun
}

// numbered are the elements that readers know by a number.
var numbered = []string{"figure", "table", "example", "equation", "exercise", "rule", "proof", "note", "solution"}

// nouns are the names of elements in a sentence.
var nouns = map[string]string{
	"para": "the paragraph", "paragraph": "the paragraph", "title": "the title", "caption": "the caption",
	"figure": "the figure", "table": "the table", "section": "the section", "note": "the note", "item": "the list item",
	"list": "the list", "equation": "the equation", "math": "the formula", "exercise": "the exercise", "problem": "the problem",
	"solution": "the solution", "example": "the example", "row": "the table row", "entry": "the table cell",
	"definition": "the definition", "term": "the term", "meaning": "the meaning", "media": "the medium", "image": "the image",
	"heading": "the heading", "code": "the code", "chapter": "the entry", "part": "the part", "module": "the module",
	"subcollection": "the chapter", "book": "the book", "glossary": "the glossary", "content": "the content",
	"abstract": "the abstract", "metadata": "the metadata", "footnote": "the footnote", "html": "the HTML",
	"pair": "the setting", "document": "the document", "quote": "the quotation", "rule": "the rule", "comment": "the comment",
}
