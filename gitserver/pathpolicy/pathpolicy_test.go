package pathpolicy

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing"
	"golang.org/x/text/unicode/norm"

	"github.com/rhaptos/rhaptos/gitserver/packscan/packscantest"
	"github.com/rhaptos/rhaptos/gitserver/testenv"
	"github.com/rhaptos/rhaptos/gitserver/tree"
)

// memory is objects by their ids, and how often each was read.
type memory struct {
	content map[plumbing.Hash][]byte
	reads   int
}

func newMemory() *memory { return &memory{content: map[plumbing.Hash][]byte{}} }

func (m *memory) Raw(kind plumbing.ObjectType, id plumbing.Hash, most int64) ([]byte, error) {
	m.reads++
	b, ok := m.content[id]
	if !ok {
		return nil, plumbing.ErrObjectNotFound
	}
	if int64(len(b)) > most {
		return nil, tree.ErrTooLarge
	}
	return b, nil
}

func (m *memory) blob(text string) plumbing.Hash {
	id := plumbing.ComputeHash(plumbing.BlobObject, []byte(text))
	m.content[id] = []byte(text)
	return id
}

func (m *memory) tree(entries ...packscantest.Entry) plumbing.Hash {
	b := packscantest.TreeContent(entries...)
	id := plumbing.ComputeHash(plumbing.TreeObject, b)
	m.content[id] = b
	return id
}

func never(plumbing.Hash) (bool, error) { return false, nil }

// judge walks one tree with nothing known before and nothing old.
func judge(t testing.TB, m *memory, root plumbing.Hash) string {
	t.Helper()
	walk := NewWalk(NewKnown(), m, never)
	problems, err := walk.Tree(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.String())
	}
	for _, p := range walk.Warnings() {
		lines = append(lines, "warning: "+p.String())
	}
	return strings.Join(lines, "\n")
}

func TestNames(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"index.cnxml", ""}, {"a b.md", ""}, {"café.md", ""}, {"数学.md", ""}, {".rhaptos.toml", ""}, {"a-b", ""}, {"console", ""},
		{"com", ""}, {"com10", ""}, {"auxiliary.md", ""}, {"می\u200cخواهم.md", ""}, {"lpt", ""}, {"a..b", ""}, {"%41", ""},
		{"a\nb", `"a\nb" has a control character`},
		{"a\rb", `"a\rb" has a control character`},
		{"a\tb", `"a\tb" has a control character`},
		{"a\x1b[31mb", `"a\x1b[31mb" has a control character`},
		{"a\x7f", "has a control character"},
		{"a\u0085b", `"a\u0085b" has a control character`},
		{"a\u202egnp.exe", `"a\u202egnp.exe" has a character in its name that changes how it is shown`},
		{"a\u2066b", "changes how it is shown"},
		{"a\u2028b", "changes how it is shown"},
		{"a\xffb", `"a\xffb" is not UTF-8`},
		{"cafe\u0301.md", `normal form C`},
		{"a\\b", `"a\\b" has a backslash`},
		{"-rf", "-rf begins with a hyphen"},
		{"what?.md", "Windows cannot hold"}, {"a:b", "Windows cannot hold"}, {"a*", "Windows cannot hold"}, {"<a>", "Windows cannot hold"},
		{"a|b", "Windows cannot hold"}, {`"a"`, "Windows cannot hold"},
		{"a.", "ends in a dot or a space"}, {"a ", "ends in a dot or a space"},
		{"CON", "CON is a device's name"}, {"aux.md", "device"}, {"Nul.tar.gz", "device"}, {"com1", "device"}, {"lpt9.txt", "device"},
		{"COM\u00b9.md", "device"}, {"con .txt", "device"}, {"conout$", "device"},
		{".gitmodules", "names submodules"}, {".GitModules", "names submodules"}, {".git\u200cmodules", "names submodules"},
		{strings.Repeat("x", 256), "has a name of 256 bytes"},
	} {
		m := newMemory()
		got := judge(t, m, m.tree(packscantest.Entry{Mode: "100644", Name: tt.name, ID: m.blob("x")}))
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%.40q: %q, want %q", tt.name, got, tt.want)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) || misleads(r) }) {
			t.Errorf("%.40q: %q cannot be shown", tt.name, got)
		}
	}
}

func TestEntries(t *testing.T) {
	m := newMemory()
	file := m.blob("x")
	in := func(mode, name string, id plumbing.Hash) plumbing.Hash {
		return m.tree(packscantest.Entry{Mode: "40000", Name: "in", ID: m.tree(packscantest.Entry{Mode: mode, Name: name, ID: id})})
	}
	for name, tt := range map[string]struct {
		root plumbing.Hash
		want string
	}{
		"file":                   {in("100644", "a", file), ""},
		"executable":             {in("100755", "a", file), ""},
		"symlink":                {in("120000", "a", m.blob("../x/y")), ""},
		"symlink to a neighbour": {in("120000", "a", m.blob("./b//c")), ""},
		"symlink out":            {in("120000", "a", m.blob("../../x")), "in/a is a symbolic link that leads out"},
		"symlink at the root":    {m.tree(packscantest.Entry{Mode: "120000", Name: "a", ID: m.blob("..")}), "a is a symbolic link that leads out"},
		"absolute symlink":       {in("120000", "a", m.blob("/etc/passwd")), "leads out"},
		"symlink on Windows":     {in("120000", "a", m.blob(`c:\x`)), "leads out"},
		"symlink by a symlink":   {in("120000", "a", m.blob("b/../c")), "goes down and up again"},
		"symlink into .git":      {in("120000", "a", m.blob("../.GIT/config")), "git's own folder"},
		"empty symlink":          {in("120000", "a", m.blob("")), "leads out"},
		"long symlink":           {in("120000", "a", m.blob(strings.Repeat("x", maxLink+1))), "larger than 4 KiB"},
		"submodule":              {in("160000", "a", file), "in/a is a submodule"},
		"unknown mode":           {in("100600", "a", file), `in/a has the mode "100600"`},
		"odd mode":               {in("100000", "a", file), `in/a has the mode "100000"`},
		"case": {m.tree(packscantest.Entry{Mode: "100644", Name: "A.png", ID: file}, packscantest.Entry{Mode: "100644", Name: "a.png", ID: file}),
			"warning: a.png and A.png are one file"},
		"case of letters beyond ASCII": {m.tree(packscantest.Entry{Mode: "100644", Name: "É", ID: file}, packscantest.Entry{Mode: "100644", Name: "é", ID: file}),
			"are one file"},
		"file and folder":         {m.tree(packscantest.Entry{Mode: "100644", Name: "A", ID: file}, packscantest.Entry{Mode: "40000", Name: "a", ID: m.tree()}), "are one file"},
		"not seen":                {m.tree(packscantest.Entry{Mode: "100644", Name: "a\u200db", ID: file}, packscantest.Entry{Mode: "100644", Name: "ab", ID: file}), "differ only by characters that are not seen"},
		"sharp s":                 {m.tree(packscantest.Entry{Mode: "100644", Name: "stra\u00dfe", ID: file}, packscantest.Entry{Mode: "100644", Name: "strasse", ID: file}), "are one file"},
		"submodules further down": {in("100644", ".gitmodules", file), ""},
		"lfs":                     {in("100644", ".gitattributes", m.blob("*.png filter=lfs diff=lfs merge=lfs -text\n")), ""},
		"no filter":               {in("100644", ".gitattributes", m.blob("# filter=x\n* text=auto -filter !filter filtered\nfilter=x text\n")), ""},
		"filter":                  {in("100644", ".gitattributes", m.blob("*.c text\n*.png text filter=evil\n")), `in/.gitattributes asks for "filter=evil"`},
		"filter set":              {in("100644", ".gitattributes", m.blob("[attr]x filter\n")), `asks for "filter"`},
		"filter in case":          {in("100644", ".GITATTRIBUTES", m.blob("* filter=evil")), `asks for "filter=evil"`},
		"long attributes":         {in("100644", ".gitattributes", m.blob(strings.Repeat("# x\n", maxAttrs))), "is larger than 256 KiB"},
		"wide":                    {wide(m), "in has too many files"},
	} {
		if got := judge(t, m, tt.root); tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// wide is a tree with one folder too large to look at.
func wide(m *memory) plumbing.Hash {
	id := plumbing.NewHash(strings.Repeat("7", 40))
	m.content[id] = make([]byte, maxTree+1)
	return m.tree(packscantest.Entry{Mode: "40000", Name: "in", ID: id})
}

// nested is a tree with as many folders inside each other.
func nested(m *memory, id plumbing.Hash, name string, depth int) plumbing.Hash {
	for range depth {
		id = m.tree(packscantest.Entry{Mode: "40000", Name: name, ID: id})
	}
	return id
}

func TestShape(t *testing.T) {
	m := newMemory()
	leaf := m.tree(packscantest.Entry{Mode: "100644", Name: "f", ID: m.blob("x")})
	if got := judge(t, m, nested(m, leaf, "d", MaxDepth-1)); got != "" {
		t.Errorf("%d folders: %s", MaxDepth, got)
	}
	if got := judge(t, m, nested(m, leaf, "d", MaxDepth)); !strings.Contains(got, "lies in more than 64 folders") {
		t.Errorf("%d folders: %q", MaxDepth+1, got)
	}
	if got := judge(t, m, nested(m, leaf, strings.Repeat("n", 200), 5)); got != "" {
		t.Errorf("long path: %q", got)
	}
	if got := judge(t, m, nested(m, leaf, strings.Repeat("n", 200), 6)); !strings.Contains(got, "a path of more than 1024 bytes") {
		t.Errorf("longer path: %q", got)
	}
	// What is known of a tree counts wherever it is put: here a link.
	moved := NewKnown()
	inner := m.tree(packscantest.Entry{Mode: "120000", Name: "a", ID: m.blob("../../x")})
	if problems, err := NewWalk(moved, m, never).Tree(t.Context(), nested(m, inner, "d", 2)); err != nil || len(problems) != 0 {
		t.Errorf("%v, %v", problems, err)
	}
	if problems, err := NewWalk(moved, m, never).Tree(t.Context(), nested(m, inner, "d", 1)); err != nil || len(problems) != 1 {
		t.Errorf("a link was moved up: %v, %v", problems, err)
	}
	if problems, err := NewWalk(moved, m, never).Tree(t.Context(), nested(m, inner, "e", 3)); err != nil || len(problems) != 0 {
		t.Errorf("a link was moved down: %v, %v", problems, err)
	}
	// And its height.
	known := NewKnown()
	half := nested(m, leaf, "d", 40)
	for range 3 {
		problems, err := NewWalk(known, m, never).Tree(t.Context(), half)
		if err != nil {
			t.Fatal(err)
		}
		if len(problems) > 0 {
			if !strings.Contains(problems[0].Why, "64 folders") {
				t.Errorf("got %v", problems)
			}
			return
		}
		half = nested(m, half, "e", 20)
	}
	t.Error("a tree wrapped in trees again and again is taken")
}

// The git bomb: few trees, many paths; and the deep one. Both are a matter of
// their few trees.
func TestBombs(t *testing.T) {
	m := newMemory()
	mode, id := "100644", m.blob("x")
	for range 10 {
		var entries []packscantest.Entry
		for i := range 10 {
			entries = append(entries, packscantest.Entry{Mode: mode, Name: fmt.Sprint(i), ID: id})
		}
		mode, id = "40000", m.tree(entries...)
	}
	if got := judge(t, m, id); got != "/ holds more than 250000 files and folders: divide it into several repositories" || m.reads > 20 {
		t.Errorf("%q after %d reads", got, m.reads)
	}
	m = newMemory()
	if got := judge(t, m, nested(m, m.tree(), "d", 40_000)); !strings.Contains(got, "folders") || m.reads > 70 || len(got) > 500 {
		t.Errorf("%.600q after %d reads", got, m.reads)
	}
}

// What was found clean is not read again; what is old stays as it is.
func TestKnownAndOld(t *testing.T) {
	m := newMemory()
	file := m.blob("x")
	bad := m.tree(packscantest.Entry{Mode: "160000", Name: "sub", ID: file})
	root := m.tree(packscantest.Entry{Mode: "40000", Name: "good", ID: m.tree(packscantest.Entry{Mode: "100644", Name: "f", ID: file})},
		packscantest.Entry{Mode: "40000", Name: "bad", ID: bad})
	known := NewKnown()
	walk := func(old ...plumbing.Hash) int {
		t.Helper()
		problems, err := NewWalk(known, m, func(id plumbing.Hash) (bool, error) {
			for _, o := range old {
				if o == id {
					return true, nil
				}
			}
			return false, nil
		}).Tree(t.Context(), root)
		if err != nil {
			t.Fatal(err)
		}
		return len(problems)
	}
	if n := walk(bad); n != 0 {
		t.Errorf("%d problems in an old tree", n)
	}
	if n := walk(); n != 1 {
		t.Errorf("%d problems: what one repository has of old is taken for clean", n)
	}
	m.reads = 0
	if n := walk(bad); n != 0 || m.reads != 2 {
		t.Errorf("%d problems, %d reads; want the root and the bad folder to be read", n, m.reads)
	}
}

// TestWarnedOnce walks the states of a folder that has had the same two names
// in all of them.
func TestWarnedOnce(t *testing.T) {
	m := newMemory()
	file := m.blob("x")
	walk := NewWalk(NewKnown(), m, never)
	for _, other := range []string{"b", "c", "d"} {
		root := m.tree(packscantest.Entry{Mode: "100644", Name: "A.png", ID: file},
			packscantest.Entry{Mode: "100644", Name: "a.png", ID: file}, packscantest.Entry{Mode: "100644", Name: other, ID: file})
		if problems, err := walk.Tree(t.Context(), root); err != nil || len(problems) > 0 {
			t.Fatal(problems, err)
		}
	}
	if told := walk.Warnings(); len(told) != 1 {
		t.Errorf("%v", told)
	}
}

// TestWarnedInEachRepository walks a folder that another repository was warned of.
func TestWarnedInEachRepository(t *testing.T) {
	m, known := newMemory(), NewKnown()
	file := m.blob("x")
	below := m.tree(packscantest.Entry{Mode: "100644", Name: "A.png", ID: file}, packscantest.Entry{Mode: "100644", Name: "a.png", ID: file})
	root := m.tree(packscantest.Entry{Mode: "40000", Name: "media", ID: below})
	for range 2 {
		walk := NewWalk(known, m, never)
		if problems, err := walk.Tree(t.Context(), root); err != nil || len(problems) > 0 {
			t.Fatal(problems, err)
		}
		if told := walk.Warnings(); len(told) != 1 {
			t.Errorf("%v", told)
		}
	}
}

func TestMissingTree(t *testing.T) {
	m := newMemory()
	root := m.tree(packscantest.Entry{Mode: "40000", Name: "d", ID: plumbing.NewHash(strings.Repeat("1", 40))})
	if _, err := NewWalk(NewKnown(), m, never).Tree(t.Context(), root); !errors.Is(err, plumbing.ErrObjectNotFound) {
		t.Error(err)
	}
}

// laptop is a file system that keeps names in normal form C and finds them
// without regard to case, by rules that are not this package's.
type laptop []string

func (l laptop) find(name string) bool {
	for _, n := range l {
		if strings.EqualFold(norm.NFC.String(n), norm.NFC.String(name)) {
			return true
		}
	}
	return false
}

// checkOneToOne holds a tree that is taken to what that is for: its names are as
// many files on a laptop, each with the name that it has in git, unless a
// warning says that they are not.
func checkOneToOne(t *testing.T, names []string) {
	t.Helper()
	m := newMemory()
	var entries []packscantest.Entry
	taken := map[string]bool{}
	for _, name := range names {
		if name == "" || strings.ContainsAny(name, "/\x00") || taken[name] {
			continue // not a tree that git's fsck lets through
		}
		taken[name] = true
		entries = append(entries, packscantest.Entry{Mode: "100644", Name: name, ID: m.blob("")})
	}
	walk := NewWalk(NewKnown(), m, never)
	problems, err := walk.Tree(t.Context(), m.tree(entries...))
	if err != nil {
		t.Fatal(err)
	}
	if len(problems) > 0 {
		return
	}
	var fs laptop
	for _, e := range entries {
		switch {
		case fs.find(e.Name) && len(walk.Warnings()) == 0:
			t.Errorf("%q is on the laptop already, of %q", e.Name, names)
		case norm.NFC.String(e.Name) != e.Name:
			t.Errorf("%q has another name on the laptop", e.Name)
		case strings.TrimRight(e.Name, ". ") != e.Name || strings.ContainsAny(e.Name, "\\:*?\"<>|"):
			t.Errorf("%q is not a name on Windows", e.Name)
		case !utf8.ValidString(e.Name):
			t.Errorf("%q is not text", e.Name)
		}
		fs = append(fs, e.Name)
	}
}

func TestAcceptedNamesAreOneToOne(t *testing.T) {
	letters := []rune("aAäÄàÀßẞsSkK\u212aıİiIσςΣéÉe\u0301ǅǆＡａﬁf.- \\:'\u200d\u202e\ufe0f0ſ\u1fbc\u1fb3\u03b1\u03b9")
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var names []string
		for range 1 + random.IntN(4) {
			var name []rune
			for range 1 + random.IntN(3) {
				name = append(name, letters[random.IntN(len(letters))])
			}
			names = append(names, string(name))
		}
		checkOneToOne(t, names)
	}
}

func FuzzNames(f *testing.F) {
	f.Add("A.png", "a.png", "b")
	f.Add("é", "E\u0301", "aux")
	f.Fuzz(func(t *testing.T, a, b, c string) { checkOneToOne(t, []string{a, b, c}) })
}

func FuzzParseTree(f *testing.F) {
	f.Add(packscantest.TreeContent(packscantest.Entry{Mode: "100644", Name: "a"}, packscantest.Entry{Mode: "40000", Name: "b"}))
	f.Add(packscantest.TreeContent(packscantest.Entry{Mode: "100664", Name: "a"}, packscantest.Entry{Mode: "040000", Name: "b"}))
	f.Fuzz(func(t *testing.T, in []byte) {
		entries, err := parseTree(in)
		if err != nil {
			return
		}
		var again []byte
		for _, e := range entries {
			again = append(again, fmt.Sprintf("%s %s\x00%s", e.mode, e.name, e.id[:])...)
		}
		same, err := parseTree(again)
		if err != nil || !slices.Equal(same, entries) || len(again) > len(in) {
			t.Errorf("%q was read as %q, %v", in, again, err)
		}
	})
}

// Every commit of the real books is taken.
func TestRealBooks(t *testing.T) {
	for _, bundle := range testenv.RealBooks(t) {
		t.Run(filepath.Base(bundle), func(t *testing.T) {
			dir := t.TempDir()
			if out, err := exec.Command("git", "clone", "-q", "--mirror", bundle, dir).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			out, err := exec.Command("git", "--git-dir="+dir, "log", "--all", "--format=%T").Output()
			if err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(filepath.Join(dir, "hooks")); err != nil {
				t.Fatal(err)
			}
			objects, err := tree.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer objects.Close()
			walk, trees := NewWalk(NewKnown(), objects, never), 0
			for line := range strings.Lines(string(out)) {
				problems, err := walk.Tree(t.Context(), plumbing.NewHash(strings.TrimSpace(line)))
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range problems {
					t.Error(p)
				}
				trees++
			}
			for _, p := range walk.Warnings() {
				t.Log("warning:", p)
			}
			t.Logf("%d commits, %d distinct trees", trees, len(walk.seen))
		})
	}
}
