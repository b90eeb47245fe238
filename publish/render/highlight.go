package render

import (
	"strings"
	"time"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// What highlighting may cost: beyond, code is written as it is. The lexers are
// made of regular expressions that may go back and forth, so their work is bounded
// too; code that people write comes nowhere near it.
const (
	highlightMost = 64 << 10        // bytes of one block
	highlightPage = 512 << 10       // bytes of all blocks of a page
	highlightWork = 2 * time.Second // of processor time, for all blocks of a page
)

// otherNames are languages that authors know by other names than the lexers.
var otherNames = map[string]string{
	"cmd": "bat", "console": "console", "shell-session": "console", "terminal": "console", "jsonc": "json",
}

// tokenClass is a class of the style sheet for a kind of token; empty for what
// looks like the rest.
func tokenClass(t chroma.TokenType) string {
	switch {
	case t.InSubCategory(chroma.Comment) && t != chroma.CommentPreproc, t == chroma.LiteralStringDoc:
		return "tok-comment"
	case t == chroma.KeywordType, t == chroma.NameClass, t == chroma.NameException, t == chroma.NameNamespace, t == chroma.NameTag:
		return "tok-type"
	case t.InCategory(chroma.Keyword), t == chroma.OperatorWord, t == chroma.GenericPrompt:
		return "tok-keyword"
	case t.InSubCategory(chroma.LiteralString):
		return "tok-string"
	case t.InCategory(chroma.Literal), t == chroma.NameConstant, t == chroma.GenericInserted:
		return "tok-number"
	case t.InSubCategory(chroma.NameFunction), t.InSubCategory(chroma.NameBuiltin), t == chroma.NameAttribute:
		return "tok-name"
	case t.InSubCategory(chroma.CommentPreproc), t == chroma.NameDecorator, t == chroma.NameLabel, t == chroma.NameEntity, t == chroma.NameProperty:
		return "tok-meta"
	case t == chroma.GenericDeleted, t == chroma.GenericError, t == chroma.GenericTraceback:
		return "tok-bad"
	case t == chroma.GenericOutput:
		return "tok-output"
	case t == chroma.GenericHeading, t == chroma.GenericSubheading, t == chroma.GenericStrong:
		return "tok-strong"
	}
	return ""
}

// highlighted writes the text of a block of code with its tokens marked, and
// reports whether it did: not if the language is unknown, if there are
// elements in the code, or if it would take too much work, which is reported.
func (r *renderer) highlighted(n *cnxml.Node, language string, nodes []*cnxml.Node) bool {
	text, ok := plainCode(nodes)
	if !ok || len(text) > highlightMost || r.highlit+len(text) > highlightPage {
		return false
	}
	lexer := lexerOf(language)
	if lexer == nil {
		return false
	}
	r.highlit += len(text)
	if r.highlitFor >= highlightWork {
		return false
	}
	tokens, work, end := tokenise(lexer, text, highlightWork-r.highlitFor)
	r.highlitFor += work
	switch end {
	case lexedTooMuch:
		r.highlitFor = highlightWork
		r.warn(n, "code-plain", "highlighting this code takes too much work; this code and the code after it are shown without colours")
		return false
	case lexedWrong:
		return false
	}
	for _, t := range tokens {
		class := tokenClass(t.Type)
		if class == "" || strings.TrimSpace(t.Value) == "" {
			r.w.Text(t.Value)
			continue
		}
		r.w.Element("span", []attr{{"class", class}}, func() { r.w.Text(t.Value) })
	}
	return true
}

// plainCode is the text of code in which there is nothing but text and line ends.
func plainCode(nodes []*cnxml.Node) (string, bool) {
	var b strings.Builder
	for _, n := range nodes {
		switch {
		case n.Space == cnxml.Text:
			b.WriteString(n.Data)
		case n.Is("newline") && len(n.Attrs) == 0:
			b.WriteByte('\n')
		default:
			return "", false
		}
	}
	return b.String(), true
}

// lexerOf finds the lexer by a name of the language; nil if there is none. The
// registry's own search would also go by endings of file names.
func lexerOf(language string) chroma.Lexer {
	name := strings.ToLower(language)
	if other := otherNames[name]; other != "" {
		name = other
	}
	if name == "" || name == "text" || name == "plain" {
		return nil
	}
	lexer := lexers.Get(name)
	if lexer == nil {
		return nil
	}
	config := lexer.Config()
	if strings.EqualFold(config.Name, name) {
		return lexer
	}
	for _, alias := range config.Aliases {
		if strings.EqualFold(alias, name) {
			return lexer
		}
	}
	return nil
}
