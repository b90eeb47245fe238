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
	return mergeFile(name, base, our, their, Names{}.orDefaults())
}

func mergeFile(name string, base, our, their []byte, names Names) *Result {
	switch {
	case base != nil && bytes.Equal(base, our), bytes.Equal(our, their):
		return &Result{Text: their}
	case base != nil && bytes.Equal(base, their):
		return &Result{Text: our}
	}
	f := newMember(name, base, our, their)
	if f == nil {
		return whole(name, our, "both sides changed this file, which is not merged as text")
	}
	results, ok := (&group{[]member{*f}, names}).write()
	if !ok {
		return f.unmerged(names)
	}
	return &results[0]
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

// Takes reports whether a file of the name and size, in bytes, is merged by what is in
// it, if that is text.
func Takes(name string, size int64) bool { return size <= maxBytes && !isMedia(name) }

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

// group is files that are merged together, since text may be moved between them.
type group struct {
	members []member
	names   Names
}

// member is a file in three versions; those that are not there are nil.
type member struct {
	name   string
	parser parser
	v      versions
}

// newMember reads the three versions; nil if they are not to be merged as text. Where
// one of them cannot be read as what it should be, all are merged by lines.
func newMember(name string, base, our, their []byte) *member {
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
			return &member{name: name, parser: p, v: v}
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
	pairAdded(our, their)
	dispute(base, our, their)
}

// pairAdded finds the nodes of one key that both sides added.
func pairAdded(our, their []*node) {
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

// write merges the files. Clean results are read again; false if something was lost in
// them, or if a file as a whole conflicts.
func (g *group) write() (results []Result, ok bool) {
	var b, o, t []*node
	for _, f := range g.members {
		b, o, t = append(b, f.v.b), append(o, f.v.o), append(t, f.v.t)
	}
	relate(b, o, t)
	clean := true
	for _, f := range g.members {
		m := &merger{form: f.parser.form, path: f.name, names: g.names}
		if f.v.b != nil && (f.v.o == nil || f.v.t == nil) {
			if !f.removable() {
				return nil, false
			}
			results = append(results, Result{})
			continue
		}
		text, ok := m.body(f.v)
		if !ok || len(m.conflicts) > maxConflicts || len(m.conflicts) == 0 && f.disputed() {
			return nil, false
		}
		locate(text, m.conflicts)
		clean = clean && len(m.conflicts) == 0
		results = append(results, Result{Text: []byte(text), Conflicts: m.conflicts, Notices: m.notices})
	}
	return results, !clean || g.sound(results)
}

// disputed reports whether a side moved something into the file that the other moved
// elsewhere or removed.
func (f *member) disputed() (found bool) {
	for _, s := range []*node{f.v.o, f.v.t} {
		if s != nil {
			s.walk(func(n *node) bool {
				found = found || n.dispute != undisputed
				return n.foreign && !found
			})
		}
	}
	return found
}

// removable reports whether a file that one side removed can go: the other did not
// change what the first has not moved elsewhere.
func (f *member) removable() bool {
	for which, s := range []*node{f.v.o, f.v.t} {
		if s != nil && editedBeside(f.v.b, s, 1-which) {
			return false
		}
	}
	return true
}

// unmerged is the file as one conflict.
func (f *member) unmerged(names Names) *Result {
	m := &merger{form: f.parser.form, path: f.name, names: names}
	var out strings.Builder
	m.clash(&out, event{kind: "region", versions: f.v}, versionTexts{f.v.b.parts, f.v.o.parts, f.v.t.parts})
	text := out.String() + f.v.o.end
	locate(text, m.conflicts)
	return &Result{Text: []byte(text), Conflicts: m.conflicts}
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
