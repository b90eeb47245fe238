package preprocess

import (
	"bytes"
	"html"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

var (
	ruleLine    = regexp.MustCompile(`^r\[([^\]\s]+)\][ \t]*\r?\n?$`)
	production  = regexp.MustCompile(`^(?:@root )?([A-Za-z][A-Za-z0-9_]*) ?->`)
	grammarOpen = regexp.MustCompile("^[ \t>]*(?:```+|~~~+)[ \t]*grammar\\b")
	fenceLine   = regexp.MustCompile("^[ \t>]*(?:```+|~~~+)[ \t]*\r?\n?$")
)

// namesMost bounds the names of one chapter.
const namesMost = 10_000

// Names are what mdbook-spec lets every chapter of a book refer to, as a chapter
// defines it: rules ("r[a.b]" on a line) and productions of the grammar.
func Names(data []byte) (rules, productions []string) {
	inGrammar := false
	for line := range bytes.Lines(data) {
		switch {
		case len(rules)+len(productions) > namesMost:
			return rules, productions
		case inGrammar && fenceLine.Match(line):
			inGrammar = false
		case inGrammar:
			if m := production.FindSubmatch(line); m != nil {
				productions = append(productions, string(m[1]))
			}
		case grammarOpen.Match(line):
			inGrammar = true
		default:
			if m := ruleLine.FindSubmatch(line); m != nil {
				rules = append(rules, string(m[1]))
			}
		}
	}
	return rules, productions
}

// RuleID is the id of the place of a rule, GrammarID that of a production.
func RuleID(name string) string { return "r-" + name }

// GrammarID is the id of the place of a production.
func GrammarID(name string) string { return "grammar-" + name }

// Rules gives each rule a place that can be linked to and is seen, and each
// production of the grammar one that is not.
func Rules(doc ast.Node, data []byte) []Edit {
	var edits []Edit
	walkBlocks(doc, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.Paragraph, *ast.TextBlock:
			lines := n.Lines()
			for i := range lines.Len() {
				line := lines.At(i)
				m := ruleLine.FindSubmatch(line.Value(data))
				if m == nil {
					continue
				}
				name := html.EscapeString(string(m[1]))
				edits = append(edits, Edit{line.Start, line.Stop,
					`<div class="rule" id="` + RuleID(name) + `"><a class="rule-link" href="#` + RuleID(name) + `">[` + name + "]</a></div>\n" +
						prefix(data, line.Start) + "\n"})
			}
		case *ast.FencedCodeBlock:
			if n.Info != nil && grammarOpen.Match(append([]byte("```"), n.Info.Segment.Value(data)...)) {
				edits = append(edits, grammarPlaces(n, data)...)
			}
		}
	})
	return ordered(edits)
}

// grammarPlaces puts the places of productions before their block.
func grammarPlaces(n *ast.FencedCodeBlock, data []byte) []Edit {
	var b strings.Builder
	lines := n.Lines()
	for i := range lines.Len() {
		line := lines.At(i)
		if m := production.FindSubmatch(line.Value(data)); m != nil {
			b.WriteString(`<span id="` + GrammarID(string(m[1])) + `"></span>`)
		}
	}
	if b.Len() == 0 {
		return nil
	}
	at := n.Info.Segment.Start
	for at > 0 && strings.IndexByte("`~ \t", data[at-1]) >= 0 && data[at-1] != '\n' {
		at--
	}
	for at < len(data) && (data[at] == ' ' || data[at] == '\t') {
		at++
	}
	return []Edit{{at, at, `<div class="grammar">` + b.String() + "</div>\n" + prefix(data, at) + "\n" + prefix(data, at)}}
}

var (
	label   = regexp.MustCompile(`\[([^\[\]\n]{1,200})\]`)
	stdPath = regexp.MustCompile(`^(?:[a-z]+@)?((?:std|core|alloc|proc_macro|test)(?:::[A-Za-z0-9_!:<>{}()\[\], ]+)?)$`)
)

// Definitions are the definitions of links that mdbook-spec would add to a
// chapter, as lines of Markdown, for those of its references that have none. place
// is the address of a name, empty if the book does not define it.
func Definitions(doc ast.Node, data []byte, place func(name string) string) string {
	defined := map[string]bool{}
	walkBlocks(doc, func(n ast.Node) {
		if d, ok := n.(*ast.LinkReferenceDefinition); ok {
			defined[util.ToLinkReference(d.Label)] = true
		}
	})
	var b strings.Builder
	for _, m := range label.FindAllSubmatch(data, -1) {
		name := string(m[1])
		key := util.ToLinkReference(m[1])
		if defined[key] {
			continue
		}
		defined[key] = true
		to := place(name)
		if std, ok := StandardLibrary(strings.Trim(name, "`")); ok && to == "" && strings.HasPrefix(name, "`") {
			to = std
		}
		if to != "" {
			b.WriteString("[" + name + "]: <" + to + ">\n")
		}
	}
	return b.String()
}

// StandardLibrary is the address at which a path of Rust's standard library is
// documented. What kind of item it is, and so its page, only rustdoc knows; the
// search of the documentation finds it.
func StandardLibrary(path string) (address string, ok bool) {
	m := stdPath.FindStringSubmatch(path)
	if m == nil {
		return "", false
	}
	crate, _, inside := strings.Cut(m[1], "::")
	if !inside {
		return "https://doc.rust-lang.org/" + strings.TrimRight(crate, "!") + "/", true
	}
	name, _, _ := strings.Cut(m[1], "<")
	name = strings.Trim(strings.TrimSuffix(name, "()"), "!:()[]{} ,")
	return "https://doc.rust-lang.org/" + crate + "/?search=" + name, true
}
