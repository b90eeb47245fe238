package merge

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// The cases in testdata are archives with the files base, ours, theirs and want. The
// comment has the path, and the conflict or notice to expect.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(files) < 20 {
		t.Fatal("cases are missing: ", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			c := readCase(t, file)
			got := File(c.path, c.base, c.ours, c.theirs)
			if c.want != nil && string(got.Text) != string(c.want) {
				t.Errorf("got:\n%swant:\n%s", got.Text, c.want)
			}
			c.checkReported(t, got)
			if strings.HasSuffix(c.path, "xml") {
				if parseXML(string(got.Text)) == nil {
					t.Errorf("not well-formed:\n%s", got.Text)
				}
			}
			swapped := File(c.path, c.base, c.theirs, c.ours)
			if len(swapped.Conflicts) != len(got.Conflicts) || len(got.Conflicts) == 0 && string(swapped.Text) != string(got.Text) {
				t.Errorf("with the sides swapped it is not the same:\n%s", swapped.Text)
			}
		})
	}
}

// mergeCase is a case of testdata.
type mergeCase struct {
	path, conflict, notice   string
	base, ours, theirs, want []byte
}

func readCase(t *testing.T, file string) (c mergeCase) {
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(a.Comment)) {
		line = strings.TrimSpace(line)
		if text, ok := strings.CutPrefix(line, "conflict: "); ok {
			c.conflict = text
		} else if text, ok := strings.CutPrefix(line, "notice: "); ok {
			c.notice = text
		} else if line != "" {
			c.path = line
		}
	}
	for _, f := range a.Files {
		*map[string]*[]byte{"base": &c.base, "ours": &c.ours, "theirs": &c.theirs, "want": &c.want}[f.Name] = f.Data
	}
	return c
}

func (c mergeCase) checkReported(t *testing.T, got *Result) {
	t.Helper()
	if (len(got.Conflicts) > 0) != (c.conflict != "") || c.conflict != "" && !strings.Contains(got.Conflicts[0].Message, c.conflict) {
		t.Errorf("conflicts %+v, want %q", got.Conflicts, c.conflict)
	}
	if (len(got.Notices) > 0) != (c.notice != "") || c.notice != "" && !strings.Contains(got.Notices[0].Message, c.notice) {
		t.Errorf("notices %+v, want %q", got.Notices, c.notice)
	}
	for _, conflict := range got.Conflicts {
		if conflict.Line > 0 && !strings.Contains(strings.Split(string(got.Text), "\n")[conflict.Line-1], "<<<<<<<") {
			t.Errorf("line %d has no conflict", conflict.Line)
		}
	}
}

// A conflict is the same each time.
func TestDeterministic(t *testing.T) {
	files, _ := filepath.Glob("testdata/cases/*.txtar")
	for _, file := range files {
		c := readCase(t, file)
		first := File(c.path, c.base, c.ours, c.theirs)
		for range 20 {
			if again := File(c.path, c.base, c.ours, c.theirs); string(again.Text) != string(first.Text) {
				t.Fatalf("%s: not the same again:\n%s", file, again.Text)
			}
		}
	}
}
