package openstax

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
	"github.com/rhaptos/rhaptos/gitserver/tree"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/realbook"
)

var everyCold = flag.Int("cold", 24, "judge one in so many commits of the histories a second time, without the cache")

const (
	python     = "osbooks-introduction-python-programming"
	physics    = "osbooks-physics"
	statistics = "osbooks-introductory-statistics-bundle"
)

// history is a repository made from a bundle, as the server reads it.
type history struct {
	dir     string
	objects *tree.Objects
}

// openHistory clones a bundle. Where the real books are not beside the
// repository, the test is left out.
func openHistory(t testing.TB, name string) *history {
	t.Helper()
	h := &history{dir: realbook.Clone(t, name, "--bare")}
	var err error
	if h.objects, err = tree.Open(h.dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.objects.Close() })
	return h
}

// commits are those of the history, the oldest first.
func (h *history) commits(t testing.TB) []string {
	t.Helper()
	cmd := exec.Command("git", "rev-list", "--reverse", "main")
	cmd.Dir = h.dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

func (h *history) tree(t testing.TB, commit string) fs.FS {
	t.Helper()
	fsys, err := h.objects.Commit(plumbing.NewHash(commit))
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

// fresh is the tree of a commit from which nothing has been read yet, as a push
// finds it.
func (h *history) fresh(t testing.TB, commit string) fs.FS {
	t.Helper()
	objects, err := tree.Open(h.dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { objects.Close() })
	fsys, err := objects.Commit(plumbing.NewHash(commit))
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

func (h *history) tip(t testing.TB) fs.FS {
	all := h.commits(t)
	return h.tree(t, all[len(all)-1])
}

func judge(t testing.TB, fsys fs.FS, kept analysis.Cache) []collection.Problem {
	t.Helper()
	_, problems, err := Format{}.Read(context.Background(), fsys, kept)
	if err != nil {
		t.Fatal(err)
	}
	return problems
}

// TestTips reads the newest state of real books: they are published, so there
// is no error in them, and no warning that they need not mind.
func TestTips(t *testing.T) {
	for name, want := range map[string]struct{ books, modules int }{
		statistics: {2, 179},
		physics:    {1, 100},
		python:     {1, 115},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := openHistory(t, name).tip(t)
			lib, problems, err := Format{}.Read(t.Context(), fsys, analysis.None{})
			if err != nil {
				t.Fatal(err)
			}
			warnings := map[string]int{}
			for _, p := range problems {
				switch _, poet := kinds[p.Rule]; {
				case poet || p.Severity == collection.Error:
					t.Errorf("%s %s", p.Rule, p)
				case p.Severity == collection.Warning:
					warnings[p.Rule]++
				}
			}
			if !maps.Equal(warnings, slips[name]) {
				t.Errorf("warnings %v, want %v", warnings, slips[name])
			}
			if len(lib.Books) != want.books || len(lib.Modules) != want.modules {
				t.Errorf("%d books and %d modules, want %v", len(lib.Books), len(lib.Modules), want)
			}
			for id, m := range lib.Modules {
				if text := moduleText(t, m); text.Content == nil || text.Title == nil || m.UUID == "" || m.Key == "" {
					t.Errorf("%s is not whole", id)
				}
			}
			kept := analysis.NewMemory(256 << 20)
			judge(t, fsys, kept)
			if known := judge(t, fsys, kept); !slices.Equal(known, problems) {
				t.Error("what is known is judged differently")
			}
		})
	}
}

// slips are the warnings about real books that are true, and that no tool of
// OpenStax tells: an effect "itelics", a space without a unit, tables that do
// not say how many columns they have, an entry in a column that is not there,
// a module that no book has.
var slips = map[string]map[string]int{
	statistics: {"attribute-value": 3, "table-cols-mismatch": 22},
	physics:    {"attribute-value": 1, "table-cols-mismatch": 38, "table-column-unknown": 1},
	python:     {"module-unused": 1, "table-cols-mismatch": 6},
}

// kinds are our rules in the words of the independent checker.
var kinds = map[string]string{
	"xml-malformed":       "xml-parse-error",
	"duplicate-id":        "duplicate-id",
	"resource-missing":    "missing-resource",
	"path-outside":        "missing-resource",
	"link-page-missing":   "missing-page",
	"link-target-missing": "missing-target-id",
	"link-empty":          "empty-link",
	"module-missing":      "toc-missing-page",
}

// expectations are what an independent checker found, by commit.
func expectations(t testing.TB, name string) map[string][]string {
	t.Helper()
	table, err := os.ReadFile(filepath.Join(filepath.Dir(realbook.Bundle(t, name)), name+".expected.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	expected := map[string][]string{}
	for line := range strings.Lines(string(table)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if fields[0] != "commit" {
			expected[fields[0]] = append(expected[fields[0]], strings.Join(fields[1:4], " "))
		}
	}
	return expected
}

// TestHistory compares our judgement of every state of real books with that of
// an independent checker: the same commits, the same places, none more. Facts
// are kept along the way, and now and then the same is found without any.
func TestHistory(t *testing.T) {
	testenv.Slow(t, "judges some six hundred states of books")
	for _, name := range []string{python, physics, statistics} {
		t.Run(name, func(t *testing.T) {
			expected := expectations(t, name)
			h := openHistory(t, name)
			kept := analysis.NewMemory(64 << 20)
			var warm, cold time.Duration
			others := map[string]int{}
			commits := h.commits(t)
			for i, commit := range commits {
				fsys := h.tree(t, commit)
				start := time.Now()
				problems := judge(t, fsys, kept)
				warm += time.Since(start)
				var got []string
				for _, p := range problems {
					if kind, ok := kinds[p.Rule]; ok {
						got = append(got, fmt.Sprintf("%s %d %s", p.Path, p.Line, kind))
					} else {
						others[p.Severity.String()+" "+p.Rule]++
					}
				}
				slices.Sort(got)
				slices.Sort(expected[commit])
				if !slices.Equal(got, expected[commit]) {
					t.Errorf("%s:\ngot  %q\nwant %q", commit, got, expected[commit])
				}
				delete(expected, commit)
				if i%*everyCold == 0 || i == len(commits)-1 {
					start := time.Now()
					if again := judge(t, h.tree(t, commit), analysis.None{}); !slices.Equal(again, problems) {
						t.Errorf("%s is judged otherwise without the cache", commit)
					}
					cold += time.Since(start)
				}
			}
			if len(expected) > 0 {
				t.Errorf("commits of the table that are not in the history: %v", expected)
			}
			size, entries := kept.Size()
			t.Logf("%d commits with the cache in %v, one in %d without in %v; %d entries, %d bytes; besides: %v",
				len(commits), warm, *everyCold, cold, entries, size, others)
		})
	}
}
