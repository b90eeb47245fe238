package epub

import (
	"bytes"
	"testing"

	"github.com/rhaptos/rhaptos/publish/release"
)

// A list of the contents is never empty (EPUB Packages 3.2, section 5.4.1.2):
// drafts have no page that anything could lead to.
func TestNavWithoutDrafts(t *testing.T) {
	draft := release.Entry{Plain: "Draft"}
	for name, entry := range map[string]release.Entry{
		"a draft":                      draft,
		"a heading of drafts":          {Plain: "Part", Children: []release.Entry{draft, {Plain: "Part", Children: []release.Entry{draft}}}},
		"a page with a draft":          {Slug: "one", Plain: "One", Children: []release.Entry{draft}},
		"a page with a draft's drafts": {Slug: "one", Plain: "One", Children: []release.Entry{{Plain: "Draft", Children: []release.Entry{draft}}}},
	} {
		b := &epub{files: map[string]string{"one": "1.xhtml"}}
		var got bytes.Buffer
		b.navList(&got, []release.Entry{{Slug: "one", Plain: "First"}, entry})
		want := "<ol>\n<li><a href=\"text/1.xhtml\">First</a></li>\n"
		if entry.Slug != "" {
			want += "<li><a href=\"text/1.xhtml\">One</a></li>\n"
		}
		if want += "</ol>\n"; got.String() != want {
			t.Errorf("%s: got\n%s", name, got.String())
		}
	}
}
