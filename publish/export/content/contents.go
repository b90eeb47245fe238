package content

import (
	"cmp"
	"strings"

	"github.com/rhaptos/rhaptos/publish/release"
)

// Label returns the title of an entry of the contents as plain text.
func Label(e release.Entry) string {
	return cmp.Or(strings.TrimSpace(e.Number+" "+e.Plain), e.Slug, "–")
}

// FirstPage is the slug of the first page at or below an entry.
func FirstPage(e release.Entry) string {
	if e.Slug != "" {
		return e.Slug
	}
	for _, c := range e.Children {
		if slug := FirstPage(c); slug != "" {
			return slug
		}
	}
	return ""
}
