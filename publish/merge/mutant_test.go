package merge

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// mutants are wrong variants of the merge: in a file, one text in place of another.
var mutants = []struct{ file, text, instead string }{
	{"words.go", "weigh(v.b.parts, a.to, b.from) < apart", "false"},                                                                             // touching changes are joined
	{"words.go", "r.conflict = r.both() && !m.agree(v, r)", "r.conflict = false"},                                                               // ours wins
	{"merger.go", "case n.base != nil && other == nil:", "case false:"},                                                                         // moved and removed comes back
	{"merger.go", "case n.base != nil && n.moved && other.moved && !samePlace(n, other):", "case false:"},                                       // moved apart is there twice
	{"merger.go", "case n.base == nil && n.twin != nil && !samePlace(n, n.twin):", "case false:"},                                               // added apart is there twice
	{"merger.go", "n.dispute != undisputed", "false"},                                                                                           // passages moved apart
	{"merger.go", "!other.moved && divided(n.base, other)", "false"},                                                                            // half of a text moves
	{"blocks.go", "if lost := v.lost(r); lost == nil {", "if true {"},                                                                           // an edit is lost with its paragraph
	{"blocks.go", "case removes && !entries, v.divides(r):", "case false:"},                                                                     // what replaces and what is added stand together
	{"blocks.go", "if m.source(y) < m.source(x) {", "if false {"},                                                                               // the order depends on the side
	{"dispute.go", "p.isToken() && p.weight > 0", "p == nil"},                                                                                   // no passage is seen
	{"hunk.go", "p.moved = p.base != nil && !kept[i]", "p.moved = p.base != nil && !kept[i] && false"},                                          // nothing is ever moved
	{"attributes.go", "case z == x || y == z:", "case true:"},                                                                                   // our attributes win
	{"tree.go", "case data[ours] == nil || data[theirs] == nil:", "case data[ours] == nil:\n\t\tm.set(name, nil)\n\tcase data[theirs] == nil:"}, // removed and edited
	{"split.go", "m.exchanges(theirs, relate)", ""},                                                                                             // moves of one side are not followed
}

// Every mutant is caught by the other tests. Each is built and run, so this is for the
// drill: RHAPTOS_MUTANTS=1.
func TestMutants(t *testing.T) {
	if os.Getenv("RHAPTOS_MUTANTS") == "" {
		t.Skip("RHAPTOS_MUTANTS is not set")
	}
	testenv.Program(t, "go")
	for _, m := range mutants {
		source, err := os.ReadFile(m.file)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(source), m.text); n != 1 {
			t.Errorf("%s has %q %d times", m.file, m.text, n)
			continue
		}
		if out, caught := runMutant(t, m.file, strings.Replace(string(source), m.text, m.instead, 1)); !caught {
			t.Errorf("%s with %q in place of %q is not caught:\n%s", m.file, m.instead, m.text, out)
		}
	}
}

// runMutant runs the tests with another content of a file, and reports whether they
// fail; a variant that does not build is an error.
func runMutant(t *testing.T, file, source string) (out string, caught bool) {
	dir := t.TempDir()
	path, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	variant, overlay := filepath.Join(dir, file), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {path: variant}})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{variant: []byte(source), overlay: replace} {
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "test", "-vet=off", "-failfast", "-count=1", "-overlay", overlay, "-run", "^(TestCases|TestTrees|TestRealMerges|TestMovedPassages|TestCrossedEdits)$", ".")
	cmd.Env = append(os.Environ(), "RHAPTOS_MUTANTS=", "RHAPTOS_MERGES=300")
	text, err := cmd.CombinedOutput()
	if strings.Contains(string(text), "[build failed]") {
		t.Errorf("%s does not build: %s", file, text)
	}
	return string(text), err != nil
}
