package merge

import (
	"regexp"
	"strings"
)

// parseSummary reads the table of contents of an mdBook as the tree that it means:
// parts, and chapters in each other, each identified by its file.
func parseSummary(s string) *node {
	r := &summaryReader{root: &node{kind: "contents", raw: s, flow: blocks}}
	space, comment := "", false
	for _, line := range splitAfterLines(s) {
		text := strings.TrimLeft(line, " \t")
		body := strings.TrimRight(text, " \t\r\n")
		if body == "" {
			space += line
			continue
		}
		n := summaryLine(body)
		if comment || strings.HasPrefix(body, "<!--") {
			n = textLine(body)
			comment = !strings.Contains(body, "-->")
		}
		n.space = space
		r.add(n, line[:len(line)-len(text)])
		space = text[len(body):]
	}
	r.root.end = space
	r.root.finish()
	return r.root
}

// summaryReader builds the tree line by line.
type summaryReader struct {
	root *node
	part *node   // the part that has begun; nil before the first
	open []level // the chapters that the next one may be in
}

type level struct {
	n      *node
	indent string
}

// add puts a line where it belongs.
func (r *summaryReader) add(n *node, indent string) {
	width := func(s string) int { return len(strings.ReplaceAll(s, "\t", "    ")) }
	if n.kind == "part" {
		r.open, r.part, n.rel = nil, n, indent
		r.root.parts = append(r.root.parts, n)
		return
	}
	inside := func(l level) bool {
		return n.kind == "chapter" && width(l.indent) < width(indent)
	}
	for len(r.open) > 0 && !inside(r.open[len(r.open)-1]) {
		r.open = r.open[:len(r.open)-1]
	}
	parent, outer := r.root, ""
	if r.part != nil {
		parent, outer = r.part, r.part.rel
	}
	if k := len(r.open); k > 0 {
		parent, outer = r.open[k-1].n, r.open[k-1].indent
	}
	rel, nested := strings.CutPrefix(indent, outer)
	if n.rel = rel; !nested {
		n.rel = absolute + indent
	}
	parent.parts = append(parent.parts, n)
	if n.kind == "chapter" {
		r.open = append(r.open, level{n, indent})
	}
}

// absolute begins an indentation that does not begin with that of the parent: tabs
// below spaces.
const absolute = "\x00"

// below is the indentation of what is in a node with the indentation.
func below(indent, rel string) string {
	if whole, ok := strings.CutPrefix(rel, absolute); ok {
		return whole
	}
	return indent + rel
}

// chapterLine matches the line of a chapter: mark, title, file, and what follows.
var chapterLine = regexp.MustCompile(`^([-*+]|[0-9]{1,9}[.)])?([ \t]*)\[(.*)\]\(([^()]*(?:\([^()]*\)[^()]*)*)\)(.*)$`)

// summaryLine reads one line. What is neither a chapter nor a part is kept as it is.
func summaryLine(body string) *node {
	if strings.HasPrefix(body, "#") {
		title, _ := splitWords(body, false)
		return &node{kind: "part", flow: blocks, open: lineOf(title), key: strings.Join(strings.Fields(body), " ")}
	}
	m := chapterLine.FindStringSubmatch(body)
	if m == nil {
		return textLine(body)
	}
	n := &node{kind: "chapter", key: m[4], flow: blocks}
	if n.key == "" {
		n.key = "draft " + m[3]
	}
	line := []*node{}
	if m[1] != "" {
		line = append(line, &node{kind: "word", raw: m[1]})
	}
	title, rest := splitWords(m[3], false)
	line = append(line, &node{kind: "word", space: m[2], raw: "["})
	line = append(line, title...)
	line = append(line, &node{kind: "word", space: rest, raw: "](", weight: apart}, &node{kind: "word", raw: m[4], weight: apart}, &node{kind: "word", raw: ")" + m[5], weight: apart})
	n.open = lineOf(line)
	return n
}

// textLine is a line that is no entry: a rule, a comment.
func textLine(body string) *node {
	return &node{kind: "text", flow: blocks, open: lineOf([]*node{{kind: "word", raw: body, weight: apart}})}
}

// lineOf is a line of the contents with its words.
func lineOf(tokens []*node) *node {
	return &node{kind: "line", flow: words, lines: true, parts: tokens, raw: source(tokens)}
}
