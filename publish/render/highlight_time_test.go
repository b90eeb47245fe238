package render

import (
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// Code behind the end of a page's time is written plain, and that is told once.
func TestHighlightTime(t *testing.T) {
	r := (&Book{rules: newRules()}).renderer(&outline.Page{})
	r.highlitFor = highlightTime - 1
	for range 2 {
		code := []*cnxml.Node{{Space: cnxml.Text, Data: strings.Repeat("let x = 5;\n", 100)}}
		if r.highlighted(&cnxml.Node{Pos: cnxml.Pos{Line: 3, Column: 1}}, "rust", code) {
			t.Error("it has been highlighted")
		}
	}
	if len(r.problems) != 1 || r.problems[0].Rule != "code-plain" || r.problems[0].Line != 3 {
		t.Errorf("got %+v", r.problems)
	}
}
