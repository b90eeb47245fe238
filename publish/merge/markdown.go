package merge

import (
	"regexp"
	"strings"
)

// parseMarkdown reads a chapter as a flat list of blocks: paragraphs, headings, list
// items, rows of tables, link definitions, code. That blocks are in each other is
// kept in the white space before them, which is merged like everything else.
func parseMarkdown(s string) *node {
	r := &markdownReader{lines: splitAfterLines(s)}
	root := &node{kind: "document", raw: s, flow: blocks}
	for r.next() {
		root.parts = append(root.parts, r.block())
	}
	root.end = r.space
	root.finish()
	return root
}

// splitAfterLines divides a text behind each line break.
func splitAfterLines(s string) []string {
	lines := strings.SplitAfter(s, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// markdownReader goes over the lines of a chapter.
type markdownReader struct {
	lines []string
	at    int    // the next line
	space string // since the last block
	quote bool   // the block that begins at the line is in a quotation
}

// The beginnings of blocks, behind indentation and quotation marks.
var (
	fence      = regexp.MustCompile("^(`{3,}|~{3,})")
	marker     = regexp.MustCompile(`^(?:[-*+]|[0-9]{1,9}[.)])(?:[ \t\r\n]+|$)`)
	definition = regexp.MustCompile(`^\[([^\]\n]+)\]:`)
	ruleLine   = regexp.MustCompile(`^(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$`)
	margin     = regexp.MustCompile(`^[ \t]*(?:>[ \t]?[ \t]*)*`)
)

// next goes to the line where the next block begins.
func (r *markdownReader) next() bool {
	for ; r.at < len(r.lines); r.at++ {
		if strings.TrimSpace(inner(r.lines[r.at])) != "" {
			return true
		}
		r.space += r.lines[r.at]
	}
	return false
}

// inner is a line without indentation and quotation marks.
func inner(line string) string { return line[len(margin.FindString(line)):] }

// block reads the block that begins at the next line.
func (r *markdownReader) block() *node {
	lead := margin.FindString(r.lines[r.at])
	r.quote = strings.Contains(lead, ">")
	n := &node{space: r.space + lead, flow: words, lines: true}
	text := inner(r.lines[r.at])
	n.kind = kindOf(text)
	from := r.at
	switch {
	case from == 0 && strings.TrimRight(text, " \t\r\n") == "---" && r.matter():
		n.kind = "code"
	case n.kind == "code":
		r.code(fence.FindString(text))
	case n.kind == "comment":
		for r.at++; !strings.Contains(r.lines[r.at-1], "-->") && r.at < len(r.lines); r.at++ {
		}
	default:
		r.at++
		for n.kind != "heading" && n.kind != "rule" && r.at < len(r.lines) && r.goesOn(n.kind) {
			r.at++
		}
	}
	whole := strings.Join(r.lines[from:r.at], "")[len(lead):]
	n.raw = strings.TrimRight(whole, " \t\r\n")
	r.space = whole[len(n.raw):]
	r.fill(n)
	return n
}

// matter reads the metadata at the beginning of a file, if it is closed.
func (r *markdownReader) matter() bool {
	for i := 1; i < min(len(r.lines), 200); i++ {
		if strings.TrimRight(r.lines[i], " \t\r\n") == "---" {
			r.at = i + 1
			return true
		}
	}
	return false
}

// code reads up to the fence that closes the code, or the end of the file.
func (r *markdownReader) code(open string) {
	for r.at++; r.at < len(r.lines); r.at++ {
		line := strings.TrimSpace(inner(r.lines[r.at]))
		if len(line) >= len(open) && strings.Trim(line, open[:1]) == "" {
			r.at++
			return
		}
	}
}

// kindOf is the kind of the block that a line begins.
func kindOf(text string) string {
	trimmed := strings.TrimRight(text, " \t\r\n")
	switch {
	case fence.MatchString(text):
		return "code"
	case strings.HasPrefix(text, "#"):
		return "heading"
	case ruleLine.MatchString(trimmed):
		return "rule"
	case marker.MatchString(trimmed):
		return "item"
	case strings.HasPrefix(text, "|"):
		return "row"
	case definition.MatchString(text):
		return "definition"
	case strings.HasPrefix(text, "<!--"):
		return "comment"
	case strings.HasPrefix(text, "<"):
		return "html"
	}
	return "paragraph"
}

// goesOn reports whether the next line belongs to the block of the kind.
func (r *markdownReader) goesOn(kind string) bool {
	line := r.lines[r.at]
	text := inner(line)
	if strings.TrimSpace(text) == "" || strings.Contains(line[:len(line)-len(text)], ">") != r.quote {
		return false
	}
	switch next := kindOf(text); next {
	case "paragraph":
		return kind != "row" && kind != "definition"
	case "rule": // of hyphens it makes the paragraph a heading
		return kind == "paragraph" && strings.HasPrefix(text, "-")
	case "html":
		return kind == "html"
	default:
		return false
	}
}

// fill divides the text of a block into words.
func (r *markdownReader) fill(n *node) {
	text := n.raw
	switch n.kind {
	case "code":
		n.parts, n.end = splitExact(text)
		return
	case "item":
		mark := marker.FindString(text)
		bare := strings.TrimRight(mark, " \t\r\n")
		n.open = &node{kind: "marker", raw: bare}
		if bare[0] >= '0' && bare[0] <= '9' { // renumbering changes no content
			n.open.hash = hashOf("numbered" + bare[len(bare)-1:])
		}
		text = text[len(bare):]
	case "definition":
		n.key = strings.ToLower(definition.FindStringSubmatch(text)[1])
	}
	n.parts, n.end = splitWords(text, r.quote)
	for _, t := range n.parts {
		if len(t.raw) > 1 && strings.Trim(t.raw, "-") == "" || strings.Trim(t.raw, "=") == "" { // lines of tables and under headings are as long as one likes
			t.hash = hashOf("line of " + t.raw[:1])
		}
	}
}
