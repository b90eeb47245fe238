package openstax

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// sharedData is the folder of the real books. Where it is not beside the
// repository, the test is left out.
func sharedData(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs("../../../../shared/data")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the real books (../shared/data beside the repository) are not here")
	}
	return dir
}

// history is a repository made from a bundle, read by git itself.
type history struct {
	dir   string
	in    io.WriteCloser
	out   *bufio.Reader
	blobs map[string][]byte
}

func openHistory(t testing.TB, name string) *history {
	t.Helper()
	h := &history{dir: filepath.Join(t.TempDir(), "git"), blobs: map[string][]byte{}}
	bundle := filepath.Join(sharedData(t), name+".bundle")
	if out, err := exec.Command("git", "clone", "-q", "--bare", "--branch=main", bundle, h.dir).CombinedOutput(); err != nil {
		t.Fatalf("git clone: %v\n%s", err, out)
	}
	cmd := exec.Command("git", "cat-file", "--batch")
	cmd.Dir = h.dir
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	h.in, h.out = in, bufio.NewReader(out)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	return h
}

func (h *history) git(t testing.TB, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = h.dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %v: %v", args, err)
	}
	return out
}

// tree is the tree of a commit. Media are there by name only.
func (h *history) tree(t testing.TB, commit string) fs.FS {
	t.Helper()
	fsys := fstest.MapFS{}
	for line := range bytes.SplitSeq(h.git(t, "ls-tree", "-r", "-z", commit), []byte{0}) {
		entry, name, ok := strings.Cut(string(line), "\t")
		if !ok {
			continue
		}
		f := &fstest.MapFile{}
		if strings.HasSuffix(name, ".xml") || strings.HasSuffix(name, ".cnxml") {
			f.Data = h.blob(t, strings.Fields(entry)[2])
		}
		fsys[name] = f
	}
	return fsys
}

func (h *history) blob(t testing.TB, id string) []byte {
	t.Helper()
	if data, ok := h.blobs[id]; ok {
		return data
	}
	fmt.Fprintln(h.in, id)
	header, err := h.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(header)
	size, err := strconv.Atoi(fields[len(fields)-1])
	if err != nil {
		t.Fatal(header)
	}
	data := make([]byte, size+1) // and a line feed
	if _, err := io.ReadFull(h.out, data); err != nil {
		t.Fatal(err)
	}
	h.blobs[id] = data[:size]
	return data[:size]
}

// kinds are our rules in the words of the independent checker.
var kinds = map[string]string{
	"xml-malformed":       "xml-parse-error",
	"duplicate-id":        "duplicate-id",
	"resource-missing":    "missing-resource",
	"link-page-missing":   "missing-page",
	"link-target-missing": "missing-target-id",
	"link-empty":          "empty-link",
	"module-missing":      "toc-missing-page",
}

// slips are the warnings about real books that are true, and that no tool of
// OpenStax tells: an effect "itelics", a space without a unit, tables that do
// not say how many columns they have, an entry in a column that is not there.
var slips = map[string]map[string]int{
	"osbooks-introductory-statistics-bundle":  {"attribute-value": 3},
	"osbooks-physics":                         {"attribute-value": 1, "table-column-unknown": 1},
	"osbooks-introduction-python-programming": {},
}

// TestTips reads the newest state of real books: they are published, so there
// is no error in them, and no warning that they need not mind.
func TestTips(t *testing.T) {
	for name, want := range map[string][2]int{
		"osbooks-introductory-statistics-bundle":  {2, 179},
		"osbooks-physics":                         {1, 100},
		"osbooks-introduction-python-programming": {1, 115},
	} {
		t.Run(name, func(t *testing.T) {
			h := openHistory(t, name)
			lib, problems, err := Format{}.Read(t.Context(), h.tree(t, "main"))
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
			if got := [2]int{len(lib.Books), len(lib.Modules)}; got != want {
				t.Errorf("%v books and modules, want %v", got, want)
			}
			for id, m := range lib.Modules {
				if m.Content == nil || m.Title == nil || m.UUID == "" {
					t.Errorf("%s is not whole", id)
				}
			}
		})
	}
}

// TestHistory compares our judgement of old states of a real book with that of
// an independent checker: every commit where it found something, and one in
// forty of the others.
func TestHistory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads some fifty states of a book")
	}
	const name = "osbooks-introduction-python-programming"
	table, err := os.ReadFile(filepath.Join(sharedData(t), name+".expected.tsv"))
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
	h := openHistory(t, name)
	for i, commit := range strings.Fields(string(h.git(t, "rev-list", "main"))) {
		want, found := expected[commit]
		if !found && i%40 != 0 {
			continue
		}
		_, problems, err := Format{}.Read(t.Context(), h.tree(t, commit))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range problems {
			if kind, ok := kinds[p.Rule]; ok {
				got = append(got, fmt.Sprintf("%s %d %s", p.Path, p.Line, kind))
			} else if p.Severity != collection.Note {
				t.Errorf("%s: besides: %s %s", commit, p.Rule, p)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", commit, got, want)
		}
		delete(expected, commit)
	}
	if len(expected) > 0 {
		t.Errorf("commits of the table that are not in the history: %v", expected)
	}
}

func BenchmarkReadStatistics(b *testing.B) {
	h := openHistory(b, "osbooks-introductory-statistics-bundle")
	fsys := h.tree(b, "main")
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := (Format{}).Read(b.Context(), fsys); err != nil {
			b.Fatal(err)
		}
	}
}
