package markdown

import (
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// The marks are those that mdBook 0.5 makes (pulldown-cmark 0.13).
func TestSmartPunctuation(t *testing.T) {
	for in, want := range map[string]string{
		`It's "so 'said' they", 'tis and '90s`: `It’s “so ‘said’ they”, ’tis and ’90s`,
		`don't "do" <b>"bold"</b>'s`:           `don’t “do” “bold”’s`,
		`*"a"* **'b'** ("c") ['d']`:            `“a” ‘b’ (“c”) [‘d’]`,
		`"a [b "c" d](https://x.example/) e"`:  `“a b “c” d e”`,
		`rock 'n' roll, dogs' and cats'`:       `rock ‘n’ roll, dogs’ and cats’`,
		`\"a\" \'b\' &quot;c&quot;`:            `"a" 'b' "c"`,
		"`\"a\"--...` \"b\"":                   `"a"--... “b”`,
		`a -- b --- c ---- d ----- e - f`:      `a – b — c –– d —– e - f`,
		`wait... and.... so`:                   `wait… and…. so`,
		`"a`:                                   `“a`,
		`a" b`:                                 `a“ b`,
		`5'6 and x's`:                          `5’6 and x’s`,
		`"one
two" 'three
four'`: `“one
two” ‘three
four’`,
	} {
		out, _ := convert("# T\n\n" + in + "\n")
		if got := strings.TrimSpace(out.Text.Content.PlainText()); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

// A single tilde strikes through whole words only, and two marks of footnotes
// are apart.
func TestTildesAndMarks(t *testing.T) {
	for in, want := range map[string]string{
		"H~2~O":                "H~2~O",
		"a ~b~ c":              "a <line-through b> c",
		"a~~b~~c":              "a<line-through b>c",
		"(~b~) ~*c*~":          "(<line-through b>) <line-through <italics c>>",
		"x ~b~c ~d~":           "x ~b~c <line-through d>",
		"a[^1][^1]\n\n[^1]: b": "a<footnote b> <link <sup 1>>",
	} {
		out, _ := convert("# T\n\n" + in + "\n")
		var b strings.Builder
		shorten(&b, out.Text.Content)
		if got := strings.TrimSuffix(strings.TrimPrefix(b.String(), "<content <para "), ">>"); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

// shorten writes a tree in brackets, emphasis by its effect.
func shorten(b *strings.Builder, n *cnxml.Node) {
	if n.Space == cnxml.Text {
		b.WriteString(n.Data)
		return
	}
	name := n.Name
	if effect := n.Attr("effect"); effect != "" {
		name = effect
	}
	b.WriteString("<" + name + " ")
	for _, child := range n.Children {
		shorten(b, child)
	}
	b.WriteString(">")
}
