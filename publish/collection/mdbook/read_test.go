package mdbook

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// outcome is what reading a tree gives.
type outcome struct {
	lib      *collection.Library
	problems []collection.Problem
}

func readTree(t testing.TB, fsys fs.FS) *outcome {
	t.Helper()
	lib, problems, err := Format{}.Read(t.Context(), fsys, analysis.None{})
	if err != nil {
		t.Fatal(err)
	}
	return &outcome{lib, problems}
}

// list is the problems with every field, one on a line.
func (o *outcome) list() string {
	var b strings.Builder
	for _, p := range o.problems {
		fmt.Fprintf(&b, "%s %s %s", p.Severity, p.Rule, p)
		if p.EndLine > 0 {
			fmt.Fprintf(&b, " (to %d:%d)", p.EndLine, p.EndColumn)
		}
		if p.Replacement != "" {
			b.WriteString(" => " + p.Replacement)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// moduleText is the text of a module.
func moduleText(t testing.TB, m *collection.Module) *collection.Text {
	t.Helper()
	text, err := m.Text(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return text
}
