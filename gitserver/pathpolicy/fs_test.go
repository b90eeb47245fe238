package pathpolicy

import (
	"testing"
	"testing/fstest"
)

// A folder is judged as the commit that git would make of it.
func TestCheckFolder(t *testing.T) {
	folder := fstest.MapFS{
		".git/config": {}, "src/aux.md": {}, "skipped/nul": {}, "src/one.md": {}, "Src": {}, "con": {Mode: 0o755 | 1<<31},
		"inner/.git": {}, "inner/x": {},
	}
	problems, warnings, err := Check(t.Context(), folder, func(path string) bool { return path == "skipped" })
	if err != nil || len(problems) != 2 || problems[0].Path != "inner" || problems[1].Path != "src/aux.md" || len(warnings) != 1 {
		t.Errorf("got %q, %q, %v", problems, warnings, err)
	}
}
