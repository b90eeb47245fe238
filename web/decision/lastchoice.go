package decision

import (
	"slices"
	"strings"
)

// longestRemembered is the longest field that is remembered, in bytes.
const longestRemembered = 512

// lastChoice caches the last choice in one dimension. A client sends the same
// field with every request, and the pages of a book come in the same forms.
type lastChoice struct {
	field  string
	offers [8]string
	count  int // of offers; 0 if nothing is cached
	index  int
	ok     bool
}

// choose returns the index of the offer that the field prefers; false if it
// accepts none.
func (c *lastChoice) choose(d dimension, field, offers []string) (int, bool) {
	if len(field) != 1 || len(field[0]) > longestRemembered || len(offers) > len(c.offers) {
		return d.choose(field, offers)
	}
	if c.field != field[0] || !slices.Equal(c.offers[:c.count], offers) {
		c.index, c.ok = d.choose(field, offers)
		c.field = strings.Clone(field[0]) // field[0] keeps the whole head in memory
		c.count = copy(c.offers[:], offers)
	}
	return c.index, c.ok
}
