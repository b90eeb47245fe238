package preprocess

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// directives are the kinds of blocks that mdbook-admonish knows, by their names.
var directives = map[string]string{
	"note": "note", "abstract": "abstract", "summary": "abstract", "tldr": "abstract", "info": "info", "todo": "info",
	"tip": "tip", "hint": "tip", "important": "tip", "success": "success", "check": "success", "done": "success",
	"question": "question", "help": "question", "faq": "question", "warning": "warning", "caution": "warning", "attention": "warning",
	"failure": "failure", "fail": "failure", "missing": "failure", "danger": "danger", "error": "danger", "bug": "bug",
	"example": "example", "quote": "quote", "cite": "quote",
}

var admonishTitle = regexp.MustCompile(`(?:title\s*=\s*)?(?:"((?:[^"\\]|\\.)*)"|'([^']*)')`)

// Admonitions writes blocks of code called admonish as quotes that begin with
// "[!kind] title", of which the text is Markdown. A title that is given as empty
// is left out, which "[!kind]-" says.
func Admonitions(doc ast.Node, data []byte) []Edit {
	var edits []Edit
	walkBlocks(doc, func(n ast.Node) {
		code, ok := n.(*ast.FencedCodeBlock)
		if !ok || code.Info == nil {
			return
		}
		info := string(code.Info.Segment.Value(data))
		name, rest, _ := strings.Cut(strings.TrimSpace(info), " ")
		if name != "admonish" {
			return
		}
		edits = append(edits, quoted(code, data, opening(rest))...)
	})
	return ordered(edits)
}

// opening is the first line of the quote.
func opening(info string) string {
	title, titled := "", false
	if m := admonishTitle.FindStringSubmatchIndex(info); m != nil {
		titled = true
		if m[2] >= 0 {
			title = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(info[m[2]:m[3]])
		} else {
			title = info[m[4]:m[5]]
		}
		info = info[:m[0]]
	}
	word, _, _ := strings.Cut(strings.TrimSpace(info), " ")
	word, _, _ = strings.Cut(word, ".") // and classes
	word = strings.TrimRight(word, ",")
	kind := directives[strings.ToLower(word)]
	switch {
	case kind == "":
		kind, word = "note", "note"
	case titled && strings.TrimSpace(title) == "":
		return "[!" + kind + "]-"
	}
	if !titled && kind != word {
		title = strings.ToUpper(word[:1]) + strings.ToLower(word[1:])
	}
	return strings.TrimRight("[!"+kind+"] "+strings.Join(strings.Fields(title), " "), " ")
}

// quoted makes the edits that turn a fenced block of code into a quote of its
// content.
func quoted(code *ast.FencedCodeBlock, data []byte, first string) []Edit {
	fence := code.Info.Segment.Start
	for fence > 0 && (data[fence-1] == ' ' || data[fence-1] == '\t') {
		fence--
	}
	mark := fence
	for mark > 0 && (data[mark-1] == '`' || data[mark-1] == '~') {
		mark--
	}
	end := lineEnd(data, fence)
	edits := []Edit{{mark, end, "> " + first}}
	lines := code.Lines()
	for i := range lines.Len() {
		line := lines.At(i)
		edits = append(edits, Edit{line.Start, line.Start, "> "})
		end = lineEnd(data, line.Start)
	}
	closing := min(end+1, len(data))
	closed := closing
	for closed < len(data) && strings.IndexByte(" \t>", data[closed]) >= 0 {
		closed++
	}
	if rest := strings.TrimRight(string(data[closed:lineEnd(data, closed)]), " \t\r"); len(rest) >= 3 && strings.Trim(rest, string(data[mark])) == "" {
		edits = append(edits, Edit{closed, closed + len(rest), ""})
	}
	return edits
}

// lineEnd is the offset at which the line of an offset ends.
func lineEnd(data []byte, at int) int {
	for at < len(data) && data[at] != '\n' {
		at++
	}
	return at
}
