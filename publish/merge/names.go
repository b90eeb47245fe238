package merge

// nameOf is what a reader calls a part of a book.
func nameOf(n *node) string {
	noun := nouns[local(n.kind)]
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
		if outer := nouns[local(p.kind)]; outer != "" {
			return noun + " of " + outer + " " + p.key
		}
	}
	return noun
}

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
