package web

import (
	"strings"
	"testing"
)

// Pages of an edition show what it is, and the way to the same page in the latest
// release if it is not that.
func TestEditionStyle(t *testing.T) {
	b := newBench(t, nil)
	for at, want := range map[string]string{"1.10": "", "1.9": "There is a newer release.", "next": "Draft of the branch “next”."} {
		sheet := body(t, b.do("GET", "/ann/geometry/shapes@"+at+"/-/edition.css"))
		if !strings.Contains(sheet, want) || strings.Contains(sheet, ".newest { display: block") != (want != "") {
			t.Errorf("%s: %q, want %q", at, sheet, want)
		}
	}
}
