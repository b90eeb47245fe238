package check_test

import (
	"fmt"
	"testing/fstest"
)

// mdBook is a small book in mdBook's layout; text goes into its first chapter.
func mdBook(text string) fstest.MapFS {
	return fstest.MapFS{
		"book.toml":      file("[book]\ntitle = \"Tides\"\nauthors = [\"Ann\"]\nlanguage = \"en\"\n"),
		"src/SUMMARY.md": file("# Summary\n\n- [Ebb](ebb.md)\n- [Flood](flood.md)\n"),
		"src/ebb.md":     file("# Ebb\n\n" + text + "\n\n![the shore](shore.png)\n"),
		"src/flood.md":   file("# Flood\n\nAnd up.\n"),
		"src/shore.png":  file("\x89PNG\r\n\x1a\nshore"),
	}
}

// openStax is a library of two small books in OpenStax's layout that share a page.
func openStax(text string) fstest.MapFS {
	tree := fstest.MapFS{
		"META-INF/books.xml": file(`<container xmlns="https://openstax.org/namespaces/book-container" version="1">
<book slug="algebra" style="statistics" href="../collections/algebra.collection.xml"/>
<book slug="geometry" style="statistics" href="../collections/geometry.collection.xml"/>
</container>`),
		"collections/algebra.collection.xml":  file(collectionXML("algebra", "4a1b2c3d-0000-4000-8000-000000000001", "m1", "m2")),
		"collections/geometry.collection.xml": file(collectionXML("geometry", "4a1b2c3d-0000-4000-8000-000000000002", "m2", "m3")),
		"media/sum.png":                       file("\x89PNG\r\n\x1a\nsum"),
	}
	for i, body := range []string{text, `<figure id="f"><media id="x" alt="a sum"><image mime-type="image/png" src="../../media/sum.png"/></media></figure>`, `<para id="p">Circles.</para>`} {
		id := fmt.Sprintf("m%d", i+1)
		tree["modules/"+id+"/index.cnxml"] = file(moduleXML(id, i+1, body))
	}
	return tree
}

func collectionXML(slug, uuid string, modules ...string) string {
	s := `<col:collection xmlns:col="http://cnx.rice.edu/collxml" xmlns:md="http://cnx.rice.edu/mdml" xmlns="http://cnx.rice.edu/collxml">
<col:metadata><md:title>` + slug + `</md:title><md:slug>` + slug + `</md:slug><md:language>en</md:language><md:uuid>` + uuid + `</md:uuid>
<md:license url="https://creativecommons.org/licenses/by/4.0/">CC BY</md:license></col:metadata><col:content>`
	for _, m := range modules {
		s += `<col:module document="` + m + `"/>`
	}
	return s + `</col:content></col:collection>`
}

func moduleXML(id string, n int, body string) string {
	return `<document xmlns="http://cnx.rice.edu/cnxml" id="` + id + `" cnxml-version="0.7"><title>Page ` + id + `</title>
<metadata xmlns:md="http://cnx.rice.edu/mdml" mdml-version="0.5"><md:content-id>` + id + `</md:content-id><md:title>Page ` + id + `</md:title>
<md:uuid>5a1b2c3d-0000-4000-8000-00000000000` + fmt.Sprint(n) + `</md:uuid></metadata>
<content>` + body + `</content></document>`
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
