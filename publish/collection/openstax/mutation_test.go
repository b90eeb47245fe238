package openstax

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
	"time"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
)

var (
	mutations = flag.Int("mutations", 500, "how many single faults are put into the real books")
	seed      = flag.Uint64("seed", 0, "of the choice of faults; 0: another one each time")
)

// TestMutations puts single faults into real books, which have none. Each is
// found where it is, and nothing else is reported that does not follow from it.
func TestMutations(t *testing.T) {
	testenv.Slow(t, "judges some five hundred states of books")
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed=%d", *seed)
	random := rand.New(rand.NewPCG(*seed, 0))
	var books []*specimen
	for _, name := range []string{python, physics, statistics} {
		books = append(books, newSpecimen(t, openHistory(t, name).tip(t)))
	}
	names := slices.Sorted(maps.Keys(faults))
	for i, tried := 0, 0; tried < *mutations; i++ {
		name := names[i%len(names)]
		book := books[random.IntN(len(books))]
		m := &mutation{specimen: book, random: random, tree: over(book.fsys)}
		if faults[name](m); len(m.want) == 0 {
			continue // the book has no place for such a fault
		}
		tried++
		book.tried[name]++
		problems := judge(t, m.tree, book.kept)
		fresh, _ := collection.DiffProblems(problems, book.clean)
		if err := m.compare(fresh); err != "" {
			t.Errorf("%d, %s: %s\n%s", i, name, m.what, err)
		}
		if p := m.fix(t, fresh); p != nil {
			t.Errorf("%d, %s: %s\nthe replacement %q does not fix %s", i, name, m.what, p.Replacement, p)
		}
	}
	for _, name := range names {
		n := 0
		for _, b := range books {
			n += b.tried[name]
		}
		if n == 0 && *mutations > 10*len(names) {
			t.Errorf("%s: no book has a place for it", name)
		}
		t.Logf("%-30s %d", name, n)
	}
}

// specimen is a book without faults.
type specimen struct {
	fsys    fs.FS
	kept    analysis.Cache
	clean   []collection.Problem
	modules []string          // paths of those in books, sorted
	text    map[string]string // of all XML files
	tried   map[string]int
}

func newSpecimen(t *testing.T, fsys fs.FS) *specimen {
	s := &specimen{fsys: fsys, kept: analysis.NewMemory(256 << 20), text: map[string]string{}, tried: map[string]int{}}
	lib, problems, err := Format{}.Read(t.Context(), fsys, s.kept)
	if err != nil {
		t.Fatal(err)
	}
	s.clean = problems
	add := func(name string) {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			t.Fatal(err)
		}
		s.text[name] = string(data)
	}
	for _, m := range lib.Modules {
		s.modules = append(s.modules, m.Path)
		add(m.Path)
	}
	slices.Sort(s.modules)
	for _, b := range lib.Books {
		add(b.Path)
	}
	add(containerPath)
	return s
}

// mutation is one fault.
type mutation struct {
	*specimen
	random *rand.Rand
	tree   *overlay
	what   string
	want   []string        // "path:line rule", each as often as it must be there
	may    map[string]bool // rules of what follows from the fault
}

func (m *mutation) describe(format string, args ...any) { m.what = fmt.Sprintf(format, args...) }

func (m *mutation) expect(name string, line int, rule string) {
	m.want = append(m.want, fmt.Sprintf("%s:%d %s", name, line, rule))
}

func (m *mutation) allow(rules ...string) {
	m.may = map[string]bool{}
	for _, r := range rules {
		m.may[r] = true
	}
}

func (m *mutation) compare(fresh []collection.Problem) string {
	var got []string
	for _, p := range fresh {
		entry := fmt.Sprintf("%s:%d %s", p.Path, p.Line, p.Rule)
		if !m.may[p.Rule] || slices.Contains(m.want, entry) {
			got = append(got, entry)
		}
	}
	slices.Sort(got)
	slices.Sort(m.want)
	if !slices.Equal(got, m.want) {
		return fmt.Sprintf("got  %q\nwant %q", got, m.want)
	}
	return ""
}

// fix puts in the first replacement that is suggested. It returns the problem
// if it is still there.
func (m *mutation) fix(t *testing.T, fresh []collection.Problem) *collection.Problem {
	for _, p := range fresh {
		if p.Replacement == "" {
			continue
		}
		data, err := fs.ReadFile(m.tree, p.Path)
		if err != nil {
			t.Fatal(err)
		}
		from, to := offset(string(data), p.Line, p.Column), offset(string(data), p.EndLine, p.EndColumn)
		m.tree.put(p.Path, []byte(string(data[:from])+p.Replacement+string(data[to:])))
		// Notes may follow from it: that a type is declared otherwise, say.
		count := func(all []collection.Problem) (same, grave int) {
			for _, q := range all {
				if q.Path == p.Path && q.Rule == p.Rule && q.Message == p.Message {
					same++
				}
				if q.Severity > collection.Note {
					grave++
				}
			}
			return same, grave
		}
		after, _ := collection.DiffProblems(judge(t, m.tree, m.kept), m.clean)
		sameNow, graveNow := count(after)
		same, grave := count(fresh)
		if sameNow != same-1 || graveNow > grave || graveNow == grave && p.Severity > collection.Note {
			return &p
		}
		return nil
	}
	return nil
}

// offset is the place of a line and column, which counts characters.
func offset(text string, line, column int) int {
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

// find are the places of the pattern in the file outside of comments.
func (m *mutation) find(name string, pattern *regexp.Regexp) [][]int {
	return pattern.FindAllStringSubmatchIndex(uncommented(m.text[name]), -1)
}

var comment = regexp.MustCompile(`(?s)<!--.*?-->`)

// uncommented is the text with blanks in the place of comments.
func uncommented(text string) string {
	return comment.ReplaceAllStringFunc(text, func(s string) string {
		blank := []byte(s)
		for i := range blank {
			if blank[i] != '\n' {
				blank[i] = ' '
			}
		}
		return string(blank)
	})
}

// pick is a random module that has the pattern, and one of its places.
func (m *mutation) pick(pattern *regexp.Regexp) (name string, at []int) {
	for range 50 {
		name = m.modules[m.random.IntN(len(m.modules))]
		if all := m.find(name, pattern); len(all) > 0 {
			return name, all[m.random.IntN(len(all))]
		}
	}
	return "", nil
}

// replace puts other text in the place of a part of the file.
func (m *mutation) replace(name string, from, to int, with string) {
	text := m.text[name]
	m.tree.put(name, []byte(text[:from]+with+text[to:]))
}

func (m *mutation) line(name string, at int) int { return 1 + strings.Count(m.text[name][:at], "\n") }

func (m *mutation) moduleID(name string) string { return path.Base(path.Dir(name)) }

func quoted(s string) string { return regexp.QuoteMeta(s) }

// lineOf is a line of a text other than the specimen's.
func lineOf(text string, at int) int { return 1 + strings.Count(text[:at], "\n") }

// faults are the kinds of faults, each of which puts one into m's tree.
var faults = map[string]func(*mutation){
	"a linked id is deleted":         deleteID,
	"a linked id is changed":         changeID,
	"an image is renamed":            renameImage,
	"an image is empty":              emptyImage,
	"the case of an image's name":    changeCase,
	"an end tag is broken":           breakTag,
	"a file is cut off":              cutOff,
	"a uuid is duplicated":           duplicateUUID,
	"a uuid is malformed":            malformUUID,
	"an id is duplicated":            duplicateID,
	"a link to no module":            linkToNothing,
	"a module is misspelt":           misspellModule,
	"a module stands twice":          moduleTwice,
	"a module is removed":            removeModule,
	"a chapter title stands twice":   titleTwice,
	"a slug that is no slug":         badSlug,
	"a collection's slug is none":    badCollectionSlug,
	"a slug of another book":         otherSlug,
	"a content-id of another module": otherContentID,
	"a license that does not exist":  badLicense,
	"a path out of the repository":   pathOutside,
	"two names differ in case":       caseCollision,
}
