package merge

import (
	"strings"

	"github.com/BurntSushi/toml"
)

// parseTOML reads settings as tables of pairs, each identified by its name. What is
// not TOML is refused: nil.
func parseTOML(s string) *node {
	var any map[string]any
	if _, err := toml.Decode(s, &any); err != nil {
		return nil
	}
	root := &node{kind: "document", raw: s, flow: blocks}
	into, table, space := root, "", ""
	lines := splitAfterLines(s)
	for i := 0; i < len(lines); i++ {
		if strings.TrimSpace(lines[i]) == "" {
			space += lines[i]
			continue
		}
		margin := leadingSpace(lines[i], false)
		whole := lines[i]
		n := &node{kind: "text", space: space + margin, flow: words, lines: true}
		body := whole[len(margin):]
		name, _, isPair := strings.Cut(body, "=")
		switch {
		case strings.HasPrefix(body, "#"):
		case strings.HasPrefix(body, "["):
			table = strings.Join(strings.Fields(body), " ")
			n = &node{kind: "table", space: n.space, key: table, flow: blocks}
		case isPair:
			n.kind, n.key = "pair", table+" "+strings.TrimSpace(name)
			for open := openEnded(whole); open && i+1 < len(lines); open = openEnded(whole) {
				i++
				whole += lines[i]
			}
			body = whole[len(margin):]
		}
		n.raw = strings.TrimRight(body, " \t\r\n")
		space = body[len(n.raw):]
		if n.kind == "table" {
			n.open = &node{kind: "header", raw: n.raw, weight: apart}
			root.parts = append(root.parts, n)
			into = n
			continue
		}
		n.parts, n.end = splitWords(n.raw, false)
		into.parts = append(into.parts, n)
	}
	for _, n := range root.parts {
		if n.kind == "table" {
			n.raw += gapped(n.parts)
		}
	}
	root.end = space
	root.finish()
	return root
}

func gapped(parts []*node) string {
	if len(parts) == 0 {
		return ""
	}
	return parts[0].space + source(parts)
}

// openEnded reports whether a pair goes on behind the text: a list or a long string is
// not closed.
func openEnded(s string) bool {
	depth := 0
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '#':
			i += strings.IndexByte(s[i:]+"\n", '\n')
			continue
		case c == '"' || c == '\'':
			quote := string(c)
			if strings.HasPrefix(s[i:], strings.Repeat(quote, 3)) {
				quote = strings.Repeat(quote, 3)
			}
			n := closing(s[i+len(quote):], quote)
			if n < 0 {
				return true
			}
			i += len(quote) + n
			continue
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		}
		i++
	}
	return depth > 0
}

// closing is where s goes on behind the quotation mark; negative if it is not closed.
func closing(s, quote string) int {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quote[0] == '"':
			i++
		case strings.HasPrefix(s[i:], quote):
			return i + len(quote)
		}
	}
	return -1
}
