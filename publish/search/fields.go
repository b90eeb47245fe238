package search

import "strings"

// The fields of a document, in the order in which engines have them.
const (
	titleField    = iota // words of the title, folded
	headingField         // of the headings
	termField            // of what the page defines
	textField            // of everything else, headings and terms among it
	exactField           // words with accents, as they are written
	accentedField        // the same words, folded
	stemField            // words without endings; those of the title and headings more than once
	fieldCount
)

// How often a stem of the title, a heading and a term is entered: there is one
// field of stems, and its words weigh by their number.
const (
	titleStems   = 8
	headingStems = 3
	termStems    = 2
)

// maxTokens limits the words of a document that are indexed.
const maxTokens = 500_000

// fields are a document's tokens by field, each a text of words between spaces.
func (d *Document) fields() [fieldCount]string {
	f := fielder{stemmer: stemmerFor(d.Language)}
	f.add(titleField, titleStems, d.Title)
	for i := range d.Sections {
		f.add(headingField, headingStems, d.Sections[i].Heading)
		f.add(textField, 1, d.Sections[i].Text)
	}
	for _, term := range d.Terms {
		f.add(termField, termStems, term)
	}
	var out [fieldCount]string
	for i := range out {
		out[i] = f.texts[i].String()
	}
	return out
}

type fielder struct {
	stemmer *stemmer
	texts   [fieldCount]strings.Builder
	count   int
}

func (f *fielder) add(field, stems int, text string) {
	for _, t := range tokenise(text) {
		if f.count++; f.count > maxTokens {
			return
		}
		f.write(field, t.folded)
		if t.exact != t.folded {
			f.write(exactField, t.exact)
			f.write(accentedField, t.folded)
		}
		if stem := f.stemmer.of(&t); stem != "" {
			for range stems {
				f.write(stemField, stem)
			}
		}
	}
	// A phrase does not go on from one section to the next.
	f.write(field, boundary)
}

// boundary is a token that no text has.
const boundary = "."

func (f *fielder) write(field int, word string) {
	b := &f.texts[field]
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	b.WriteString(word)
}
