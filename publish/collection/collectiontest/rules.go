// Package collectiontest holds what the tests of all formats have in common.
package collectiontest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// Sound is the small library without faults in dir/sound.txt.
func Sound(t testing.TB, dir string) fstest.MapFS {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join(dir, "sound.txt"))
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, f := range archive.Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return fsys
}

// Variant is the sound library with the archive's files below prefix put over
// it, where a name that begins with "!" takes a file away.
func Variant(t testing.TB, dir string, archive *txtar.Archive, prefix string) fstest.MapFS {
	t.Helper()
	fsys := Sound(t, dir)
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

// Rules has an archive in dir for each rule, called by its id. What is in bad/
// and in good/ makes two variants of the sound library. The bad one has the
// problems in "want", which is written anew on update, of that rule at least
// one; the good one is free of errors, warnings and that rule.
func Rules(t *testing.T, format collection.Format, dir string, update bool) {
	names, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%d archives, %v", len(names), err)
	}
	judge := func(t *testing.T, fsys fstest.MapFS) []collection.Problem {
		_, problems, err := format.Read(t.Context(), fsys, analysis.None{})
		if err != nil {
			t.Fatal(err)
		}
		return problems
	}
	if problems := judge(t, Sound(t, dir)); len(problems) > 0 {
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
			bad := judge(t, Variant(t, dir, archive, "bad/"))
			if !slices.ContainsFunc(bad, ofRule) {
				t.Error("the bad library does not break the rule")
			}
			for _, p := range judge(t, Variant(t, dir, archive, "good/")) {
				if ofRule(p) || p.Severity != collection.Note {
					t.Errorf("the good library: %s", describe(p))
				}
			}
			var got strings.Builder
			for _, p := range bad {
				got.WriteString(describe(p))
			}
			compare(t, name, archive, got.String(), update)
		})
	}
}

// describe has every field.
func describe(p collection.Problem) string {
	s := p.Severity.String() + " " + p.Rule + " " + p.String()
	if p.EndLine > 0 {
		s += fmt.Sprintf(" (to %d:%d)", p.EndLine, p.EndColumn)
	}
	if p.Replacement != "" {
		s += " => " + p.Replacement
	}
	return s + "\n"
}

func compare(t *testing.T, name string, archive *txtar.Archive, got string, update bool) {
	t.Helper()
	isWant := func(f txtar.File) bool { return f.Name == "want" }
	if update {
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
