package mdbook

import (
	"strings"
	"testing"
)

// TestLineEnds reads the same chapter with the line ends of Unix and Windows.
func TestLineEnds(t *testing.T) {
	unix := "# One\n\na\nb  \nc\n\n```x\nd\n\ne\n```\n\n    f\n    g\n\n<div>\nh\n\n`i\nj`\n\n</div>\n\n- k\n\n| l |\n|---|\n| m |\n\n> [!NOTE]\n> n\n"
	windows := strings.ReplaceAll(unix, "\n", "\r\n")
	a, b := readChapter(t, unix), readChapter(t, windows)
	if a, b := describe(t, a), describe(t, b); a != b {
		t.Errorf("Unix\n%s\nWindows\n%s", a, b)
	}
}
