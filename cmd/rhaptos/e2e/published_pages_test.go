package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/release"
)

// checkReleases waits for the books of a repository and checks them, and lays
// their pages down in a folder.
func checkReleases(t *testing.T, s *instance, data, repository, folder string) {
	list, err := await(t.Context(), s.url+"/"+repository+"/-/releases.json")
	for err == nil && !strings.Contains(list, `"1.1"`) {
		list, err = await(t.Context(), s.url+"/"+repository+"/-/releases.json")
	}
	if err != nil {
		t.Fatal(err)
	}
	var found struct{ Releases []struct{ Book string } }
	if err := json.Unmarshal([]byte(list), &found); err != nil {
		t.Fatal(err)
	}
	l := openLibrary(t, data, repository)
	for _, r := range found.Releases {
		l.add(t, r.Book)
	}
	for _, book := range slices.Sorted(maps.Keys(l.books)) {
		l.check(t, book)
		l.write(t, book, filepath.Join(folder, book))
	}
}

// publishedLibrary is a repository's books as they lie in the data folder.
type publishedLibrary struct {
	repositoryID string
	releases     *release.Store
	blobs        *blobstore.Dir
	books        map[string]*publishedBook // by slug
}

type publishedBook struct {
	manifest *release.Manifest
	pages    map[string]*html.Node      // by slug
	ids      map[string]map[string]bool // by slug
}

func openLibrary(t *testing.T, data, repository string) *publishedLibrary {
	t.Helper()
	db, err := database.OpenSQLite(t.Context(), filepath.Join(data, "rhaptos.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	l := &publishedLibrary{books: map[string]*publishedBook{}}
	if l.blobs, err = blobstore.OpenDir(filepath.Join(data, "blobs")); err != nil {
		t.Fatal(err)
	}
	l.releases = release.NewStore(db, l.blobs)
	owner, name, _ := strings.Cut(repository, "/")
	err = db.QueryRowContext(t.Context(), `SELECT id FROM repository WHERE owner = $1 AND name = $2`, owner, name).Scan(&l.repositoryID)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// add reads the pages of a book's latest release.
func (l *publishedLibrary) add(t *testing.T, slug string) {
	t.Helper()
	r, err := l.releases.Latest(t.Context(), l.repositoryID, slug)
	if err != nil {
		t.Fatal(err)
	}
	b := &publishedBook{pages: map[string]*html.Node{}, ids: map[string]map[string]bool{}}
	if b.manifest, err = l.releases.Manifest(t.Context(), r.Manifest); err != nil {
		t.Fatal(err)
	}
	l.books[slug] = b
	b.manifest.Pages(func(e release.Entry) bool {
		doc, err := html.Parse(bytes.NewReader(l.read(t, b, e.Slug)))
		if err != nil {
			t.Fatalf("%s: %v", e.Slug, err)
		}
		b.pages[e.Slug], b.ids[e.Slug] = doc, map[string]bool{}
		for n := range doc.Descendants() {
			id := attribute(n, "id")
			if id != "" && b.ids[e.Slug][id] {
				t.Errorf("%s: the id %q stands twice", e.Slug, id)
			}
			b.ids[e.Slug][id] = true
		}
		return true
	})
}

func (l *publishedLibrary) read(t *testing.T, b *publishedBook, path string) []byte {
	t.Helper()
	f, ok := b.manifest.File(path)
	if !ok {
		t.Fatalf("the manifest has no %s", path)
	}
	r, err := l.blobs.Open(t.Context(), f.Digest)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Namespace == "" && a.Key == name {
			return a.Val
		}
	}
	return ""
}

// check looks at every page of a book, and follows every address in them and
// in the contents.
func (l *publishedLibrary) check(t *testing.T, slug string) {
	b := l.books[slug]
	links := 0
	for _, page := range slices.Sorted(maps.Keys(b.pages)) {
		f, _ := b.manifest.File(page)
		if !strings.HasPrefix(f.Type, "text/html") {
			t.Errorf("%s is of the type %q", page, f.Type)
		}
		c := &pageCheck{t: t, where: slug + "/" + page}
		c.page(b.pages[page], b.manifest.Book.Language)
		for _, address := range c.addresses {
			links++
			if problem := l.follow(slug, page, address); problem != "" {
				c.errorf("%s: %s", address, problem)
			}
		}
		if c.faults > shownFaults {
			t.Errorf("%s: and %d more", c.where, c.faults-shownFaults)
		}
	}
	t.Logf("%s: %d pages, %d files, %d addresses", slug, len(b.pages), len(b.manifest.Files), links)
}

// follow says what is wrong with an address in a page; empty if it leads
// somewhere, or out of the library.
func (l *publishedLibrary) follow(slug, page, address string) string {
	base := &url.URL{Scheme: "http", Host: "site", Path: "/" + slug + "@1.1/" + page}
	u, err := base.Parse(address)
	switch {
	case err != nil:
		return err.Error()
	case u.Host != "site" || u.Scheme != "http":
		return ""
	}
	book, path, deep := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	book, at, edition := strings.Cut(book, "@")
	b := l.books[book]
	switch {
	case b == nil:
		return "there is no such book"
	case edition && at != "1.1":
		return "a page that names a release is not the same in the next one"
	case !deep || path == "" || path == "search":
		return ""
	}
	if _, ok := b.manifest.File(path); !ok {
		return "there is no such file"
	}
	if ids, isPage := b.ids[path]; u.Fragment != "" && isPage && !ids[u.Fragment] {
		return "the page has no such id"
	}
	return ""
}

// shownFaults is how many faults of a page are told.
const shownFaults = 5

// pageCheck looks at one page.
type pageCheck struct {
	t         *testing.T
	where     string
	faults    int
	addresses []string
}

func (c *pageCheck) errorf(format string, args ...any) {
	if c.faults++; c.faults <= shownFaults {
		c.t.Errorf("%s: %s", c.where, fmt.Sprintf(format, args...))
	}
}

func (c *pageCheck) page(doc *html.Node, language string) {
	articles, level := 0, 0
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch {
		case n.Namespace == "math" && !mathMLCore[n.Data]:
			c.errorf("<%s> is not in MathML Core", n.Data)
		case n.Data == "html" && language != "" && attribute(n, "lang") != language:
			c.errorf("the page is in %q, the book in %q", attribute(n, "lang"), language)
		case n.Data == "article":
			articles++
		case n.Data == "img" && !has(n, "alt"):
			c.errorf("an image has no alternative text: %s", attribute(n, "src"))
		case n.Data == "script" && attribute(n, "type") != "application/ld+json", n.Data == "style":
			c.errorf("there is a <%s>", n.Data)
		case len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6':
			next := int(n.Data[1] - '0')
			if next > level+1 || next == 1 && level > 0 {
				c.errorf("h%d follows h%d", next, level)
			}
			level = next
		}
		for _, a := range n.Attr {
			switch {
			case a.Key == "href", a.Key == "src", a.Key == "action", a.Key == "poster":
				c.addresses = append(c.addresses, a.Val)
			case a.Key == "style", strings.HasPrefix(a.Key, "on"):
				c.errorf("<%s> has the attribute %s", n.Data, a.Key)
			}
		}
	}
	if articles != 1 {
		c.errorf("there are %d articles", articles)
	}
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// mathMLCore are the elements of MathML Core (w3.org/TR/mathml-core, section 2.1),
// and those of HTML that may stand in a text of it.
var mathMLCore = func() map[string]bool {
	all := map[string]bool{}
	for name := range strings.FieldsSeq(`annotation annotation-xml maction math merror mfrac mi mmultiscripts mn mo
		mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr
		munder munderover semantics`) {
		all[name] = true
	}
	return all
}()

// write lays the pages of a book down as files for the validator.
func (l *publishedLibrary) write(t *testing.T, slug, folder string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for page := range l.books[slug].pages {
		if err := os.WriteFile(filepath.Join(folder, page+".html"), l.read(t, l.books[slug], page), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// fromTheSource matches messages of the checker about books that are published as their
// authors wrote them: characters, tables with rows of unequal width, and a term
// that a chapter defines twice.
var fromTheSource = regexp.MustCompile(`Private Use Area|Normalization Form C|^A table row was \d+ columns wide|has no cells beginning in it|^Duplicate “dt” name`)

// validate asks the Nu Html Checker about every page below a folder. It does not guess
// the language: a table of integrals is Catalan to it. pageCheck compares the language
// with the book's. Java's simpler compiler and collector need half of the processor time.
func validate(t *testing.T, folder string) {
	jar := filepath.Join(nodeModules(t), "vnu-jar", "build", "dist", "vnu.jar")
	out, err := exec.Command("java", "-Xss4m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar", jar, "--format", "json", "--no-langdetect", "--skip-non-html", "--exit-zero-always", folder).CombinedOutput()
	if err != nil {
		t.Fatalf("vnu: %v\n%s", err, out)
	}
	var report struct {
		Messages []struct {
			Type, SubType, URL, Message, Extract string
			LastLine                             int
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("vnu: %v\n%.2000s", err, out)
	}
	told := map[string]int{}
	for _, m := range report.Messages {
		if m.Type == "info" && m.SubType != "warning" || fromTheSource.MatchString(m.Message) {
			continue
		}
		if told[m.Message]++; told[m.Message] <= 3 {
			t.Errorf("%s:%d: %s %s: %s\n%s", strings.TrimPrefix(m.URL, "file:"+folder), m.LastLine, m.Type, m.SubType, m.Message, m.Extract)
		}
	}
	for message, n := range told {
		t.Logf("%d times: %s", n, message)
	}
}
