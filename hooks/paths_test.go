package hooks

import (
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// Of two names that differ in case the books' own rule speaks, if it does.
func TestCheckPaths(t *testing.T) {
	tree := fstest.MapFS{"A.png": {}, "a.png": {}, "B.png": {}, "b.png": {}, "what?.md": {}}
	before := []collection.Problem{{Path: "a.png", Rule: "case-collision", Severity: collection.Error}}
	found, err := CheckPaths(t.Context(), tree, nil, before)
	if err != nil || len(found) != 3 {
		t.Fatalf("got %q, %v", found, err)
	}
	for i, want := range []collection.Problem{
		before[0], {Path: "b.png", Rule: "case-collision", Severity: collection.Warning}, {Path: "what?.md", Rule: "path-refused", Severity: collection.Error},
	} {
		if p := found[i]; p.Path != want.Path || p.Rule != want.Rule || p.Severity != want.Severity {
			t.Errorf("got %+v, want %+v", p, want)
		}
	}
}
