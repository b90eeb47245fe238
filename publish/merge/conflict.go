package merge

import (
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// Conflict is a place where the changes of both sides cannot be joined.
type Conflict struct {
	Path    string
	Line    int    // of the conflict in the merged file, from 1; 0 if it is about the file as a whole
	Message string // one sentence: what both sides did

	Base, Ours, Theirs string // the text of the place in each version; empty where it is not there
}

// Notice is something that merged and should be looked at.
type Notice struct {
	Path    string
	Message string
}

// event is what led to a conflict.
type event struct {
	kind     string
	node     *node // the node in question, as one side has it
	versions versions
}

// disputes are the kinds of conflicts about passages.
var disputes = [...]string{passageRemoved: "passage removed", passageMoved: "passage moved"}

// versionTexts are the nodes of a place in the three versions.
type versionTexts struct{ b, o, t []*node }

func pick(which int, mine, other []*node) versionTexts {
	if which == ours {
		return versionTexts{nil, mine, other}
	}
	return versionTexts{nil, other, mine}
}

// first is a node that shows the space before the place.
func (v versionTexts) first() *node {
	for _, list := range [][]*node{v.o, v.t, v.b} {
		if len(list) > 0 {
			return list[0]
		}
	}
	return &node{}
}

// maxConflicts is the number of conflicts from which on a file conflicts as a whole.
const maxConflicts = 1000

// clash writes a conflict in a list of blocks, and records it.
func (m *merger) clash(out *strings.Builder, e event, v versionTexts) {
	c := Conflict{Path: m.path, Message: m.message(e, v), Base: m.source(v.b), Ours: m.source(v.o), Theirs: m.source(v.t)}
	m.conflicts = append(m.conflicts, c)
	if len(m.conflicts) > maxConflicts {
		return
	}
	space := v.first().space
	if m.form == asXML {
		out.WriteString(space)
		out.WriteString(instructions(c, space[strings.LastIndexByte(space, '\n')+1:]))
		return
	}
	m.separate(out, space)
	trimLine(out)
	out.WriteString(markers(c.Message, m.margin(v.o)+c.Ours, m.margin(v.b)+c.Base, m.margin(v.t)+c.Theirs))
}

// margin is the indentation of the first of the nodes.
func (m *merger) margin(nodes []*node) string {
	if len(nodes) == 0 {
		return ""
	}
	n := nodes[0]
	if m.form == asContents {
		return below(m.indent, n.rel)
	}
	return n.space[strings.LastIndexByte(n.space, '\n')+1:]
}

// source is the text of nodes as they are in their file, without the space before the
// first.
func (m *merger) source(nodes []*node) string {
	if m.form != asContents {
		return source(nodes)
	}
	var b strings.Builder
	for i, n := range nodes {
		if i > 0 {
			b.WriteString(n.space + below(m.indent, n.rel))
		}
		indented(&b, n, m.indent)
	}
	return b.String()
}

// indented writes a chapter with those below it.
func indented(b *strings.Builder, n *node, indent string) {
	if n.open != nil {
		b.WriteString(n.open.raw)
	}
	for _, p := range n.parts {
		b.WriteString(p.space + below(below(indent, n.rel), p.rel))
		indented(b, p, below(indent, n.rel))
	}
}

// lineClash writes a conflict within a text, around whole lines, and records it.
func (m *merger) lineClash(out *strings.Builder, v versions, r *region) {
	text := func(n *node, at, end int) string {
		if at == end {
			return ""
		}
		parts := n.parts[at:end]
		if at > 0 || n.kind == "line" || n.kind == "lines" {
			margin := ""
			if at == 0 && m.form == asContents {
				margin = m.indent
			} else if at > 0 {
				margin = parts[0].space[strings.LastIndexByte(parts[0].space, '\n')+1:]
			}
			return margin + source(parts)
		}
		head := n.space[strings.LastIndexByte(n.space, '\n')+1:]
		if n.open != nil {
			head += n.open.raw + parts[0].space
		}
		return head + source(parts)
	}
	c := Conflict{Path: m.path, Base: text(v.b, r.from, r.to), Ours: text(v.o, r.at[ours], r.end[ours]), Theirs: text(v.t, r.at[theirs], r.end[theirs])}
	c.Message = "both sides changed the same words: " + short(c.Ours) + " against " + short(c.Theirs)
	if c.Ours == "" || c.Theirs == "" {
		c.Message = "one side removed what the other changed: " + short(c.Ours+c.Theirs)
	}
	m.conflicts = append(m.conflicts, c)
	if r.from > 0 || out.Len() > 0 {
		space := "\n"
		for _, p := range [][]*node{v.o.parts[r.at[ours]:r.end[ours]], v.t.parts[r.at[theirs]:r.end[theirs]], v.b.parts[r.from:r.to]} {
			if len(p) > 0 && strings.Contains(p[0].space, "\n") {
				space = p[0].space[:strings.LastIndexByte(p[0].space, '\n')+1]
				break
			}
		}
		out.WriteString(space)
	}
	out.WriteString(markers(c.Message, c.Ours, c.Base, c.Theirs))
}

// markers are a conflict as git writes it. The base is shown too.
func markers(message, o, b, t string) string {
	var out strings.Builder
	part := func(mark, text string) {
		out.WriteString(mark + "\n")
		if text != "" {
			out.WriteString(text + "\n")
		}
	}
	part("<<<<<<< ours: "+message, o)
	part("||||||| base", b)
	part("=======", t)
	return out.String() + ">>>>>>> theirs"
}

// instructions are a conflict in processing instructions, which keep an XML file
// well-formed. Ours is what programs see.
func instructions(c Conflict, margin string) string {
	quoted := strings.NewReplacer("?>", "?&gt;").Replace
	out := "<?conflict <<<<<<< ours: " + quoted(c.Message) + "?>\n" + margin
	if c.Ours != "" {
		out += c.Ours + "\n" + margin
	}
	return out + "<?conflict ||||||| base\n" + quoted(c.Base) + "?>\n" + margin +
		"<?conflict =======\n" + quoted(c.Theirs) + "?>\n" + margin + "<?conflict >>>>>>> theirs?>"
}

// message says what both sides did, in the words of the book.
func (m *merger) message(e event, v versionTexts) string {
	n := e.node
	if n == nil {
		n = v.first()
	}
	name := m.nameOf(n)
	switch e.kind {
	case "moved and removed":
		return "one side moved " + name + ", the other removed it"
	case "moved apart":
		return "both sides moved " + name + ", to different places"
	case "moved and rewritten":
		return "one side moved " + name + ", the other rewrote it"
	case "moved and divided":
		return "one side moved " + name + ", the other divided it"
	case "passage removed":
		return "one side moved a passage to " + name + ", the other removed it: " + quote(list(n))
	case "passage moved":
		return "both sides moved a passage, to different places, one of them " + name + ": " + quote(list(n))
	case "added apart":
		return "both sides added " + name + ", in different places"
	case "copied":
		return "one side has " + name + " twice, the other moved or removed it"
	case "changed":
		return "both sides changed " + name + ": " + quote(v.o) + " against " + quote(v.t)
	}
	switch {
	case len(v.o) == 0 && len(v.t) == 0:
		return "both sides removed what the other changed"
	case len(v.o) == 0:
		return m.names.Ours + " " + v.verb(ours) + " what " + m.names.Theirs + " changed: " + quote(v.t)
	case len(v.t) == 0:
		return m.names.Theirs + " " + v.verb(theirs) + " what " + m.names.Ours + " changed: " + quote(v.o)
	}
	return "both sides changed the same place: " + quote(v.o) + " against " + quote(v.t)
}

// verb is what a side did that has nothing at a place any more.
func (v versionTexts) verb(which int) string {
	for _, b := range v.b {
		if b.side[which] != nil {
			return "moved"
		}
	}
	return "removed"
}

// quote is the beginning of what nodes say.
func quote(nodes []*node) string {
	if len(nodes) == 0 {
		return "nothing"
	}
	return short(plain(nodes))
}

func short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "..."
	}
	return cnxml.Quote(s)
}

// plain is the text of nodes without their markup.
func plain(nodes []*node) string {
	var b strings.Builder
	var walk func(n *node)
	walk = func(n *node) {
		if n.kind == "word" || n.kind == "line" && n.isToken() {
			b.WriteString(n.space + n.raw)
			return
		}
		if n.open != nil && n.open.kind == "line" {
			walk(n.open)
		}
		for _, p := range n.parts {
			walk(p)
			if b.Len() > 400 {
				return
			}
		}
		b.WriteByte(' ')
	}
	for _, n := range nodes {
		walk(n)
	}
	if s := strings.TrimSpace(b.String()); s != "" {
		return s
	}
	return source(nodes)
}
