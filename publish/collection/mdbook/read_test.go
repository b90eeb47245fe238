package mdbook

import (
	"flag"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/publish/collection"
)

var pathologicalBytes = flag.Int("pathological-bytes", 20_000, "size of the costly chapters")

// outcome is what reading a tree gives.
type outcome struct {
	lib      *collection.Library
	problems []collection.Problem
}

func readTree(t testing.TB, fsys fs.FS) *outcome {
	t.Helper()
	lib, problems, err := Format{}.Read(t.Context(), fsys, collection.NoFacts{})
	if err != nil {
		t.Fatal(err)
	}
	return &outcome{lib, problems}
}

// list is the problems, one on a line.
func (o *outcome) list() string {
	var b strings.Builder
	for _, p := range o.problems {
		fmt.Fprintf(&b, "%s %s %s\n", p.Severity, p.Rule, p)
	}
	return b.String()
}
