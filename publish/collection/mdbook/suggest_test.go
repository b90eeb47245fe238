package mdbook

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"golang.org/x/tools/txtar"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// soundBook is a small book without faults.
func soundBook(t testing.TB) fstest.MapFS {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/suggest/sound.txt")
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, f := range archive.Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return fsys
}

// variant is the sound book with the archive's files of one folder over it; a
// name that begins with "!" takes a file away.
func variant(t *testing.T, archive *txtar.Archive, folder string) fstest.MapFS {
	fsys := soundBook(t)
	for _, f := range archive.Files {
		name, ok := strings.CutPrefix(f.Name, folder)
		if gone, taken := strings.CutPrefix(name, "!"); ok && taken {
			delete(fsys, gone)
		} else if ok {
			fsys[name] = &fstest.MapFile{Data: f.Data}
		}
	}
	return fsys
}

// TestSuggestions has an archive for each rule, called by its id. The book in bad/
// has the problems in "want", of that rule at least one, and each replacement
// fixes its problem; the book in good/ is free of errors, warnings and that rule.
func TestSuggestions(t *testing.T) {
	names, err := filepath.Glob("testdata/suggest/*.txtar")
	if err != nil || len(names) < 20 {
		t.Fatalf("%d archives, %v", len(names), err)
	}
	if problems := readTree(t, soundBook(t)).problems; len(problems) > 0 {
		t.Fatalf("the sound book: %v", problems)
	}
	for _, name := range names {
		rule := strings.TrimSuffix(filepath.Base(name), ".txtar")
		t.Run(rule, func(t *testing.T) {
			if _, ok := collection.RuleOf(rule); !ok {
				t.Errorf("the rule is in no table")
			}
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			bad := readTree(t, variant(t, archive, "bad/"))
			if !slices.ContainsFunc(bad.problems, func(p collection.Problem) bool { return p.Rule == rule }) {
				t.Error("the bad book does not break the rule")
			}
			for _, p := range readTree(t, variant(t, archive, "good/")).problems {
				if p.Rule == rule || p.Severity != collection.Note {
					t.Errorf("the good book: %s %s", p.Rule, p)
				}
			}
			for _, p := range bad.problems {
				checkFixed(t, variant(t, archive, "bad/"), bad.problems, p)
			}
			compareWant(t, name, archive, bad.list())
		})
	}
}

func compareWant(t *testing.T, name string, archive *txtar.Archive, got string) {
	t.Helper()
	isWant := func(f txtar.File) bool { return f.Name == "want" }
	if *update {
		archive.Files = append(slices.DeleteFunc(archive.Files, isWant), txtar.File{Name: "want", Data: []byte(got)})
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	i := slices.IndexFunc(archive.Files, isWant)
	if i < 0 || string(archive.Files[i].Data) != got {
		t.Errorf("got\n%s", got)
	}
}

// checkFixed carries out what a problem suggests: it is gone, others may be
// gone with it, and none has come.
func checkFixed(t *testing.T, fsys fstest.MapFS, before []collection.Problem, p collection.Problem) {
	t.Helper()
	if p.Replacement == "" {
		return
	}
	text := string(fsys[p.Path].Data)
	from, to := offsetIn(text, p.Line, p.Column), offsetIn(text, p.EndLine, p.EndColumn)
	fsys[p.Path] = &fstest.MapFile{Data: []byte(text[:from] + p.Replacement + text[to:])}
	after := readTree(t, fsys).problems
	if fresh, _ := collection.DiffProblems(after, before); len(fresh) > 0 || len(after) >= len(before) {
		t.Errorf("%q does not fix %s: %v", p.Replacement, p, after)
	}
}

// offsetIn is the place of a line and a column, which counts characters.
func offsetIn(text string, line, column int) int {
	at := 0
	for range line - 1 {
		at += strings.IndexByte(text[at:], '\n') + 1
	}
	for range column - 1 {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}
