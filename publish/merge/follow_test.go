package merge

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// Of places in files of real commits, nearly all whose line git has unchanged are found
// at its line, and none leads to a text with other words.
func TestFollowRealCommits(t *testing.T) {
	testenv.Program(t, "git")
	const each = 24 // places of a file
	var tried, unchanged, right, gone, commits int
	for i, c := range realMerges(t) {
		for which, now := range [][]byte{c.ours, c.theirs} {
			if i%3 != which || string(now) == string(c.base) { // a process for each
				continue
			}
			kept := keptLines(t, c.base, now)
			old, new := splitAfterLines(string(c.base)), splitAfterLines(string(now))
			r := rand.New(rand.NewPCG(uint64(i), uint64(which)))
			commits++
			for n := 0; n < each; n++ {
				line := placeNear(kept, len(old), n, r)
				if len(spoken(old[line-1])) == 0 {
					continue
				}
				tried++
				to, ok := followOne(Place{c.path, line}, map[string][]byte{c.path: c.base}, map[string][]byte{c.path: now})
				switch {
				case ok && !sameWordsNear(old[line-1], new, to.Line):
					t.Errorf("%s: line %d leads to line %d, which is another:\n%s%s", c.name, line, to.Line, old[line-1], new[to.Line-1])
				case kept[line] == 0 && !ok:
					gone++
				case kept[line] != 0:
					unchanged++
					if ok && (to.Line == kept[line] || new[to.Line-1] == old[line-1]) {
						right++
					} else {
						t.Logf("%s: line %d is found at %d, not %d: %s", c.name, line, to.Line, kept[line], old[line-1])
					}
				}
			}
		}
	}
	t.Logf("%d commits, %d places: of %d that did not change %d found, %d others gone", commits, tried, unchanged, right, gone)
	if commits < 30 || tried < 1000 || right*100 < unchanged*95 {
		t.Errorf("%d commits, %d places: of %d that did not change %d found", commits, tried, unchanged, right)
	}
}

func followOne(p Place, old, new map[string][]byte) (Place, bool) {
	now, ok := Follow([]Place{p}, old, new)[p]
	return now, ok
}

// placeNear is a line of the old version, every other time one that changed or stands
// beside one that did.
func placeNear(kept map[int]int, lines, n int, r *rand.Rand) int {
	line := 1 + r.IntN(lines)
	if n%2 == 0 {
		return line
	}
	for range 10_000 {
		if kept[line] == 0 || kept[line+1] == 0 || kept[line-1] == 0 {
			return line
		}
		line = 1 + line%lines
	}
	return line
}

var hunkHeader = regexp.MustCompile(`(?m)^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@`)

// keptLines are the new lines of the old ones that git diff has unchanged.
func keptLines(t *testing.T, old, new []byte) map[int]int {
	dir := t.TempDir()
	for name, data := range map[string][]byte{"old": old, "new": new} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("git", "diff", "--no-index", "--histogram", "-U0", "old", "new")
	cmd.Dir = dir
	out, _ := cmd.Output() // its status says that they differ
	kept, from, to := map[int]int{}, 1, 1
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			return 1
		}
		return n
	}
	upTo := func(end int) {
		for ; from < end; from, to = from+1, to+1 {
			kept[from] = to
		}
	}
	for _, m := range hunkHeader.FindAllStringSubmatch(string(out), -1) {
		at, n, end := number(m[1]), number(m[2]), number(m[4])
		if n == 0 {
			at++
		}
		upTo(at)
		from, to = from+n, to+end
	}
	upTo(len(splitAfterLines(string(old))) + 1)
	return kept
}

// sameWordsNear reports whether at least half of the words of a text are on a line or
// on those around it, as where it was wrapped anew.
func sameWordsNear(text string, lines []string, line int) bool {
	has, n := map[string]bool{}, 0
	for i := max(0, line-2); i < min(len(lines), line+1); i++ {
		for _, w := range spoken(lines[i]) {
			has[w] = true
		}
	}
	all := spoken(text)
	for _, w := range all {
		if has[w] {
			n++
		}
	}
	return 2*n >= len(all)
}

// A place is followed by its words and ids: to where it was moved, also in another
// file; what was rewritten is gone.
func TestFollow(t *testing.T) {
	const para = "The kettle boils on the stove in the kitchen of the house at the sea."
	text := func(blocks ...string) []byte { return []byte(strings.Join(blocks, "\n\n") + "\n") }
	old := map[string][]byte{"a.md": text("# Tea", para, "A pot is larger than a kettle by far.", "Cups.")}
	for _, c := range []struct {
		name string
		at   Place
		new  map[string][]byte
		want Place
	}{
		{"below what was added", Place{"a.md", 3}, map[string][]byte{"a.md": text("# Tea", "New.", para, "A pot is larger than a kettle by far.", "Cups.")}, Place{"a.md", 5}},
		{"edited", Place{"a.md", 3}, map[string][]byte{"a.md": text("# Tea", "New.", strings.Replace(para, "stove", "fire", 1), "Cups.")}, Place{"a.md", 5}},
		{"moved", Place{"a.md", 3}, map[string][]byte{"a.md": text("# Tea", "A pot is larger than a kettle by far.", "Cups.", para)}, Place{"a.md", 7}},
		{"moved to another file", Place{"a.md", 3}, map[string][]byte{"a.md": text("# Tea", "A pot is larger than a kettle by far.", "Cups."), "b.md": text("# Kettles", para)}, Place{"b.md", 3}},
		{"file renamed", Place{"a.md", 5}, map[string][]byte{"b.md": text("# Tea", para, "A pot is larger than a kettle by far.")}, Place{"b.md", 5}},
		{"wrapped anew", Place{"a.md", 3}, map[string][]byte{"a.md": text("# Tea", strings.Replace(para, " of the", "\nof the", 1), "Cups.")}, Place{"a.md", 3}},
		{"removed", Place{"a.md", 3}, map[string][]byte{"a.md": text("# Tea", "A pot is larger than a kettle by far.", "Cups.")}, Place{}},
		{"rewritten", Place{"a.md", 3}, map[string][]byte{"a.md": text("# Tea", "Nothing that was written here before can be read any longer.", "Cups.")}, Place{}},
		{"file removed", Place{"a.md", 3}, map[string][]byte{}, Place{}},
		{"the file", Place{"a.md", 0}, map[string][]byte{"b.md": text("# Tea", para, "A pot is larger than a kettle by far.")}, Place{"b.md", 0}},
		{"beyond the end", Place{"a.md", 99}, map[string][]byte{"a.md": text("# Tea")}, Place{}},
		{"another file", Place{"c.md", 1}, map[string][]byte{"c.md": text("# Tea")}, Place{}},
	} {
		got, ok := followOne(c.at, old, c.new)
		if got != c.want || ok != (c.want != Place{}) {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, ok, c.want)
		}
	}
	module := func(body string) map[string][]byte {
		return map[string][]byte{"m.cnxml": []byte("<document xmlns=\"http://cnx.rice.edu/cnxml\"><content>\n" + body + "</content></document>\n")}
	}
	before := module("<section id=\"s\">\n<title>Tea</title>\n<para id=\"p\">Short.</para>\n</section>\n")
	after := module("<para id=\"q\">New.</para>\n<section id=\"s\">\n<title>Tea</title>\n<para id=\"p\">Short, too.</para>\n</section>\n")
	for line := 2; line <= 5; line++ {
		if got, ok := followOne(Place{"m.cnxml", line}, before, after); !ok || got.Line != line+1 {
			t.Errorf("line %d of the module: %+v, %v", line, got, ok)
		}
	}
}

func FuzzFollow(f *testing.F) {
	f.Add("a.md", 3, []byte("# A\n\nText that is here.\n"), []byte("# A\n\nNew.\n\nText that was here.\n"))
	f.Add("a.cnxml", 1, []byte("<document><para id='a'>x</para></document>"), []byte("<document><para id='a'>y</para></document>"))
	f.Add("a.md", 3, []byte("# A\n\nText that is here."), []byte("# A\n1.\nText in a list.")) // the text of an item on the line below its mark
	f.Add("SUMMARY.md", 1, []byte("- [A](a.md)\n"), []byte("- [B](b.md)\n- [A](a.md)\n"))
	f.Fuzz(func(t *testing.T, path string, line int, old, new []byte) {
		got, ok := followOne(Place{path, line}, map[string][]byte{path: old}, map[string][]byte{path: new})
		if lines := strings.Count(string(new), "\n") + 1; ok && string(old) != string(new) && (got.Line < 0 || got.Line > lines) {
			t.Errorf("line %d of %d", got.Line, lines)
		}
	})
}
