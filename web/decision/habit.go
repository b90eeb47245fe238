package decision

import (
	"slices"
	"strings"
)

// longestHabit is how many bytes of a field are remembered.
const longestHabit = 512

// habit is the last choice in a dimension. A client says the same with every
// request, and the pages of a book are offered in the same forms.
type habit struct {
	field  string
	offers [8]string
	count  int // of offers; 0 if there is no choice to remember
	index  int
	ok     bool
}

// choose is the choice that the field makes among the offers.
func (h *habit) choose(d dimension, field, offers []string) (int, bool) {
	if len(field) != 1 || len(field[0]) > longestHabit || len(offers) > len(h.offers) {
		return d.choose(field, offers)
	}
	if h.field != field[0] || !slices.Equal(h.offers[:h.count], offers) {
		h.index, h.ok = d.choose(field, offers)
		h.field = strings.Clone(field[0]) // not all of the head that it is a part of
		h.count = copy(h.offers[:], offers)
	}
	return h.index, h.ok
}
