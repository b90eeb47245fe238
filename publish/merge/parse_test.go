package merge

import (
	"strings"
	"testing"
)

// written is a node as its parts say, without the space before it.
func written(n *node, indent string) string {
	if n.isToken() {
		return n.raw
	}
	var b strings.Builder
	if n.open != nil {
		if n.open.kind == "line" || len(n.open.parts) > 0 {
			b.WriteString(writtenTag(n.open))
		} else {
			b.WriteString(n.open.raw)
		}
	}
	for _, p := range n.parts {
		b.WriteString(p.space + below(below(indent, n.rel), p.rel) + written(p, below(indent, n.rel)))
	}
	return b.String() + n.end
}

// writtenTag is a start tag or a line as its parts say.
func writtenTag(n *node) string {
	if n.kind == "line" {
		return source(n.parts)
	}
	var b strings.Builder
	b.WriteString("<" + n.kind)
	for _, a := range n.parts {
		b.WriteString(a.space + a.raw)
	}
	return b.String() + n.end
}

// Every byte of a file is in its nodes, and nothing else.
func TestParseKeepsBytes(t *testing.T) {
	for _, c := range realMerges(t) {
		for i, data := range [][]byte{c.base, c.ours, c.theirs, c.result} {
			n := parserOf(c.path).parse(string(data))
			if n == nil {
				t.Logf("%s, version %d of %s: not well-formed", c.name, i, c.path)
				continue
			}
			if got := written(n, ""); got != string(data) {
				t.Errorf("%s, version %d of %s is not kept: %s", c.name, i, c.path, firstDifference([]byte(got), data))
			}
		}
	}
}
