package export

import (
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/rhaptos/rhaptos/publish/export/content"
)

// listsAndReferences is a book of a style with references at its end, whose lists
// have marks that few reading systems draw.
func listsAndReferences() fstest.MapFS {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return fstest.MapFS{
		"META-INF/books.xml": file(`<container xmlns="https://openstax.org/namespaces/book-container" version="1"><book slug="marks" style="political-science" href="../collections/marks.collection.xml"/></container>`),
		"collections/marks.collection.xml": file(`<col:collection xmlns:col="http://cnx.rice.edu/collxml" xmlns:md="http://cnx.rice.edu/mdml">
<col:metadata><md:title>Marks</md:title><md:slug>marks</md:slug><md:uuid>0d4e3c11-6a52-4b19-8c4e-3f6f0a9e7d21</md:uuid><md:language>en</md:language><md:license url="http://creativecommons.org/licenses/by/4.0/"/></col:metadata>
<col:content><col:subcollection><md:title>One</md:title><col:content><col:module document="m1"/></col:content></col:subcollection></col:content></col:collection>`),
		"modules/m1/index.cnxml": file(`<document xmlns="http://cnx.rice.edu/cnxml"><title>Lists</title>
<metadata xmlns:md="http://cnx.rice.edu/mdml"><md:title>Lists</md:title><md:content-id>m1</md:content-id><md:uuid>7d2f9b14-5c06-4e8a-b3f1-60a4c8d52e99</md:uuid></metadata>
<content>
<list id="a1" list-type="enumerated" class="stepwise"><item>Step 1.</item><item>Step 2.</item></list>
<list id="a2" list-type="enumerated" class="circled"><item>①</item></list>
<list id="a3" list-type="enumerated" number-style="lower-alpha" mark-prefix="(" mark-suffix=")" start-value="3"><item>(c)<list id="a3b" bullet-style="dash"><item>–</item></list></item></list>
<list id="a4" list-type="enumerated" mark-prefix="Q" mark-suffix=":"><item>Q1:</item></list>
<list id="a5" list-type="enumerated" mark-suffix=""><item>1</item></list>
<list id="a6" list-type="enumerated" number-style="upper-roman"><item>as CSS 2.1 has it</item></list>
<table id="tt" summary="Words for those who do not see the table."><tgroup cols="1"><tbody><row><entry>cell</entry></row></tbody></tgroup></table>
<para id="p">A claim.<cite id="c"><note id="n" display="inline" class="reference">Its source.</note></cite></para>
</content></document>`),
	}
}

// TestEPUBMarks has the marks of lists and the descriptions of tables in the
// markup, as no reading system can lose them there.
func TestEPUBMarks(t *testing.T) {
	s := newShelf(t)
	s.start()
	files := entries(t, s.save(EPUBFormat, s.publish("c1", listsAndReferences())[0]))
	page := ""
	for name, text := range files {
		if strings.Contains(name, "1-1-lists") {
			page = text
		}
	}
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	items := 0
	for n := range doc.Descendants() {
		if n.DataAtom != atom.Li || !content.HasClass(n.Parent, "mark-own") {
			continue
		}
		items++
		mark := n.FirstChild
		said := strings.TrimSpace(mark.NextSibling.Data)
		if mark.NextSibling.NextSibling != nil && said == "" {
			said = strings.TrimSpace(mark.NextSibling.NextSibling.Data)
		}
		if got := content.Text(mark); got != said {
			t.Errorf("the mark of %q is %q", said, got)
		}
	}
	if items != 7 {
		t.Errorf("%d items have marks, not 7:\n%s", items, page)
	}
	for _, want := range []string{`<ol id="a6" type="I">`, `aria-describedby="description-1"`,
		`<span id="description-1" hidden="hidden">Words for those who do not see the table.</span>`, `role="doc-biblioref"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s:\n%s", want, page)
		}
	}
	if strings.Contains(files["EPUB/style.css"], "@counter-style") {
		t.Error("the style sheet has @counter-style")
	}
}
