package mdbook

import (
	"io/fs"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
	"github.com/rhaptos/rhaptos/gitserver/tree"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/realbook"
)

// identified is a tree that knows the ids of its files and counts those that
// are opened.
type identified struct {
	fstest.MapFS
	opened *atomic.Int64
}

func identify(fsys fstest.MapFS) identified {
	out := fstest.MapFS{}
	for name, f := range fsys {
		out[name] = &fstest.MapFile{Data: f.Data, Sys: contentID(analysis.ContentID(f.Data))}
	}
	return identified{out, new(atomic.Int64)}
}

type contentID string

func (c contentID) BlobID() string { return string(c) }

func (i identified) ReadFile(name string) ([]byte, error) {
	i.opened.Add(1)
	return i.MapFS.ReadFile(name)
}

func judged(t testing.TB, fsys fs.FS, kept analysis.Cache) []collection.Problem {
	t.Helper()
	_, problems, err := Format{}.Read(t.Context(), fsys, kept)
	if err != nil {
		t.Fatal(err)
	}
	return problems
}

// TestAnalysisCache changes one file after the other of a book whose analysis is cached:
// each change is seen, also in what is included by what is included.
func TestAnalysisCache(t *testing.T) {
	files := fstest.MapFS{
		"book.toml":      {Data: []byte("[book]\ntitle = 'T'\n")},
		"src/SUMMARY.md": {Data: []byte("- [One](one.md)\n- [Two](two.md)\n")},
		"src/one.md":     {Data: []byte("# One\n\n{{#include parts/a.md}}\n{{#include parts/none.md}}\n")},
		"src/parts/a.md": {Data: []byte("{{#include b.md:x}}\n")},
		"src/parts/b.md": {Data: []byte("ANCHOR: x\n[to two](two.md#two)\nANCHOR_END: x\n")},
		"src/two.md":     {Data: []byte("# Two\n")},
	}
	kept := analysis.NewMemory(1 << 20)
	for _, step := range []struct {
		name, text string
		opened     int64
		want       string
	}{
		{"", "", 6, "include-missing"},
		{"", "", 2, "include-missing"},
		{"src/two.md", "# Zwei\n", 3, "link-target-missing include-missing"},
		{"src/parts/none.md", "Here.\n", 6, "link-target-missing"},
		{"src/parts/b.md", "ANCHOR: x\n[to two](two.md#zwei)\nANCHOR_END: x\n", 6, ""},
		{"src/parts/b.md", "ANCHOR: y\n", 6, "include-missing"},
		{"src/parts/a.md", "no more\n", 5, ""},
	} {
		if step.name != "" {
			files[step.name] = &fstest.MapFile{Data: []byte(step.text)}
		}
		fsys := identify(files)
		got := judged(t, fsys, kept)
		if again := judged(t, files, analysis.None{}); !slices.Equal(got, again) {
			t.Errorf("%s: with the cache %v, without %v", step.name, got, again)
		}
		var rules []string
		for _, p := range got {
			rules = append(rules, p.Rule)
		}
		if strings.Join(rules, " ") != step.want {
			t.Errorf("%s: %v, want %s", step.name, got, step.want)
		}
		if n := fsys.opened.Load(); n != step.opened {
			t.Errorf("%s: %d files were opened, want %d", step.name, n, step.opened)
		}
	}
}

// history is every state of the Rust book, the oldest first, as the server
// reads it.
func history(t testing.TB) (dir string, commits []string) {
	t.Helper()
	dir = realbook.Clone(t, "mdbook-rust-book", "--bare")
	out, err := exec.Command("git", "-C", dir, "rev-list", "--reverse", "main").Output()
	if err != nil {
		t.Fatal(err)
	}
	return dir, strings.Fields(string(out))
}

// fresh is the tree of a commit from which nothing has been read yet.
func fresh(t testing.TB, dir, commit string) fs.FS {
	t.Helper()
	objects, err := tree.Open(dir)
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

// TestHistory checks every state of the Rust book with the cached analyses of those
// before it, and finds what is found without any, which every fifth shows.
func TestHistory(t *testing.T) {
	testenv.Slow(t, "judges thirty states of a book")
	dir, commits := history(t)
	kept := analysis.NewMemory(64 << 20)
	var warm, cold time.Duration
	rules := map[string]int{}
	for i, commit := range commits {
		fsys := fresh(t, dir, commit)
		start := time.Now()
		got := judged(t, fsys, kept)
		warm += time.Since(start)
		if i%5 == 4 {
			start = time.Now()
			want := judged(t, fsys, analysis.None{})
			cold += time.Since(start)
			if !slices.Equal(got, want) {
				t.Errorf("%s: with the cache %v, without %v", commit, got, want)
			}
		}
		for _, p := range got {
			rules[p.Severity.String()+" "+p.Rule]++
		}
	}
	size, entries := kept.Size()
	t.Logf("%d commits with the cache in %v, one in five without in %v; %d entries, %d bytes; %v", len(commits), warm, cold, entries, size, rules)
}

// BenchmarkJudge checks the tip of the Rust book when nothing is known, and
// again when all is.
func BenchmarkJudge(b *testing.B) {
	dir, commits := history(b)
	tip := commits[len(commits)-1]
	kept := analysis.NewMemory(64 << 20)
	for name, cache := range map[string]analysis.Cache{"cold": analysis.None{}, "known": kept} {
		b.Run(name, func(b *testing.B) {
			judged(b, fresh(b, dir, tip), cache)
			b.ReportAllocs()
			for b.Loop() {
				judged(b, fresh(b, dir, tip), cache)
			}
		})
	}
}
