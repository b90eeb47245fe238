package preprocess

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"github.com/rhaptos/rhaptos/publish/collection/mdbook/po"
)

// Catalog finds the translations of passages.
type Catalog struct {
	exact map[string]*po.Message // as the messages are written
	keys  map[string]*po.Message
	words map[string]*po.Message
}

// NewCatalog makes the catalog of the messages. parse reads Markdown, and reports
// whether it could be read.
func NewCatalog(messages []po.Message, parse func([]byte) (doc ast.Node, ok bool)) *Catalog {
	c := &Catalog{map[string]*po.Message{}, map[string]*po.Message{}, map[string]*po.Message{}}
	for i := range messages {
		m := &messages[i]
		put(c.exact, m.ID, m)
		if !strings.ContainsAny(m.ID, "`*_~[]<>\\&#!-+=\n") { // no Markdown
			words := strings.Join(strings.Fields(m.ID), " ")
			put(c.keys, words, m)
			put(c.words, words, m)
			continue
		}
		doc, ok := parse([]byte(m.ID))
		if !ok {
			continue
		}
		key, words := messageKeys(doc, []byte(m.ID))
		put(c.keys, key, m)
		put(c.words, words, m)
	}
	return c
}

// put keeps the first message of a key that has a translation, or else the first.
func put(to map[string]*po.Message, key string, m *po.Message) {
	if old := to[key]; key != "" && (old == nil || !usable(old) && usable(m)) {
		to[key] = m
	}
}

func usable(m *po.Message) bool {
	return m != nil && !m.Fuzzy && strings.TrimSpace(m.Translation) != ""
}

// Title is the translation of a title, which has words only; the title itself if
// there is none.
func (c *Catalog) Title(title string, parse func([]byte) (doc ast.Node, ok bool)) string {
	m := c.words[strings.Join(strings.Fields(title), " ")]
	if !usable(m) {
		return title
	}
	doc, ok := parse([]byte(m.Translation))
	if !ok || doc.FirstChild() == nil {
		return title
	}
	w := &canonical{data: []byte(m.Translation), plain: true}
	w.children(doc.FirstChild())
	if s := w.String(); s != "" {
		return s
	}
	return title
}

// Count is how much of a text is translated.
type Count struct {
	Passages int  // paragraphs, headings, cells and the like with words in them
	Missing  int  // those that have no translation
	Fuzzy    int  // those of them whose translation is marked fuzzy
	Full     bool // there was no room for all translations
}

// Translate puts the translations in the place of the passages of a text, at most
// so many bytes of them.
func (c *Catalog) Translate(doc ast.Node, data []byte, most int) (edits []Edit, count Count) {
	t := &translator{Catalog: c, data: data, notes: noteNames(doc), room: most}
	walkBlocks(doc, t.block)
	t.Full = t.room < 0
	return ordered(t.edits), t.Count
}

type translator struct {
	*Catalog
	Count
	data  []byte
	notes map[int]string
	edits []Edit
	room  int
}

// put adds an edit if there is room for it.
func (t *translator) put(from, to int, words string) {
	if t.room -= len(words); t.room >= 0 {
		t.edits = append(t.edits, Edit{from, to, words})
	}
}

var alertLine = regexp.MustCompile(`^\[![\w-]+\][^\n]*\n?$`)

func (t *translator) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.Paragraph:
		from := 0
		if _, quoted := n.Parent().(*ast.Blockquote); quoted && n.Lines().Len() > 1 {
			if first := n.Lines().At(0); alertLine.Match(first.Value(t.data)) {
				from = n.Lines().At(1).Start
			}
		}
		t.line(n, n.Lines(), from, false)
	case *ast.Heading:
		t.line(n, n.Lines(), 0, true)
	case *extast.TableCell:
		t.line(n, n.Lines(), 0, true)
	case *ast.TextBlock, *extast.DefinitionTerm:
		t.line(n, n.Lines(), 0, false)
	case *ast.HTMLBlock:
		t.html(n)
	case *ast.FencedCodeBlock:
		info := ""
		if n.Info != nil {
			info = string(n.Info.Segment.Value(t.data))
		}
		t.code(n.Lines(), info)
	case *ast.CodeBlock:
		t.code(n.Lines(), "")
	}
}

// find is the message of a key, and counts what is missing.
func (t *translator) find(key, words string, counted bool) *po.Message {
	m := t.keys[key]
	if m == nil && words == key {
		m = t.words[words]
	}
	if counted {
		t.Passages++
		if !usable(m) {
			t.Missing++
			if m != nil && m.Fuzzy {
				t.Fuzzy++
			}
		}
	}
	if usable(m) {
		return m
	}
	return nil
}

// line translates the line of a block from an offset. single says that it must
// stay on one line.
func (t *translator) line(n ast.Node, lines *text.Segments, from int, single bool) {
	if lines.Len() == 0 {
		return
	}
	c := &canonical{data: t.data, notes: t.notes, from: from}
	w := &canonical{data: t.data, notes: t.notes, from: from, plain: true}
	c.children(n)
	w.children(n)
	key := c.String()
	if key == "" {
		return
	}
	if t.keys[key] == nil && t.pieces(n, from) {
		return
	}
	m := t.find(key, w.String(), hasLetter(wordsOutsideCode(n, t.data)))
	if m == nil {
		return
	}
	first, last := lines.At(0), lines.At(lines.Len()-1)
	start := max(first.Start, from)
	if _, ok := n.FirstChild().(*extast.TaskCheckBox); ok {
		start += len("[ ] ")
	}
	end := last.Stop
	for end > start && strings.IndexByte(" \t\r\n", t.data[end-1]) >= 0 {
		end--
	}
	words := strings.TrimSpace(m.Translation)
	if _, cell := n.(*extast.TableCell); cell {
		words = escapePipes(words)
	}
	if single {
		words = strings.Join(strings.Fields(words), " ")
	}
	t.put(start, end, continued(words, t.data, first.Start))
}

// pieces translates the texts between the tags of a line one by one, as older
// files of translations have them, and reports whether it has found any.
func (t *translator) pieces(n ast.Node, from int) (found bool) {
	tagged := false
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		tagged = tagged || c.Kind() == ast.KindRawHTML
	}
	for c := n.FirstChild(); tagged && c != nil; c = c.NextSibling() {
		first, ok := c.(*ast.Text)
		if !ok || first.Segment.Start < from || !bounded(first.PreviousSibling()) {
			continue
		}
		last := first
		for next, ok := last.NextSibling().(*ast.Text); ok; next, ok = last.NextSibling().(*ast.Text) {
			last = next
		}
		c = last
		if !bounded(last.NextSibling()) {
			continue
		}
		raw := string(t.data[first.Segment.Start:last.Segment.Stop])
		m := t.keys[strings.Join(strings.Fields(unescape([]byte(raw), false)), " ")]
		if !usable(m) {
			continue
		}
		found = true
		t.Passages++
		before, after := len(raw)-len(strings.TrimLeft(raw, " \t\n")), len(strings.TrimRight(raw, " \t\r\n"))
		t.put(first.Segment.Start+before, first.Segment.Start+after, strings.Join(strings.Fields(m.Translation), " "))
	}
	return found
}

// bounded reports whether a text ends at a node: a tag, or the end of the line.
func bounded(n ast.Node) bool { return n == nil || n.Kind() == ast.KindRawHTML }

// wordsOutsideCode are the words of a line that are to be translated.
func wordsOutsideCode(n ast.Node, data []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.CodeSpan, *ast.AutoLink, *ast.RawHTML:
		case *ast.Text:
			b.Write(c.Value(data))
		default:
			b.WriteString(wordsOutsideCode(c, data))
		}
	}
	return b.String()
}

// escapePipes is a text as the cell of a table may hold it.
func escapePipes(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if s[i] == '|' && (i == 0 || s[i-1] != '\\') {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func (t *translator) html(n *ast.HTMLBlock) {
	m := t.keys[htmlKey(n, t.data)]
	if n.Lines().Len() == 0 || !usable(m) {
		return
	}
	start, end := n.Lines().At(0).Start, n.Lines().At(n.Lines().Len()-1).Stop
	if n.HasClosure() {
		end = n.ClosureLine.Stop
	}
	t.put(start, end, strings.TrimRight(m.Translation, "\n")+"\n")
}
