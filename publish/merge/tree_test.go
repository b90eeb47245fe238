package merge

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"
)

// The cases in testdata/trees have files below base, ours, theirs and want; of want each
// file is compared, and no other may be there.
func TestTrees(t *testing.T) {
	files, err := filepath.Glob("testdata/trees/*.txtar")
	if err != nil || len(files) < 5 {
		t.Fatal("cases are missing: ", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			trees := map[string]fstest.MapFS{"base": {}, "ours": {}, "theirs": {}, "want": {}}
			for _, f := range a.Files {
				tree, name, _ := strings.Cut(f.Name, "/")
				trees[tree][name] = &fstest.MapFile{Data: f.Data}
			}
			conflict, _, _ := strings.Cut(strings.TrimPrefix(string(a.Comment), "conflict: "), "\n")
			checkTrees(t, trees["base"], trees["ours"], trees["theirs"], trees["want"], conflict)
			if conflict == "" {
				checkTrees(t, trees["base"], trees["theirs"], trees["ours"], trees["want"], conflict)
			}
		})
	}
}

func checkTrees(t *testing.T, base, ours, theirs, want fstest.MapFS, conflict string) {
	t.Helper()
	got, err := MergeTrees(t.Context(), base, ours, theirs)
	if err != nil {
		t.Fatal(err)
	}
	if (len(got.Conflicts) > 0) != (conflict != "") || conflict != "" && !strings.Contains(got.Conflicts[0].Message, conflict) {
		t.Errorf("conflicts %+v, want %q", got.Conflicts, conflict)
	}
	merged := fstest.MapFS{}
	for name, f := range ours {
		merged[name] = f
	}
	for name, data := range got.Files {
		if data == nil {
			delete(merged, name)
		} else {
			merged[name] = &fstest.MapFile{Data: data}
		}
	}
	for name, f := range want {
		if merged[name] == nil {
			t.Errorf("%s is missing", name)
		} else if string(merged[name].Data) != string(f.Data) {
			t.Errorf("%s:\n%swant:\n%s", name, merged[name].Data, f.Data)
		}
	}
	for name := range merged {
		if want[name] == nil {
			t.Errorf("%s is there", name)
		}
	}
}
