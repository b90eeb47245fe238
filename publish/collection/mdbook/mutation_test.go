package mdbook

import (
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
)

var (
	mutations = flag.Int("mutations", 100, "how many single faults are put into the real book")
	seed      = flag.Uint64("seed", 0, "of the choice of faults; 0: another one each time")
)

// TestMutations puts single faults into the Rust book, which has none. Each is
// found where it is, nothing else is reported that does not follow from it, and
// what is suggested fixes it.
func TestMutations(t *testing.T) {
	testenv.Slow(t, "judges some two hundred states of a book")
	dir, commits := history(t)
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed=%d", *seed)
	random := rand.New(rand.NewPCG(*seed, 0))
	tip := fresh(t, dir, commits[len(commits)-1])
	kept := analysis.NewMemory(64 << 20)
	clean := judged(t, tip, kept)
	chapters := chaptersOf(t, tip)
	names := slices.Sorted(maps.Keys(faults))
	tried, suggested := map[string]int{}, 0
	for i, done := 0, 0; done < *mutations; i++ {
		if i > 20**mutations {
			t.Fatal("the book has no place for the faults")
		}
		name := names[i%len(names)]
		m := &mutation{chapters: chapters, random: random, tree: &overlay{tip, map[string][]byte{}}}
		if faults[name](m); len(m.want) == 0 {
			continue // no place for such a fault was found
		}
		done++
		tried[name]++
		found, _ := collection.DiffProblems(judged(t, m.tree, kept), clean)
		if got := m.listed(found); !slices.Equal(got, m.want) {
			t.Errorf("%s: %s\ngot  %q\nwant %q", name, m.what, got, m.want)
		}
		at := slices.IndexFunc(found, func(p collection.Problem) bool { return p.Replacement != "" })
		if at < 0 {
			continue
		}
		suggested++
		m.tree.fix(t, found[at])
		if left, _ := collection.DiffProblems(judged(t, m.tree, kept), clean); len(left) >= len(found) || slices.Contains(left, found[at]) {
			t.Errorf("%s: %s\n%q does not fix %s: %v", name, m.what, found[at].Replacement, found[at], left)
		}
	}
	if *mutations >= 10*len(names) {
		for _, name := range names {
			if tried[name] == 0 {
				t.Errorf("%s: the book has no place for it", name)
			}
		}
	}
	t.Logf("%v; %d with a suggestion", tried, suggested)
}

// chaptersOf is the text of the book's pages by path, and of its contents.
func chaptersOf(t *testing.T, fsys fs.FS) map[string]string {
	lib, _, err := Format{}.Read(t.Context(), fsys, analysis.None{})
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	add := func(name string) {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(data)
	}
	add(contents)
	for _, m := range lib.Modules {
		add(m.Path)
	}
	return texts
}

const contents = "src/SUMMARY.md"

// overlay is a tree with some files changed, added or, where nil, taken away.
type overlay struct {
	fs.FS
	changed map[string][]byte
}

func (o *overlay) ReadFile(name string) ([]byte, error) {
	if data, changed := o.changed[name]; changed && data != nil {
		return data, nil
	}
	return fs.ReadFile(o.FS, name)
}

func (o *overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(o.FS, name)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(e fs.DirEntry) bool {
		_, changed := o.changed[path.Join(name, e.Name())]
		return changed
	})
	for file, data := range o.changed {
		if path.Dir(file) != name || data == nil {
			continue
		}
		own, err := fstest.MapFS{path.Base(file): {Data: data, Sys: contentID(analysis.ContentID(data))}}.ReadDir(".")
		if err != nil {
			return nil, err
		}
		list = append(list, own...)
	}
	return list, nil
}

// fix carries out what a problem suggests.
func (o *overlay) fix(t *testing.T, p collection.Problem) {
	data, err := o.ReadFile(p.Path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	from, to := offsetIn(text, p.Line, p.Column), offsetIn(text, p.EndLine, p.EndColumn)
	o.changed[p.Path] = []byte(text[:from] + p.Replacement + text[to:])
}

// mutation is one fault.
type mutation struct {
	chapters map[string]string
	random   *rand.Rand
	tree     *overlay
	what     string
	want     []string // "path:line rule"
	may      []string // rules of what follows from the fault
}

// listed is what was found, without what follows from the fault.
func (m *mutation) listed(found []collection.Problem) []string {
	var all []string
	for _, p := range found {
		if entry := fmt.Sprintf("%s:%d %s", p.Path, p.Line, p.Rule); !slices.Contains(m.may, p.Rule) {
			all = append(all, entry)
		}
	}
	return all
}

// pick is a random page among those that have the pattern, and one of its
// places there. seen is the part of a page's text that counts.
func (m *mutation) pick(pattern *regexp.Regexp, seen func(string) string) (name string, at []int) {
	names := slices.Sorted(maps.Keys(m.chapters))
	for range 100 {
		name = names[m.random.IntN(len(names))]
		if all := pattern.FindAllStringSubmatchIndex(seen(m.chapters[name]), -1); len(all) > 0 && name != contents {
			return name, all[m.random.IntN(len(all))]
		}
	}
	return "", nil
}

var code = regexp.MustCompile("(?ms)^```.*?^```|<!--.*?-->|`[^`]*`")

// prose is the text with stars in the place of code and comments, in which
// links are none.
func prose(text string) string {
	return code.ReplaceAllStringFunc(text, func(s string) string {
		masked := []byte(s)
		for i := range masked {
			if masked[i] != '\n' {
				masked[i] = '*'
			}
		}
		return string(masked)
	})
}

// everything is the whole text: directives count in code too.
func everything(text string) string { return text }

// replace puts other text in the place of a part of the file, where the rule
// is to speak.
func (m *mutation) replace(name string, from, to int, with, rule string) {
	text := m.chapters[name]
	m.what = fmt.Sprintf("%s: %q is now %q", name, text[from:to], with)
	m.tree.changed[name] = []byte(text[:from] + with + text[to:])
	m.expect(name, from, rule)
}

// expect expects the rule to speak at an offset of a file of the tree.
func (m *mutation) expect(name string, at int, rule string) {
	text, changed := m.chapters[name], m.tree.changed[name]
	if changed != nil {
		text = string(changed)
	}
	m.want = append(m.want, fmt.Sprintf("%s:%d %s", name, 1+strings.Count(text[:at], "\n"), rule))
}

var (
	pageLink    = regexp.MustCompile(`\]\(((?:ch|appendix)[\w-]+)\.(?:html|md)(?:#[\w-]+)?\)`)
	anchorLink  = regexp.MustCompile(`\]\((?:(?:ch|appendix)[\w-]+\.(?:html|md))?#([\w-]+)\)`)
	definition  = regexp.MustCompile(`(?m)^\[([^\]]+)\]: ((?:ch|appendix)[\w-]+)\.html`)
	includeFile = regexp.MustCompile(`\{\{#(?:rustdoc_)?include ([^:}\s]+)`)
	includePart = regexp.MustCompile(`\{\{#(?:rustdoc_)?include [^:}\s]+:([a-zA-Z][\w-]*)\}\}`)
	picture     = regexp.MustCompile(`src="(img/[\w./-]+)"`)
	entry       = regexp.MustCompile(`(?m)^[ \t]*- \[[^\n]*\]\(([\w/-]+)\.md\)$`)
)

// pickEntry is a random numbered chapter of the contents.
func (m *mutation) pickEntry() []int {
	all := entry.FindAllStringSubmatchIndex(m.chapters[contents], -1)
	return all[m.random.IntN(len(all))]
}

// slip is the text with one letter more.
func slip(s string) string { return s + "x" }

// faults are the kinds of faults, each of which puts one into m's tree.
var faults = map[string]func(*mutation){
	"a chapter's file is renamed": func(m *mutation) {
		at := m.pickEntry()
		name := "src/" + m.chapters[contents][at[2]:at[3]] + ".md"
		m.what = name + " is renamed"
		m.tree.changed[name], m.tree.changed[name+".old"] = nil, []byte(m.chapters[name])
		m.expect(contents, at[2], "chapter-missing")
	},
	"a chapter is misspelt": func(m *mutation) {
		at := m.pickEntry()
		m.replace(contents, at[2], at[3], slip(m.chapters[contents][at[2]:at[3]]), "chapter-missing")
		m.may = []string{"link-page-missing", "redirect-missing"}
	},
	"a chapter stands twice": func(m *mutation) {
		at := m.pickEntry()
		again := m.chapters[contents][at[0]:at[1]]
		m.what = "again: " + again
		text := m.chapters[contents]
		m.tree.changed[contents] = []byte(text[:at[1]] + "\n" + again + text[at[1]:])
		m.expect(contents, at[1]+len("\n"), "duplicate-page")
	},
	"a link is broken":             replaceIn(pageLink, prose, slip, "link-page-missing"),
	"the case of a link":           replaceIn(pageLink, prose, strings.ToUpper, "link-page-missing"),
	"an anchor is broken":          replaceIn(anchorLink, prose, slip, "link-target-missing"),
	"an include leads outside":     replaceIn(includeFile, everything, func(s string) string { return "../" + s }, "include-outside"),
	"an included file is misspelt": replaceIn(includeFile, everything, slip, "include-missing"),
	"the anchor of an include":     replaceIn(includePart, everything, slip, "include-missing"),
	"the case of an image's name":  replaceIn(picture, prose, strings.ToUpper, "resource-missing"),
	"a link definition is broken": func(m *mutation) {
		name, at := m.pick(definition, prose)
		if at == nil || strings.Count(m.chapters[name], "["+m.chapters[name][at[2]:at[3]]+"]") < 2 {
			return // nothing refers to it
		}
		m.replace(name, at[4], at[5], slip(m.chapters[name][at[4]:at[5]]), "link-page-missing")
	},
}

// replaceIn is a fault in the first group of the pattern.
func replaceIn(pattern *regexp.Regexp, seen func(string) string, change func(string) string, rule string) func(*mutation) {
	return func(m *mutation) {
		if name, at := m.pick(pattern, seen); at != nil {
			m.replace(name, at[2], at[3], change(m.chapters[name][at[2]:at[3]]), rule)
		}
	}
}
