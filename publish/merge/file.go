package merge

import (
	"bytes"
	"path"
	"strings"
	"unicode/utf8"
)

// Result is a merged file.
type Result struct {
	Text      []byte // with conflict markers where there are conflicts; ours if it is no text
	Conflicts []Conflict
	Notices   []Notice
}

// maxBytes is the size from which on a file that both sides changed is not merged but
// left as a conflict.
const maxBytes = 4 << 20

// File merges two versions of a file that began as base; a base of nil means that both
// sides added it. The path says how the file is read.
func File(name string, base, our, their []byte) *Result {
	switch {
	case base != nil && bytes.Equal(base, our), bytes.Equal(our, their):
		return &Result{Text: their}
	case base != nil && bytes.Equal(base, their):
		return &Result{Text: our}
	}
	g := newGroup(name, base, our, their)
	if g == nil {
		return whole(name, our, "both sides changed this file, which is not merged as text")
	}
	text := g.merge()
	return &text
}

// whole is a conflict about a file as a whole, which stays as ours has it.
func whole(name string, our []byte, message string) *Result {
	return &Result{Text: our, Conflicts: []Conflict{{Path: name, Message: message}}}
}

// parser reads a file of one form; nil if it is not well-formed.
type parser struct {
	form  form
	parse func(string) *node
}

// parserOf is how a file of the name is read.
func parserOf(name string) parser {
	switch base := path.Base(name); {
	case base == "SUMMARY.md":
		return parser{asContents, parseSummary}
	case strings.HasSuffix(base, ".md"), strings.HasSuffix(base, ".markdown"):
		return parser{asText, parseMarkdown}
	case strings.HasSuffix(base, ".cnxml"), strings.HasSuffix(base, ".xml"), strings.HasSuffix(base, ".xhtml"):
		return parser{asXML, parseXML}
	case strings.HasSuffix(base, ".toml"):
		return parser{asText, parseTOML}
	}
	return lineParser
}

var lineParser = parser{asText, splitLines}

// isText reports whether a file may be merged as text.
func isText(name string, data []byte) bool {
	return len(data) <= maxBytes && utf8.Valid(data) && bytes.IndexByte(data, 0) < 0 && !isMedia(name)
}

// isMedia holds for the files that pages show: they are never merged as text, even
// where they are.
func isMedia(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".bmp", ".ico", ".tif", ".tiff", ".pdf", ".zip", ".h5p",
		".mp3", ".mp4", ".m4a", ".m4v", ".ogg", ".oga", ".ogv", ".wav", ".webm", ".vtt", ".ttf", ".otf", ".woff", ".woff2":
		return true
	}
	return false
}

// group is one file in three versions.
type group struct {
	name   string
	form   form
	parser parser
	v      versions
}

// newGroup reads the three versions; nil if they are not to be merged as text. Where
// one of them cannot be read as what it should be, all are merged by lines.
func newGroup(name string, base, our, their []byte) *group {
	for _, data := range [][]byte{base, our, their} {
		if !isText(name, data) {
			return nil
		}
	}
	for _, p := range []parser{parserOf(name), lineParser} {
		v := versions{p.parse(string(base)), p.parse(string(our)), p.parse(string(their))}
		if base == nil {
			v.b = &node{kind: "document", flow: blocks}
			if v.o != nil {
				v.b.kind, v.b.flow, v.b.lines = v.o.kind, v.o.flow, v.o.lines
			}
			v.b.finish()
		}
		if v.b != nil && v.o != nil && v.t != nil {
			return &group{name: name, form: p.form, parser: p, v: v}
		}
	}
	return nil
}

// relate finds what became of each node of the base on both sides, and what both sides
// added.
func relate(base, our, their []*node) {
	match(ours, base, our)
	match(theirs, base, their)
	for _, roots := range [][]*node{our, their} {
		for _, s := range roots {
			if s != nil {
				settle(s)
			}
		}
	}
	added := map[string]*node{}
	each := func(roots []*node, f func(n *node, key string)) {
		for _, s := range roots {
			if s == nil {
				continue
			}
			s.walk(func(n *node) bool {
				if n.base == nil && n.key != "" {
					f(n, n.kind+"\x00"+n.key)
				}
				return true
			})
		}
	}
	each(our, func(n *node, key string) { added[key] = n })
	each(their, func(n *node, key string) {
		if o := added[key]; o != nil && o.twin == nil {
			o.twin, n.twin = n, o
		}
	})
}

func (g *group) merge() Result {
	relate([]*node{g.v.b}, []*node{g.v.o}, []*node{g.v.t})
	return g.write()
}

// write merges the file, whose nodes are related. A clean result is read again; one
// that has lost something is a conflict.
func (g *group) write() Result {
	m := &merger{form: g.form, path: g.name}
	text, ok := m.body(g.v)
	if ok && len(m.conflicts) == 0 && !g.sound(text) || !ok {
		m = &merger{form: g.form, path: g.name}
		var out strings.Builder
		m.clash(&out, event{kind: "region", versions: g.v}, versionTexts{g.v.b.parts, g.v.o.parts, g.v.t.parts})
		text = out.String() + g.v.o.end
	}
	locate(text, m.conflicts)
	return Result{Text: []byte(text), Conflicts: m.conflicts, Notices: m.notices}
}

// locate sets the lines of the conflicts, which are in the order of their markers.
func locate(text string, conflicts []Conflict) {
	i, line := 0, 0
	for s := range strings.Lines(text) {
		line++
		for range strings.Count(s, "<<<<<<< ours: ") {
			if i < len(conflicts) {
				conflicts[i].Line = line
				i++
			}
		}
	}
}
