package cnxml

import (
	"fmt"
	"slices"
	"strings"
)

// checked limits the faults that Check lists, so that a hostile file cannot fill
// the memory.
const checked = 5000

// Check checks the tree of one module or collection by itself: what stands
// where, the values of attributes, and the rules that need no other file. The
// faults are in the order of their places, 5,000 of them at most. A name or a
// value that nobody knows is reported once, where it stands first.
func Check(root *Node) []Fault {
	c := &checker{ids: map[string]Pos{}, reported: map[[3]string]bool{}}
	c.element(root, nil)
	if root.Is("document") {
		c.document(root)
	}
	c.suggestIDs()
	sortFaults(c.faults)
	return c.faults
}

type checker struct {
	faults   []Fault
	reported map[[3]string]bool
	hints    int            // suggestions looked for
	ids      map[string]Pos // where each stands first
	bare     []bareElement  // elements that should have an id
	section  int            // how many sections are around
}

func (c *checker) fault(at, end Pos, rule, format string, args ...any) {
	c.replace(at, end, "", rule, format, args...)
}

// replace reports a fault and what to write in its place.
func (c *checker) replace(at, end Pos, replacement, rule, format string, args ...any) {
	if len(c.faults) < checked {
		c.faults = append(c.faults, Fault{Pos: at, End: end, Rule: rule, Message: fmt.Sprintf(format, args...), Replacement: replacement})
	}
}

// once reports whether something is to be reported for the first time.
func (c *checker) once(rule, tag, word string) bool {
	key := [3]string{rule, tag, word}
	first := !c.reported[key]
	c.reported[key] = true
	return first
}

// meant is a question for the end of a message, if a word looks like a slip,
// and the word that was meant. A file gets no more than a hundred.
func (c *checker) meant(word string, among []string) (question, nearest string) {
	if c.hints++; c.hints > 100 {
		return "", ""
	}
	if nearest, ok := Nearest(word, among); ok {
		return " (did you mean " + nearest + "?)", nearest
	}
	return "", ""
}

// element checks an element and all that is below it.
func (c *checker) element(n *Node, parent *Node) {
	d := declared.of(n)
	if d == nil {
		c.unknown(n)
	} else {
		c.attributes(n, d)
	}
	c.id(n, parent)
	if n.Space == CNXML {
		c.rules(n)
	}
	if d != nil {
		if d.anything {
			c.below(n)
			return
		}
		c.children(n, d)
	}
	if n.Is("section") {
		c.section++
		defer func() { c.section-- }()
	}
	for _, child := range n.Children {
		if child.Space != Text {
			c.element(child, n)
		}
	}
}

// below looks at the ids of what the tables do not look into.
func (c *checker) below(n *Node) {
	for _, child := range n.Children {
		child.Walk(func(n *Node) bool {
			c.id(n, nil)
			return true
		})
	}
}

// rules are those of single elements.
func (c *checker) rules(n *Node) {
	switch n.Name {
	case "section":
		c.checkSection(n)
	case "content":
		c.checkAfter(n)
	case "media":
		c.checkMedia(n)
	case "image":
		c.checkImage(n)
	case "link":
		c.checkLink(n)
	case "tgroup", "entrytbl":
		c.checkTable(n)
	}
}

func (c *checker) unknown(n *Node) {
	if !c.once("element-unknown", prefixes[n.Space]+n.NS, n.Name) {
		return
	}
	what := map[Space]string{
		CNXML:   "is not an element of CNXML; only its content will be shown",
		MathML:  "is not an element of MathML; only its content will be shown",
		MDML:    "is not an element of the metadata; it is not read",
		CollXML: "is not an element of a collection; it is not read",
		Other:   "is from a vocabulary that is not known here; only its content will be shown",
	}[n.Space]
	question, _ := c.meant(n.Name, declared.names[n.Space])
	if instead := likeHTML[n.Name]; instead != "" && n.Space == CNXML {
		question = "; CNXML has <" + instead + "> for it"
	}
	c.fault(n.Pos, n.nameEnd(), "element-unknown", "<%s> %s%s", Escape(n.Tag()), what, question)
}

// likeHTML maps elements of HTML that authors know to those of CNXML.
var likeHTML = map[string]string{
	"b": "emphasis", "bold": "emphasis", "strong": "emphasis", "i": "emphasis", "italic": "emphasis", "italics": "emphasis", "em": "emphasis",
	"u": "emphasis", "underline": "emphasis", "p": "para", "ul": "list", "ol": "list", "li": "item", "a": "link", "img": "image",
	"h1": "title", "h2": "title", "h3": "title", "br": "newline", "pre": "preformat", "blockquote": "quote", "tr": "row", "td": "entry",
	"th": "entry", "dl": "list", "figcaption": "caption", "aside": "note",
}

// children checks what stands in an element.
func (c *checker) children(n *Node, d *declaration) {
	var seen set
	parts, text := 0, false
	for _, child := range n.Children {
		if child.Space == Text {
			if !d.text && !text && strings.TrimSpace(child.Data) != "" {
				text = true
				c.misplacedText(n, d, child)
			}
			continue
		}
		if child.Space != MathML || child.Name != "malignmark" && child.Name != "maligngroup" {
			parts++
		}
		of := declared.of(child)
		switch {
		case of == nil:
			continue
		case !d.children.has(of.number):
			c.misplaced(n, d, child, of)
		case d.once.has(of.number) && seen.has(of.number):
			c.fault(child.Pos, child.nameEnd(), "element-repeated", "<%s> occurs twice in <%s>; remove one", child.Tag(), n.Tag())
		}
		seen.add(of.number)
	}
	for _, required := range d.required {
		if !seen.has(required.number) {
			c.fault(n.Pos, n.nameEnd(), "element-missing", "<%s> has no <%s>; add it, or remove the <%[1]s>", n.Tag(), required.tag)
		}
	}
	if d.parts > 0 && parts != d.parts {
		c.fault(n.Pos, n.nameEnd(), "math-arguments", "<%s> has %d parts and needs %d; put what belongs together into <%s>",
			n.Tag(), parts, d.parts, strings.TrimSuffix(n.Tag(), n.Name)+"mrow")
	}
}

func (c *checker) misplaced(n *Node, d *declaration, child *Node, of *declaration) {
	if !c.once("element-misplaced", d.tag, of.tag) {
		return
	}
	where := "move it"
	if parents := declared.parents(of); len(parents) > 0 && len(parents) <= 4 {
		where = "it belongs in <" + strings.Join(parents, ">, <") + ">"
	}
	c.fault(child.Pos, child.nameEnd(), "element-misplaced", "<%s> is not allowed in <%s>; %s", child.Tag(), n.Tag(), where)
}

func (c *checker) misplacedText(n *Node, d *declaration, text *Node) {
	advice := "remove it"
	switch {
	case d.space == MathML:
		advice = "put it into <" + strings.TrimSuffix(n.Tag(), n.Name) + "mtext>"
	case d.children.has(declared.by["para"].number):
		advice = "put it into a <para>"
	case d.children.has(declared.by["item"].number):
		advice = "put it into an <item>"
	case d.children.has(declared.by["entry"].number):
		advice = "put it into an <entry>"
	}
	at, end := wordsOf(text)
	c.fault(at, end, "text-misplaced", "text is not allowed directly in <%s>; %s", n.Tag(), advice)
}

// wordsOf is where the first word of a text stands. Text holds references,
// which are longer in the source than here: a word behind one is where the text
// begins.
func wordsOf(text *Node) (at, end Pos) {
	blank := len(text.Data) - len(strings.TrimLeft(text.Data, " \t\n"))
	at = text.Pos
	for _, r := range text.Data[:blank] {
		if r == '\n' {
			at = Pos{at.Line + 1, 1}
		} else {
			at.Column++
		}
	}
	if at.Line > text.End.Line || at.Line == text.End.Line && at.Column >= text.End.Column {
		return text.Pos, text.End
	}
	end = text.End
	if end.Line > at.Line {
		end = Pos{at.Line, at.Column + 1}
	}
	return at, end
}

// attributes checks those without a namespace; others belong to somebody else.
func (c *checker) attributes(n *Node, d *declaration) {
	for i := range n.Attrs {
		a := &n.Attrs[i]
		if a.Space != "" {
			continue
		}
		of, known := d.attributes[a.Name]
		switch {
		case !known && !d.others:
			c.unknownAttribute(d, n, a)
		case of != nil && !of.allows(a.Value):
			c.value(d, of, n, a)
		}
	}
	for _, name := range d.needs {
		if _, ok := n.Lookup(name); !ok {
			c.fault(n.Pos, n.nameEnd(), "attribute-missing", `<%s> has no %s; add %[2]s="..."`, n.Tag(), name)
		}
	}
}

func (c *checker) unknownAttribute(d *declaration, n *Node, a *Attr) {
	if !c.once("attribute-unknown", d.tag, a.Name) {
		return
	}
	names := make([]string, 0, len(d.attributes))
	for name := range d.attributes {
		names = append(names, name)
	}
	question, nearest := c.meant(a.Name, names)
	c.replace(a.Pos, a.End, written(nearest, a.Value), "attribute-unknown", "%s is not an attribute of <%s> and has no effect; remove it%s",
		Escape(a.Name), n.Tag(), question)
}

func (c *checker) value(d *declaration, of *valueType, n *Node, a *Attr) {
	if !c.once("attribute-value", d.tag, a.Name+"="+a.Value) {
		return
	}
	var instead string
	if c.hints++; c.hints <= 100 {
		instead = of.suggestion(a.Value)
	}
	var question string
	if instead != "" {
		question = " (did you mean " + instead + "?)"
	}
	c.replace(a.Pos, a.End, written(a.Name, instead), "attribute-value", "%s=%s is not a value of <%s>; write %s%s",
		a.Name, Quote(a.Value), n.Tag(), of.describe(), question)
}

// written is an attribute as it stands in a file; empty if one part is.
func written(name, value string) string {
	if name == "" || value == "" {
		return ""
	}
	return name + `="` + attributeEscaper.Replace(value) + `"`
}

var attributeEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "\n", "&#10;", "\r", "&#13;", "\t", "&#9;")

// parents are the elements that may hold one, as messages write them.
func (ds *declarations) parents(of *declaration) []string {
	var tags []string
	for _, d := range ds.all {
		if d.children.has(of.number) {
			tags = append(tags, d.tag)
		}
	}
	slices.Sort(tags)
	return tags
}
