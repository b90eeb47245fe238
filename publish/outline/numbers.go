package outline

import (
	"slices"
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// Starts say where the counting begins in a module.
type Starts struct {
	Own   Start
	Moved map[int]Start // by section: those that other pages show
}

// Start is a place in the numbering.
type Start struct {
	Chapter string // what the numbers begin with; may be empty
	Counts  Counts // how many the chapter has before
}

// Counts are numbers of counted elements, in the order of CountedNames.
type Counts [5]int

// CountedNames are the elements that are counted through a chapter, in the
// order of letters.
var CountedNames = []string{"equation", "example", "exercise", "figure", "table"}

// next counts one more of the kind and is their number then.
func (c *Counts) next(name string) int {
	i := slices.Index(CountedNames, name)
	if i < 0 {
		return 0
	}
	c[i]++
	return c[i]
}

// number counts one more element of the kind and is its number.
func (s *Start) number(name string) string {
	n := strconv.Itoa(s.Counts.next(name))
	if s.Chapter == "" {
		return n
	}
	return s.Chapter + "." + n
}

func (c *Counts) add(more Counts) {
	for i, n := range more {
		c[i] += n
	}
}

// tallied returns the counts of a module by home; see Home.
func (p *Page) tallied() map[int]Counts {
	at := map[int]Counts{}
	for _, t := range p.survey.tallies {
		home := p.Home(t.section)
		sum := at[home]
		sum.add(t.counts)
		at[home] = sum
	}
	return at
}

// numbered reports whether an element is counted through its chapter. An author
// may say otherwise by a class or an empty label; exercises in boxes do not count.
func numbered(n *cnxml.Node, boxed bool) bool {
	if n.Space != cnxml.CNXML || HasClass(n.Attr("class"), "unnumbered") || emptyLabel(n) {
		return false
	}
	return slices.Contains(CountedNames, n.Name) && !(boxed && n.Name == "exercise")
}

// emptyLabel reports whether the author asks for no label.
func emptyLabel(n *cnxml.Node) bool {
	l := n.Child("label")
	return l != nil && strings.TrimSpace(l.PlainText()) == ""
}
