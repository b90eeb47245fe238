package merge

import (
	"path/filepath"
	"testing"
)

// Whatever the three versions are, the merge ends, keeps XML well-formed, and does not
// depend on which side is which; parsing keeps every byte.
func FuzzFile(f *testing.F) {
	paths := []string{"chapter.md", "src/SUMMARY.md", "modules/m1/index.cnxml", "book.toml", "main.rs"}
	files, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatal("no cases: ", err)
	}
	for _, file := range files {
		c := readCase(&testing.T{}, file)
		for i, path := range paths {
			if filepath.Ext(path) == filepath.Ext(c.path) && (filepath.Base(path) == filepath.Base(c.path) || i != 1) {
				f.Add(byte(i), c.base, c.ours, c.theirs)
			}
		}
	}
	f.Fuzz(func(t *testing.T, which byte, base, our, their []byte) {
		path := paths[int(which)%len(paths)]
		if len(base)+len(our)+len(their) > 20_000 {
			return
		}
		got, swapped := File(path, base, our, their), File(path, base, their, our)
		if clean := len(got.Conflicts) == 0; clean != (len(swapped.Conflicts) == 0) || clean && string(got.Text) != string(swapped.Text) {
			t.Errorf("not the same with the sides swapped:\n%q %+v\n%q %+v", got.Text, got.Conflicts, swapped.Text, swapped.Conflicts)
		}
		for _, data := range [][]byte{base, our, their} {
			if n := parserOf(path).parse(string(data)); isText(path, data) && n != nil && len(data) > 0 && written(n, "") != string(data) {
				t.Errorf("bytes are not kept: %q, %q", data, written(n, ""))
			}
		}
		if path == paths[2] && parseXML(string(base)) != nil && parseXML(string(our)) != nil && parseXML(string(their)) != nil {
			if parseXML(string(got.Text)) == nil {
				t.Errorf("not well-formed:\n%s", got.Text)
			}
		}
	})
}
