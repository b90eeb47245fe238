package openstax

import (
	"testing"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// Links that stand before the content of a document are part of its text.
func TestFeaturedLinks(t *testing.T) {
	root, _ := cnxml.Parse([]byte(`<document xmlns="http://cnx.rice.edu/cnxml"><title>T</title>
<featured-links><link-group type="supplemental"><link url="https://example.org/">More</link></link-group></featured-links>
<content><para id="p">Text.</para></content></document>`), cnxml.Limits{})
	content := textOf(root).Content
	if len(content.Children) != 2 || !content.Children[0].Is("featured-links") || !content.Children[1].Is("para") {
		t.Errorf("got %v", content.Children)
	}
	if n := len(root.Child("content").Children); n != 1 {
		t.Errorf("the document itself has now %d children in its content", n)
	}
}
