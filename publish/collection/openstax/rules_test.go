package openstax

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// soundLibrary is a small library without faults.
func soundLibrary(t testing.TB) fstest.MapFS {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/rules/sound.txt")
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, f := range archive.Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return fsys
}

// TestRules has an archive for each rule, called by its id. What is in bad/ and
// in good/ is put over the sound library, where a name that begins with "!"
// takes a file away. The bad library has the problems in "want", of that rule
// at least one; the good one is free of errors, warnings and that rule.
func TestRules(t *testing.T) {
	names, err := filepath.Glob("testdata/rules/*.txtar")
	if err != nil || len(names) < 30 {
		t.Fatalf("%d archives, %v", len(names), err)
	}
	if problems := judge(t, soundLibrary(t), collection.NoFacts{}); len(problems) > 0 {
		t.Fatalf("the sound library: %v", problems)
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
			ofRule := func(p collection.Problem) bool { return p.Rule == rule }
			bad := judge(t, variant(t, archive, "bad/"), collection.NoFacts{})
			if !slices.ContainsFunc(bad, ofRule) {
				t.Error("the bad library does not break the rule")
			}
			for _, p := range judge(t, variant(t, archive, "good/"), collection.NoFacts{}) {
				if ofRule(p) || p.Severity != collection.Note {
					t.Errorf("the good library: %s", describeProblem(p))
				}
			}
			var got strings.Builder
			for _, p := range bad {
				got.WriteString(describeProblem(p))
			}
			compareWant(t, name, archive, got.String())
		})
	}
}

func variant(t *testing.T, archive *txtar.Archive, prefix string) fstest.MapFS {
	fsys := soundLibrary(t)
	for _, f := range archive.Files {
		name, ok := strings.CutPrefix(f.Name, prefix)
		if gone, taken := strings.CutPrefix(name, "!"); ok && taken {
			delete(fsys, gone)
		} else if ok {
			fsys[name] = &fstest.MapFile{Data: f.Data}
		}
	}
	return fsys
}

// describeProblem has every field.
func describeProblem(p collection.Problem) string {
	s := p.Severity.String() + " " + p.Rule + " " + p.String()
	if p.EndLine > 0 {
		s += fmt.Sprintf(" (to %d:%d)", p.EndLine, p.EndColumn)
	}
	if p.Replacement != "" {
		s += " => " + p.Replacement
	}
	return s + "\n"
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
