package mdbook

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// TestIncludeTooLarge includes more files than a chapter may; the rest of the
// chapter is read.
func TestIncludeTooLarge(t *testing.T) {
	fsys := fstest.MapFS{
		"book.toml":      {Data: []byte("[book]\ntitle = 'T'\n")},
		"src/SUMMARY.md": {Data: []byte("- [One](one.md)\n")},
		"src/one.md":     {Data: []byte("# One\n" + strings.Repeat("{{#include x.txt}}\n", includesMost+2) + "\n## The end\n")},
		"src/x.txt":      {Data: []byte("x")},
	}
	out := readTree(t, fsys)
	want := fmt.Sprintf("error include-too-large src/one.md:%d:12: the chapter includes more than it may; split it (to %[1]d:17)\n", includesMost+2)
	if got := out.list(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if moduleText(t, out.lib.Modules["one"]).Content.Child("section") == nil {
		t.Error("what follows is gone")
	}
}
