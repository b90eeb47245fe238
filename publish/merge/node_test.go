package merge

import (
	"strings"
	"testing"
)

// What resembles what is the same in every process: the same three versions give the
// same result everywhere.
func TestSketchIsFixed(t *testing.T) {
	const words = "a kettle boils and the tide goes out"
	sketch := wordSketch([]byte(strings.Repeat(words+"\n", 3)))
	if len(sketch) != 8 || sketch[0] != 2489483166561978608 {
		t.Errorf("%d", sketch)
	}
}
