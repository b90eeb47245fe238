package outline

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/recipe"
)

// reference is how targets name a reference.
const reference = "reference"

// IsReference reports whether n is a reference: a note in a sentence that says
// what the sentence is taken from.
func IsReference(n *cnxml.Node) bool {
	return n.Is("note") && n.Attr("display") == "inline" && HasClass(n.Attr("class"), reference)
}

// cited is how many of the targets are references.
func cited(targets []Target) int {
	n := 0
	for _, t := range targets {
		if t.name == reference {
			n++
		}
	}
	return n
}

// Reference is one that stands on a page at the end of the book.
type Reference struct {
	Note   *cnxml.Node
	Number string
	From   *Page // of its module
	At     *Page // where its number is in the text
}

// ReferencePage is the page of the book's references; nil if they stand where
// they are.
func (o *Outline) ReferencePage() *Page { return o.collected[recipe.References] }

// ReferencesIn are the references of a chapter that a page at the end of the
// book shows, by their numbers.
func (o *Outline) ReferencesIn(page *Page, chapter *Chapter) []Reference {
	var all []Reference
	for _, e := range page.Excerpts {
		if e.Cited && e.Of.In == chapter {
			all = append(all, o.referencesOf(e.Of)...)
		}
	}
	slices.SortStableFunc(all, func(a, b Reference) int {
		m, _ := strconv.Atoi(a.Number)
		n, _ := strconv.Atoi(b.Number)
		return cmp.Compare(m, n)
	})
	return all
}

// referencesOf are those of a page's module.
func (o *Outline) referencesOf(p *Page) []Reference {
	notes := unpack(p.scan.references, codeNode)
	var list []Reference
	at := o.startsIn(p)
	for _, t := range unpack(p.scan.targets, codeTarget) {
		if t.name != reference {
			continue
		}
		r := Reference{Note: notes[len(list)], From: p, At: p}
		if to := p.other(t.section); to != nil {
			r.At = to
		}
		if t.counted {
			r.Number = at(t.section).number(o.Recipe, o.counter(p, &t.countable, t.section), &t.countable)
		}
		list = append(list, r)
	}
	return slices.DeleteFunc(list, func(r Reference) bool { return r.Number == "" })
}

// startsIn returns a function that returns where the counting has come to in the
// part of a page's module that a section stands in.
func (o *Outline) startsIn(p *Page) func(section int) *Start {
	from := o.starts[p.Module.ID]
	at := map[int]*Start{}
	return func(section int) *Start {
		home := p.Home(section)
		if at[home] == nil {
			start, moved := from.Moved[home]
			if !moved {
				start = from.Own
			}
			at[home] = &start
		}
		return at[home]
	}
}
