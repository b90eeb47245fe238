package merge

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// corpus is the folder with real merges; the test is left out where there is none.
func corpus(t testing.TB) string {
	t.Helper()
	return testenv.SharedData(t, "merges")
}

// realMerge is a case of the corpus.
type realMerge struct {
	name, path, expect, kind   string
	base, ours, theirs, result []byte
}

func realMerges(t testing.TB) (all []realMerge) {
	dirs, err := filepath.Glob(filepath.Join(corpus(t), "[0-9]*"))
	if err != nil || len(dirs) == 0 {
		t.Fatal("the corpus is empty: ", err)
	}
	for _, dir := range dirs {
		read := func(name string) []byte {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			return data
		}
		c := realMerge{name: filepath.Base(dir), base: read("base"), ours: read("ours"), theirs: read("theirs"), result: read("result")}
		for line := range strings.Lines(string(read("case.txt"))) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			switch key {
			case "path":
				c.path = value
			case "expect":
				c.expect = value
			case "kind":
				c.kind = value
			}
		}
		all = append(all, c)
	}
	return all
}

// doubtful are cases that are to be conflicts though the corpus, whose expectations are
// set by rule, says otherwise.
var doubtful = map[string]string{
	"058": "both sides changed the title of one entry, to different words; the result, made from a later commit, is one of the two",
}

// Each real merge comes out as its case says: as people committed it, white space
// aside, or as a conflict; never clean and different.
func TestRealMerges(t *testing.T) {
	for _, c := range realMerges(t) {
		t.Run(c.name, func(t *testing.T) {
			got := File(c.path, c.base, c.ours, c.theirs)
			clean := len(got.Conflicts) == 0
			equal := slices.Equal(strings.Fields(string(got.Text)), strings.Fields(string(c.result)))
			union := clean && slices.Equal(sortedFields(got.Text), sortedFields(c.result))
			if why := doubtful[c.name]; why != "" {
				if clean {
					t.Errorf("clean: %s", why)
				}
				return
			}
			var fault string
			switch e := c.expect; {
			case strings.HasPrefix(e, "resolve or conflict"), strings.HasPrefix(e, "follow the move, then merge"), strings.HasSuffix(e, "the human wrote something else"):
			case strings.HasPrefix(e, "conflict preferred"), strings.HasPrefix(e, "conflict where"), strings.HasPrefix(e, "see kinds"), strings.HasPrefix(e, "conflict, or removed"), strings.HasPrefix(e, "conflict, or one place"):
				if clean && !equal {
					fault = "clean, and not the result"
				}
			case strings.HasPrefix(e, "conflict, or both"):
				if clean && !union {
					fault = "clean, and not both insertions"
				}
			case strings.HasPrefix(e, "conflict"):
				if clean {
					fault = "clean"
				}
			case strings.HasPrefix(e, "resolve; entry gone"), strings.HasPrefix(e, "resolve"), strings.HasPrefix(e, "follow the move, then resolve"):
				if !clean {
					fault = "not merged: " + got.Conflicts[0].Message
				} else if !equal {
					fault = "merged, and not the result"
				}
			default:
				t.Fatalf("unknown expectation %q", e)
			}
			if fault != "" {
				t.Errorf("%s\n%s\nexpect: %s\nkind: %s\n%s", fault, c.path, c.expect, c.kind, firstDifference(got.Text, c.result))
			}
			swapped := File(c.path, c.base, c.theirs, c.ours)
			if len(swapped.Conflicts) != len(got.Conflicts) || clean && string(swapped.Text) != string(got.Text) {
				t.Errorf("with the sides swapped it is not the same: %d and %d conflicts\n%s", len(got.Conflicts), len(swapped.Conflicts), firstDifference(got.Text, swapped.Text))
			}
			t.Logf("clean %v, equal %v, conflicts %d; %s; %s", clean, equal, len(got.Conflicts), c.expect, c.kind)
		})
	}
}

func sortedFields(data []byte) []string {
	fields := strings.Fields(string(data))
	slices.Sort(fields)
	return fields
}

// firstDifference shows where two texts differ first.
func firstDifference(got, want []byte) string {
	g, w := strings.Fields(string(got)), strings.Fields(string(want))
	i := 0
	for i < len(g) && i < len(w) && g[i] == w[i] {
		i++
	}
	show := func(f []string) string { return strings.Join(f[max(0, i-6):min(len(f), i+30)], " ") }
	if i >= len(g) && i >= len(w) {
		return "the same words"
	}
	return "got:  " + show(g[:]) + "\nwant: " + show(w)
}
