package cnxml

import (
	"maps"
	"slices"
	"strings"
)

// declaration is a row of the tables, made fast to look up.
type declaration struct {
	tag        string // as messages write it: "para", "m:mi"
	space      Space
	name       string
	number     int
	text       bool
	anything   bool // any child
	children   set
	once       set                   // of the children, those that come at most once
	required   []*declaration        // children that must be there
	attributes map[string]*valueType // nil: any value
	others     bool                  // any attribute besides
	needs      []string
	parts      int // of an element of MathML, if its meaning needs just so many
}

// set is a set of declarations, by number.
type set [3]uint64

func (s *set) add(n int)      { s[n/64] |= 1 << (n % 64) }
func (s *set) has(n int) bool { return s[n/64]&(1<<(n%64)) != 0 }

// declared has every element that the tables know.
var declared = newDeclarations()

// declarations is the declarations by what they are found by.
type declarations struct {
	by     map[string]*declaration // by tag
	spaces [CollXML + 1]map[string]*declaration
	names  [CollXML + 1][]string // of the elements, sorted
	all    []*declaration
}

// of is the declaration of an element, nil if there is none.
func (ds *declarations) of(n *Node) *declaration { return ds.spaces[n.Space][n.Name] }

// prefixes are the prefixes by which the tables write the vocabularies.
var prefixes = map[Space]string{CNXML: "", MathML: "m:", MDML: "md:", CollXML: "col:"}

func newDeclarations() *declarations {
	ds := &declarations{by: map[string]*declaration{}}
	tables := []struct {
		space Space
		rows  []row
	}{{CNXML, cnxmlRows}, {MDML, mdmlRows}, {CollXML, collxmlRows}}
	for _, t := range tables {
		for _, r := range t.rows {
			ds.add(t.space, r.name, r.text, "id:id class "+r.attributes)
		}
	}
	for _, r := range mathTokens {
		ds.add(MathML, r.name, yes, "id class style href xref other "+r.attributes)
	}
	for _, r := range mathLayout {
		ds.add(MathML, r.name, no, "id class style href xref other "+r.attributes).parts = r.parts
	}
	content := ds.add(MathML, "apply", yes, "*")
	content.anything = true
	for name := range strings.FieldsSeq(mathContent) {
		ds.spaces[MathML][name] = content
	}
	for _, t := range tables {
		for _, r := range t.rows {
			ds.link(ds.by[prefixes[t.space]+r.name], r.children)
		}
	}
	ds.linkMath()
	for space, of := range ds.spaces {
		ds.names[space] = slices.Sorted(maps.Keys(of))
	}
	return ds
}

func (ds *declarations) add(space Space, name string, text bool, attributes string) *declaration {
	d := &declaration{tag: prefixes[space] + name, space: space, name: name, number: len(ds.all), text: text, attributes: map[string]*valueType{}}
	for word := range strings.FieldsSeq(expand(attributes)) {
		if word == "*" {
			d.others = true
			continue
		}
		word, needed := strings.CutSuffix(word, "!")
		attribute, kind, _ := strings.Cut(word, ":")
		if needed {
			d.needs = append(d.needs, attribute)
		}
		d.attributes[attribute] = types[kind]
	}
	ds.all = append(ds.all, d)
	ds.by[d.tag] = d
	if ds.spaces[space] == nil {
		ds.spaces[space] = map[string]*declaration{}
	}
	ds.spaces[space][name] = d
	return d
}

// expand writes the groups out.
func expand(words string) string {
	var all []string
	for word := range strings.FieldsSeq(words) {
		if group, ok := groups[word]; ok {
			word = group
		}
		all = append(all, word)
	}
	return strings.Join(all, " ")
}

func (ds *declarations) link(d *declaration, children string) {
	for word := range strings.FieldsSeq(expand(children)) {
		if word == "*" {
			d.anything = true
			continue
		}
		child := ds.by[strings.TrimRight(word, "?!+")]
		d.children.add(child.number)
		if strings.HasSuffix(word, "?") || strings.HasSuffix(word, "!") {
			d.once.add(child.number)
		}
		if strings.HasSuffix(word, "!") || strings.HasSuffix(word, "+") {
			d.required = append(d.required, child)
		}
	}
}

// linkMath lets every element of MathML stand in every one that holds others,
// but those that have places of their own.
func (ds *declarations) linkMath() {
	for _, d := range ds.all {
		if d.space != MathML {
			continue
		}
		if d.name == "annotation-xml" {
			d.anything = true
		}
		for _, child := range ds.all {
			if child.space != MathML || child.name == "math" {
				continue
			}
			parents, bound := mathParents[child.name]
			switch {
			case bound && !strings.Contains(" "+parents+" ", " "+d.name+" "):
			case !bound && (d.name == "mtable" || d.name == "mtr" || d.name == "mlabeledtr"):
			case d.text && child.name != "mglyph" && child.name != "malignmark" && child.name != "maligngroup":
			default:
				d.children.add(child.number)
			}
		}
	}
}
