package render

import (
	"net/url"
	"strings"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// MediaPath is where a media file stands in a release, relative to
// BOOK@NUMBER/. No two files share a path: what lies in the library's media/
// or src/ folder is media/NAME or media/src/NAME, and everything else is below
// media/-/ with its whole path.
func MediaPath(m *collection.Media) string {
	if strings.HasPrefix(m.Path, "src/") {
		return "media/" + m.Path
	}
	if rest, ok := strings.CutPrefix(m.Path, "media/"); ok &&
		!strings.HasPrefix(rest, "src/") && !strings.HasPrefix(rest, "-/") {
		return m.Path
	}
	return "media/-/" + m.Path
}

// address writes a path as a relative reference (RFC 3986): each segment
// percent-encoded.
func address(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		segments[i] = url.PathEscape(s)
	}
	return strings.Join(segments, "/")
}
