package export

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
	"github.com/rhaptos/rhaptos/publish/export/epub"
	"github.com/rhaptos/rhaptos/publish/export/offline"
	"github.com/rhaptos/rhaptos/publish/release"
)

// entries are the files of a zip, and what three programs say of it is one.
func entries(t *testing.T, name string) map[string]string {
	t.Helper()
	z, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	files := map[string]string{}
	var names []string
	folded := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = read(t, r)
		r.Close()
		names = append(names, f.Name)
		if path.Clean(f.Name) != f.Name || strings.HasPrefix(f.Name, "/") || strings.HasPrefix(f.Name, "..") || strings.Contains(f.Name, `\`) {
			t.Errorf("%q leads out of the folder", f.Name)
		}
		if other := folded[strings.ToLower(f.Name)]; other != "" {
			t.Errorf("%q and %q are one file where case does not count", f.Name, other)
		}
		folded[strings.ToLower(f.Name)] = f.Name
	}
	slices.Sort(names)
	for _, program := range [][]string{
		{"unzip", "-Z1", name},
		{"python3", "-c", "import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print('\\n'.join(z.namelist()))", name},
	} {
		out, err := exec.Command(program[0], program[1:]...).Output()
		if err != nil {
			t.Fatalf("%s: %v", program[0], err)
		}
		theirs := strings.Split(strings.TrimSpace(string(out)), "\n")
		slices.Sort(theirs)
		if !slices.Equal(theirs, names) {
			t.Errorf("%s finds %q, Go %q", program[0], theirs, names)
		}
	}
	return files
}

var (
	generatedName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._/-]*$`)
	running1      = regexp.MustCompile(`(?i)<script|javascript:|<iframe|<foreignObject| on[a-z]+="|evil\.example/[ax]`)
)

// A book that is meant to break them gives files with safe names, without
// anything that runs, and twice the same bytes.
func TestHostileBook(t *testing.T) {
	s := newShelf(t)
	s.start()
	for _, r := range s.publish("c1", hostile()) {
		for _, f := range []Format{EPUBFormat, ZipFormat, SourceFormat} {
			name := s.save(f, r)
			files := entries(t, name)
			again, err := os.ReadFile(s.save(f, r))
			if err != nil {
				t.Fatal(err)
			}
			if once, err := os.ReadFile(name); err != nil || !bytes.Equal(once, again) {
				t.Errorf("%s of %s differs when it is made again (%v)", f.Said, r.Book, err)
			}
			if f == SourceFormat {
				continue
			}
			for path, content := range files {
				if !generatedName.MatchString(path) {
					t.Errorf("%s of %s has a file %q", f.Said, r.Book, path)
				}
				ours := strings.HasSuffix(path, ".js") || path == "con-1.1/index.html" || strings.HasSuffix(path, "-1.1/index.html")
				if found := running1.FindString(content); found != "" && !ours {
					t.Errorf("%s of %s: %s has %s", f.Said, r.Book, path, found)
				}
			}
		}
	}
}

func TestEPUBInside(t *testing.T) {
	s := newShelf(t)
	s.start()
	r := s.publish("c1", hostile())[0]
	name := s.save(EPUBFormat, r)
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	// OCF section 4.3: the media type can be read at a fixed place.
	if got := string(data[30:38]) + string(data[38:58]); got != "mimetype"+epub.MediaType {
		t.Errorf("the EPUB begins with %q", got)
	}
	files := entries(t, name)
	page := ""
	for path, content := range files {
		if strings.HasSuffix(path, "html") || strings.HasSuffix(path, ".opf") || strings.HasSuffix(path, ".ncx") || strings.HasSuffix(path, ".svg") {
			wellFormed(t, path, content)
		}
		if strings.HasPrefix(path, "EPUB/text/0001-") {
			page = content
		}
	}
	for what, want := range map[string]string{
		"the other page":       `<a href="0002-`,
		"another book":         `href="https://books.example/ann/sea/`,
		"another site":         `href="https://example.org/a?b=c&amp;d"`,
		"a picture":            `<img src="../media/sum.png" alt="a &quot;sum&quot;"`,
		"a picture by content": `wrong.png`,
		"a drawing":            `ha-ha-b.svg`,
		"interactive content":  `https://player.example/1`,
		"a page break":         `epub:type="pagebreak" role="doc-pagebreak" aria-label="1"`,
		"text":                 "Żółć &amp; 東京都の天気",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%s: the page has no %s:\n%s", what, want, page)
		}
	}
	opf := files["EPUB/package.opf"]
	for _, want := range []string{
		"<dc:identifier id=\"id\">urn:uuid:4a1b2c3d-0000-4000-8000-000000000001</dc:identifier>", `properties="mathml"`,
		`properties="nav"`, `properties="cover-image"`, "schema:accessibilityHazard\">none<", "schema:accessibilityFeature\">MathML<",
		"<dc:language>en</dc:language>", "<dc:rights>", `<itemref idref="nav"/>`,
	} {
		if !strings.Contains(opf, want) {
			t.Errorf("package.opf has no %s", want)
		}
	}
}

func wellFormed(t *testing.T, name, content string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(content))
	for {
		_, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
	}
}

func TestSourceZip(t *testing.T) {
	s := newShelf(t)
	s.start()
	r := s.publish("c1", hostile())[0]
	files := entries(t, s.save(SourceFormat, r))
	var names []string
	for name := range files {
		names = append(names, strings.TrimPrefix(name, "_con-1.1-source/"))
	}
	slices.Sort(names)
	want := []string{"LICENSE", "META-INF/books.xml", "collections/con.collection.xml", "media/app.html", "media/ha ha & <b>.svg",
		"media/sum.png", "media/wrong.gif", "modules/m1/index.cnxml", "modules/m2/index.cnxml"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	if list := files["_con-1.1-source/META-INF/books.xml"]; strings.Contains(list, "łódź") || !strings.Contains(list, `slug="con"`) {
		t.Errorf("the list of books: %s", list)
	}
}

// checks lets so many epubchecks run at a time: each takes a core and 500 MB.
var checks = make(chan bool, 2)

// epubcheck runs the EPUB checker, whose every message is a failure.
func epubcheck(t *testing.T, name string) {
	t.Helper()
	testenv.Slow(t, "starts Java")
	jar := ""
	for _, place := range []string{"/usr/share/java/epubcheck.jar", "/usr/local/share/java/epubcheck.jar"} {
		if _, err := os.Stat(place); err == nil {
			jar = place
		}
	}
	if jar == "" {
		testenv.Missing(t, "epubcheck", ".ci/install epubcheck")
	}
	checks <- true
	defer func() { <-checks }()
	out, err := exec.Command("java", "-Xmx700m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar", jar, "--failonwarnings", name).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("No errors or warnings detected")) {
		if len(out) > 4000 {
			out = out[:4000]
		}
		t.Errorf("epubcheck %s: %v\n%s", path.Base(name), err, out)
	}
}

// authorsHTML is a book whose HTML a browser repairs.
func authorsHTML() fstest.MapFS {
	return fstest.MapFS{
		"book.toml":      file("[book]\ntitle = \"T\"\nauthors = [\"A\"]\nlanguage = \"en\"\n"),
		"src/SUMMARY.md": file("# Summary\n\n- [One](one.md)\n"),
		"src/one.md": file(`# One

<ul>
<li>one
<li>two <ul><li>in</ul>
</ul>
<dl><dt>only a term</dl>
<dl><dd>only a meaning</dl>
<dl><div><dt>a<dd>b</div><dt>c</dl>

<details>no summary</details>

<details><p>late<summary>Sum <div>a</div></summary></details>

<ruby>a<rt>b<rt>c</ruby> <ruby>d</ruby> <ruby><rt>e</ruby> <ruby>f<rp>(</ruby>

<time datetime="yesterday">y</time> <ins datetime="2024">i</ins> <time datetime="PT5M">t</time>

| a | b |
|---|---|
| <ul><li>x</ul> | <details>y</details> |
| u<td>v | w |

Para *with <div>a block</div> inside* and <a href="one.md"><h3>heading</h3><table><tr><td>z</table></a>.

## A heading <div>with a block</div>

<figure><figcaption>one</figcaption>x<figcaption>two</figcaption></figure>

<dfn>a <dfn>b</dfn></dfn> <header>x <footer>y</footer></header> <address><h3>h</h3></address>

<li>stray <dt>stray <td>stray

<b>open <i>and

<div>never closed <span id="x"/>

<th>

- a </ul> b

> c </blockquote> d

e </p> f <caption>g</caption> <center>h<p>i</center> <math><mi>x<mo>=</math>
`),
	}
}

func TestEPUBCheck(t *testing.T) {
	trees := map[string]string{"stitching": "sample", "handbook": "sample", "hostile": "", "html": "html", "lists": "lists"}
	if !testing.Short() {
		for _, real := range []string{"mdbook-rust-book", "osbooks-physics", "osbooks-introductory-statistics-bundle", "osbooks-introduction-python-programming"} {
			trees[real] = "real"
		}
	}
	for name, kind := range trees {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShelf(t, false) // the test itself writes the only EPUB
			s.start()
			tree := sample(name)
			switch kind {
			case "real":
				tree = realTree(t, name)
			case "html":
				tree = authorsHTML()
			case "lists":
				tree = listsAndReferences()
			case "":
				tree = hostile()
			}
			for _, r := range s.publish("c1", tree) {
				epubcheck(t, s.save(EPUBFormat, r))
			}
		})
	}
}

// kept is a folder that notes how large its files are.
type kept struct {
	t     *testing.T
	pages int
	index []int
	found map[string]bool // pages that the index names
}

var indexedPage = regexp.MustCompile(`"a":"(pages/[^"]*)"`)

func (k *kept) Put(name string, data []byte) error {
	switch {
	case strings.HasPrefix(name, "pages/"):
		k.pages++
	case strings.HasPrefix(name, "search/"):
		k.index = append(k.index, len(data))
		for _, m := range indexedPage.FindAllSubmatch(data, -1) {
			k.found[string(m[1])] = true
		}
	case name == "index.html":
		for n := range k.index {
			if script := fmt.Sprintf(`src="search/%d.js"`, n+1); !bytes.Contains(data, []byte(script)) {
				k.t.Errorf("the page of contents does not load %s", script)
			}
		}
	}
	return nil
}

func (k *kept) Copy(context.Context, string, release.File) error { return nil }

// What a long book's search knows is written in pieces, not gathered.
func TestIndexInPieces(t *testing.T) {
	tree := tides("exports = []\n", "Down.")
	summary := string(tree["src/SUMMARY.md"].Data)
	for i := range 40 {
		summary += fmt.Sprintf("- [P%d](p%d.md)\n", i, i)
		tree[fmt.Sprintf("src/p%d.md", i)] = file(fmt.Sprintf("# P%d\n\n%s\n", i, strings.Repeat("Water goes up and down again. ", 3000)))
	}
	tree["src/SUMMARY.md"] = file(summary)
	s := newShelf(t)
	s.start()
	k := &kept{t: t, found: map[string]bool{}}
	if err := offline.WriteFolder(t.Context(), k, s.open(s.publish("c1", tree)[0])); err != nil {
		t.Fatal(err)
	}
	if len(k.index) < 3 || slices.Max(k.index) > 1<<20+200_000 || len(k.found) != k.pages || k.pages < 42 {
		t.Errorf("%d pages, of which %d are in the index, in pieces of %d bytes", k.pages, len(k.found), k.index)
	}
}
