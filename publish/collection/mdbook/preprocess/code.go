package preprocess

import (
	"strings"

	"github.com/yuin/goldmark/text"
)

// code translates a block of code: the whole, or else the comments and strings in
// it, which are messages of their own. What has no translation stays, uncounted.
func (t *translator) code(lines *text.Segments, info string) {
	if lines.Len() == 0 {
		return
	}
	content := contentOf(lines, t.data)
	if m := t.keys[codeKey(info, content)]; usable(m) {
		if body, ok := fenced(m.Translation); ok {
			t.replace(lines, 0, len(content), body)
			return
		}
	}
	language, _, _ := strings.Cut(strings.TrimSpace(info), ",")
	language, _, _ = strings.Cut(language, " ")
	for _, p := range passages(content, strings.ToLower(language)) {
		if m := t.exact[content[p.from:p.to]]; usable(m) {
			t.replace(lines, p.from, p.to, m.Translation)
			continue
		}
		for _, part := range p.parts {
			if m := t.exact[content[part.from:part.to]]; usable(m) {
				t.replace(lines, part.from, part.to, m.Translation)
			}
		}
	}
}

// fenced is the content of a message that is a block of code.
func fenced(message string) (body string, ok bool) {
	lines := strings.SplitAfter(strings.TrimSpace(message), "\n")
	if len(lines) < 2 || !strings.HasPrefix(lines[0], "```") || !strings.HasPrefix(lines[len(lines)-1], "```") {
		return "", false
	}
	return strings.Join(lines[1:len(lines)-1], ""), true
}

// replace puts a translation in the place of a part of the content of lines.
func (t *translator) replace(lines *text.Segments, from, to int, words string) {
	start, end, before := -1, -1, 0
	for i := range lines.Len() {
		line := lines.At(i)
		length := len(line.Value(t.data))
		padding := length - (line.Stop - line.Start) // blanks that stand for a tab
		if start < 0 && from < before+length {
			start = line.Start + max(0, from-before-padding)
		}
		if to <= before+length {
			end = line.Start + max(0, to-before-padding)
			break
		}
		before += length
	}
	if start < 0 || end < start {
		return
	}
	closing := strings.HasSuffix(words, "\n")
	words = continued(strings.TrimSuffix(words, "\n"), t.data, lines.At(0).Start)
	if closing {
		words += "\n"
	}
	t.put(start, end, words)
}

// passage is a part of a text, which may have parts of its own.
type passage struct {
	from, to int
	parts    []passage
}

// Languages by what begins a comment in them.
var (
	slashes = words(`rust rs c h cpp c++ cc java javascript js typescript ts go kotlin swift scala csharp cs php proto dart zig`)
	hashes  = words(`python py sh bash shell console ruby rb perl toml yaml yml makefile dockerfile r starlark bzl`)
)

func words(s string) map[string]bool {
	all := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		all[w] = true
	}
	return all
}

// passages are the comments and strings of a program. Those that only blanks
// part are one.
func passages(s, language string) []passage {
	var all []passage
	add := func(from, to int) {
		if k := len(all) - 1; k >= 0 && strings.Trim(s[all[k].to:from], " \t") == "" {
			all[k].to = to
			all[k].parts = append(all[k].parts, passage{from: from, to: to})
			return
		}
		all = append(all, passage{from, to, []passage{{from: from, to: to}}})
	}
	endless := map[byte]bool{} // by its first sign, what has no end from here
	for i := 0; i < len(s); {
		end := 0
		switch rest := s[i:]; {
		case slashes[language] && strings.HasPrefix(rest, "//"), hashes[language] && rest[0] == '#':
			end = i + strings.IndexByte(rest+"\n", '\n') + 1
		case slashes[language] && strings.HasPrefix(rest, "/*") && !endless['/']:
			at := strings.Index(rest[2:], "*/")
			endless['/'] = at < 0
			if at >= 0 {
				end = i + 2 + at + 2
			}
		case slashes[language] && rest[0] == '\'': // a character, or a lifetime of Rust
			if at := strings.IndexByte(rest[1:min(len(rest), 12)], '\''); at > 0 {
				i += at + 1
			}
		case (slashes[language] || hashes[language]) && rest[0] == '"' && !endless['"']:
			length := stringEnd(rest)
			endless['"'] = length == 0
			end = i + length
		}
		if end > i {
			end = min(end, len(s))
			add(i, end)
			i = end
			continue
		}
		i++
	}
	return all
}

// stringEnd is the length of the string that a text begins with; 0 if it has no
// end.
func stringEnd(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}
