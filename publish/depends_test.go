package publish

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
	"github.com/rhaptos/rhaptos/publish/edition"
	"github.com/rhaptos/rhaptos/publish/release"
)

// talkative is a theme that writes all that it is told.
type talkative struct{ plainTheme }

func (talkative) Page(w io.Writer, v *edition.PageView) error {
	_, err := fmt.Fprintf(w, "%s %s %s %v %+v %+v %s", v.Number, v.Title, v.PlainTitle, v.Above, v.Previous, v.Next, v.Body)
	if err == nil && v.Near != nil {
		_, err = fmt.Fprintf(w, " %+v %v", v.Near.Top, v.Near.Pages)
	}
	if err == nil {
		_, err = fmt.Fprintf(w, " %s %s %s %s", v.Book.Title, v.Book.Language, v.Book.License.Name, v.Book.Publisher)
	}
	return err
}

// dependent is a library in which pages depend on each other in every way: two
// books, of which the first links to the second.
func dependent() fstest.MapFS {
	tree := fstest.MapFS{
		"META-INF/books.xml": file(`<container xmlns="https://openstax.org/namespaces/book-container" version="1">
<book slug="tides" style="x" href="../collections/tides.collection.xml"/>
<book slug="algebra" style="x" href="../collections/algebra.collection.xml"/></container>`),
		"collections/tides.collection.xml":   file(tideCollection([]string{"m1", "m2"}, []string{"m3", "m4"})),
		"collections/algebra.collection.xml": file(collectionXML("algebra", "4a1b2c3d-0000-4000-8000-000000000002", "m5", "m6")),
		"media/sea.png":                      picture(10),
	}
	for n, body := range map[int]string{
		1: `<para id="p">The <term id="t">ebb</term>.</para><figure id="f"><media id="i" alt="the sea"><image mime-type="image/png" src="../../media/sea.png"/></media></figure>
<note id="n" class="aside"><para id="np">Note.</para></note>
<exercise id="e"><problem id="ep"><para id="eq">How high?</para></problem><solution id="es"><para id="er">Two metres, <link document="m2" target-id="f"/>.</para></solution></exercise>
<section id="s" class="summary"><title>Summary</title><para id="sp">It ebbs. <link document="m2" target-id="f"/></para><figure id="sf"/></section>`,
		2: `<para id="p">No link.</para><figure id="f"/>`,
		3: `<para id="p"><link document="m1" target-id="f"/>, <link document="m1"/>, <link document="m1" target-id="sf"/>, <link document="m2" target-id="f"/>,
<link document="m1" target-id="n"/>, <link document="m6" target-id="f"/>, <link document="m4" target-id="d"/>.</para>`,
		4: `<para id="p">Last.</para><section id="s" class="summary"><title>Summary</title><para id="sp">It leads nowhere.</para></section>`,
		5: `<para id="p">Sums.</para>`,
		6: `<figure id="f"/>`,
	} {
		tree[fmt.Sprintf("modules/m%d/index.cnxml", n)] = file(tideModule(n, fmt.Sprintf("Page m%d", n), body))
	}
	edited(tree, "modules/m4/index.cnxml", "</document>", `<glossary><definition id="d"><term>ebb</term><meaning id="dm">Water that leaves. <link document="m2" target-id="f"/></meaning></definition></glossary></document>`)
	edited(tree, "modules/m3/index.cnxml", "</document>", `<glossary><definition id="d3"><term>flood</term><meaning id="dm3">Water that comes.</meaning></definition></glossary></document>`)
	return tree
}

func picture(width int) *fstest.MapFile {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, 10))); err != nil {
		panic(err) // of a picture without any fault
	}
	return file(b.String())
}

// edited replaces a text in a file of the tree.
func edited(tree fstest.MapFS, name, old, with string) {
	text := string(tree[name].Data)
	if !strings.Contains(text, old) {
		panic(fmt.Sprintf("%s does not hold %q", name, old))
	}
	tree[name] = file(strings.Replace(text, old, with, 1))
}

// TestDependencies changes one thing after the other that a page depends on
// without being its source. What is made of that with all that is known must
// be, file by file, what is made of it by somebody who knows nothing; and the
// page must become another one, or the change shows nothing.
func TestDependencies(t *testing.T) {
	testenv.Slow(t, "publishes a book for every kind of change")
	edit := func(name, old, with string) func(fstest.MapFS) {
		return func(tree fstest.MapFS) { edited(tree, name, old, with) }
	}
	module := func(n int, old, with string) func(fstest.MapFS) {
		return edit(fmt.Sprintf("modules/m%d/index.cnxml", n), old, with)
	}
	settings := func(text string) func(fstest.MapFS) {
		return func(tree fstest.MapFS) { tree[".rhaptos.toml"] = file(text) }
	}
	const book = "collections/tides.collection.xml"
	for name, tt := range map[string]struct {
		change func(fstest.MapFS)
		pages  string // that must differ
	}{
		"the number of what a link leads to":            {module(1, `<figure id="f">`, `<figure id="new"/><figure id="f">`), "tides/2-1-page-m3 tides/1-2-page-m2 tides/1-summary"},
		"the word of what a link leads to":              {module(1, `<figure id="f">`, `<figure id="f"><label>Photo</label>`), "tides/2-1-page-m3"},
		"the word of what links in moved parts lead to": {module(2, `<figure id="f"/>`, `<figure id="f"><label>Photo</label></figure>`), "tides/1-answers tides/1-summary tides/2-key-terms tides/glossary"},
		"the number of a page with answers":             {edit(book, `<col:module document="m1"/>`, `<col:module document="m5"/><col:module document="m1"/>`), "tides/1-answers tides/1-summary"},
		"the number of a page with a moved section":     {edit(book, `<col:module document="m4"/>`, `<col:module document="m5"/><col:module document="m4"/>`), "tides/2-summary"},
		"the title of a page that is made":              {settings("[matter]\ntitles = { key-terms = \"Words\" }\n"), "tides/2-1-page-m3 tides/2-2-page-m4 tides/2-key-terms"},
		"the year of the book":                          {settings("[book.tides]\nyear = 1999\n"), "tides/about"},
		"where the book is from":                        {settings("[derived-from]\ntitle = \"Seas\"\n"), "tides/about"},
		"the title of what a link leads to":             {module(1, `<note id="n" class="aside">`, `<note id="n" class="aside"><title>Look</title>`), "tides/2-1-page-m3"},
		"the title of a linked page":                    {module(1, "<title>Page m1", "<title>Page M1"), "tides/2-1-page-m3"},
		"the title of the page before":                  {module(3, "<title>Page m3", "<title>Page M3"), "tides/2-2-page-m4"},
		"the title of the page behind":                  {module(2, "<title>Page m2", "<title>Page M2"), "tides/1-1-page-m1"},
		"the slug of a linked page":                     {module(1, "<title>Page m1", "<title>The ebb"), "tides/2-1-page-m3"},
		"the number of a linked page":                   {edit(book, `<col:module document="m1"/><col:module document="m2"/>`, `<col:module document="m2"/><col:module document="m1"/>`), "tides/2-1-page-m3 tides/1-summary"},
		"the title of the chapter":                      {edit(book, "<md:title>Part 1", "<md:title>Part One"), "tides/1-1-page-m1 tides/1-2-page-m2"},
		"the title of the book":                         {edit(book, "<md:title>tides", "<md:title>Tides"), "tides/2-2-page-m4 tides/about"},
		"the language of the book":                      {edit(book, "<md:language>en", "<md:language>es"), "tides/2-1-page-m3"},
		"the licence of the book":                       {edit(book, "licenses/by/4.0", "licenses/by-sa/4.0"), "tides/about"},
		"a definition":                                  {module(4, "Water that leaves", "Water that goes"), "tides/2-key-terms tides/glossary"},
		"the id of a definition":                        {module(4, `<definition id="d">`, `<definition id="dd">`), "tides/2-1-page-m3"},
		"where a term is introduced":                    {module(1, `<term id="t">`, `<term id="tt">`), "tides/index"},
		"a term":                                        {module(1, `ebb</term>`, `ebbing</term>`), "tides/index"},
		"a solution":                                    {module(1, "Two metres", "Three metres"), "tides/1-answers"},
		"a section that is shown elsewhere":             {module(1, "It ebbs.", "It ebbs away."), "tides/1-summary"},
		"the class of such a section":                   {module(1, `class="summary"`, `class="lab"`), "tides/1-1-page-m1"},
		"the size of a picture":                         {func(tree fstest.MapFS) { tree["media/sea.png"] = picture(20) }, "tides/1-1-page-m1"},
		"the number of a figure in another book":        {module(6, `<figure id="f"/>`, `<figure id="new"/><figure id="f"/>`), "tides/2-1-page-m3"},
		"the title of a note by its class":              {settings("[notes]\naside = \"Aside\"\n"), "tides/1-1-page-m1 tides/2-1-page-m3"},
		"which pages the repository asks for":           {settings("[matter]\nkey-terms = false\n"), "tides/2-2-page-m4 tides/2-1-page-m3"},
	} {
		t.Run(name, func(t *testing.T) {
			tree := dependent()
			before, cold := newBench(t), newBench(t)
			before.Theme, cold.Theme = talkative{}, talkative{}
			before.publishRef(Draft, main, "before", dependent())
			was := before.draftFiles()
			tt.change(tree)
			for _, b := range []*bench{before, cold} {
				if s := b.publishRef(Draft, main, "after", tree); s.State != Published {
					t.Fatalf("%+v", s)
				}
			}
			differing(t, name, before.draftFiles(), cold.draftFiles(), 0)
			for page := range strings.FieldsSeq(tt.pages) {
				book, path, _ := strings.Cut(page, "/")
				old, now := pathIn(was[book], path), pathIn(cold.draftFiles()[book], path)
				if old == nil || now == nil || old.Same(now) {
					t.Errorf("%s is the same as before, or is not there (%v, %v)", page, old != nil, now != nil)
				}
			}
		})
	}
}

// TestIncluded is the same for what a chapter of an mdBook includes.
func TestIncluded(t *testing.T) {
	before, cold := newBench(t), newBench(t)
	tree := mdBook("{{#include more.md}}")
	tree["src/more.md"] = file("{{#include most.md}}")
	tree["src/most.md"] = file("Low water.")
	before.publishRef(Draft, main, "before", tree)
	was := before.draftFiles()
	changed := with(tree, fstest.MapFS{"src/most.md": file("High water.")})
	for _, b := range []*bench{before, cold} {
		b.publishRef(Draft, main, "after", changed)
	}
	differing(t, "the included file", before.draftFiles(), cold.draftFiles(), 0)
	differing(t, "the included file", was, cold.draftFiles(), 1)
}

func pathIn(files []release.File, path string) *release.File {
	for i := range files {
		if files[i].Path == path {
			return &files[i]
		}
	}
	return nil
}
