package main

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/rhaptos/rhaptos/"

// foundations are the packages below gitserver that know neither git nor books
// and may be used by both.
var foundations = []string{"gitserver/database", "gitserver/blobstore", "gitserver/failpoint", "gitserver/egress", "gitserver/lru", "gitserver/refusal"}

// The world of git and the world of books do not know each other; they meet in
// hooks and in this command. docs/architecture.md draws it.
func TestWorldsAreApart(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}}{{range .Imports}} {{.}}{{end}}", "../../...").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		from := strings.TrimPrefix(fields[0], module)
		packages++
		for _, imported := range fields[1:] {
			to, ours := strings.CutPrefix(imported, module)
			if ours && !allowed(from, to) {
				t.Errorf("%s imports %s", from, to)
			}
		}
	}
	if packages < 20 {
		t.Errorf("looked at %d packages only", packages)
	}
}

func allowed(from, to string) bool {
	for _, f := range foundations {
		if to == f || strings.HasPrefix(to, f+"/") {
			return true
		}
	}
	room := func(path string) string { r, _, _ := strings.Cut(path, "/"); return r }
	switch {
	case strings.HasPrefix(from, "web/decision"), strings.HasPrefix(from, "web/negotiate"):
		// Anybody may import these without the rest.
		return strings.HasPrefix(to, "web/negotiate") || to == "web/decision/wire" || from != "web/decision" && strings.HasPrefix(to, "web/decision")
	case room(from) == room(to):
		return true
	case room(from) == "cmd":
		return true
	case room(from) == "hooks":
		return room(to) == "gitserver" || room(to) == "publish"
	case room(from) == "web":
		return room(to) == "publish"
	}
	return false
}
