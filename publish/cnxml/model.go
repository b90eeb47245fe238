package cnxml

import (
	"maps"
	"slices"
	"strings"
)

// model is a row of the tables, made fast to look up.
type model struct {
	tag        string // as messages write it: "para", "m:mi"
	space      Space
	name       string
	number     int
	text       bool
	anything   bool // any child
	children   set
	once       set                   // of the children, those that come at most once
	required   []*model              // children that must be there
	attributes map[string]*valueType // nil: any value
	others     bool                  // any attribute besides
	needs      []string
	parts      int // of an element of MathML, if its meaning needs just so many
}

// set is a set of models, by number.
type set [3]uint64

func (s *set) add(n int)      { s[n/64] |= 1 << (n % 64) }
func (s *set) has(n int) bool { return s[n/64]&(1<<(n%64)) != 0 }

// models has every element that the tables know.
var models = newModels()

// modelSet is models by what they are found by.
type modelSet struct {
	by     map[string]*model // by tag
	spaces [CollXML + 1]map[string]*model
	names  [CollXML + 1][]string // of the elements, sorted
	all    []*model
}

// of is the model of an element, nil if there is none.
func (ms *modelSet) of(n *Node) *model { return ms.spaces[n.Space][n.Name] }

// prefixes are how the tables write the vocabularies.
var prefixes = map[Space]string{CNXML: "", MathML: "m:", MDML: "md:", CollXML: "col:"}

func newModels() *modelSet {
	ms := &modelSet{by: map[string]*model{}}
	tables := []struct {
		space Space
		rows  []row
	}{{CNXML, cnxmlRows}, {MDML, mdmlRows}, {CollXML, collxmlRows}}
	for _, t := range tables {
		for _, r := range t.rows {
			ms.add(t.space, r.name, r.text, "id:id class "+r.attributes)
		}
	}
	for _, r := range mathTokens {
		ms.add(MathML, r.name, yes, "id class style href xref other "+r.attributes)
	}
	for _, r := range mathLayout {
		ms.add(MathML, r.name, no, "id class style href xref other "+r.attributes).parts = r.parts
	}
	content := ms.add(MathML, "apply", yes, "*")
	content.anything = true
	for name := range strings.FieldsSeq(mathContent) {
		ms.spaces[MathML][name] = content
	}
	for _, t := range tables {
		for _, r := range t.rows {
			ms.link(ms.by[prefixes[t.space]+r.name], r.children)
		}
	}
	ms.linkMath()
	for space, of := range ms.spaces {
		ms.names[space] = slices.Sorted(maps.Keys(of))
	}
	return ms
}

func (ms *modelSet) add(space Space, name string, text bool, attributes string) *model {
	m := &model{tag: prefixes[space] + name, space: space, name: name, number: len(ms.all), text: text, attributes: map[string]*valueType{}}
	for word := range strings.FieldsSeq(expand(attributes)) {
		if word == "*" {
			m.others = true
			continue
		}
		word, needed := strings.CutSuffix(word, "!")
		attribute, kind, _ := strings.Cut(word, ":")
		if needed {
			m.needs = append(m.needs, attribute)
		}
		m.attributes[attribute] = types[kind]
	}
	ms.all = append(ms.all, m)
	ms.by[m.tag] = m
	if ms.spaces[space] == nil {
		ms.spaces[space] = map[string]*model{}
	}
	ms.spaces[space][name] = m
	return m
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

func (ms *modelSet) link(m *model, children string) {
	for word := range strings.FieldsSeq(expand(children)) {
		if word == "*" {
			m.anything = true
			continue
		}
		child := ms.by[strings.TrimRight(word, "?!+")]
		m.children.add(child.number)
		if strings.HasSuffix(word, "?") || strings.HasSuffix(word, "!") {
			m.once.add(child.number)
		}
		if strings.HasSuffix(word, "!") || strings.HasSuffix(word, "+") {
			m.required = append(m.required, child)
		}
	}
}

// linkMath lets every element of MathML stand in every one that holds others,
// but those that have places of their own.
func (ms *modelSet) linkMath() {
	for _, m := range ms.all {
		if m.space != MathML {
			continue
		}
		if m.name == "annotation-xml" {
			m.anything = true
		}
		for _, child := range ms.all {
			if child.space != MathML || child.name == "math" {
				continue
			}
			parents, bound := mathParents[child.name]
			switch {
			case bound && !strings.Contains(" "+parents+" ", " "+m.name+" "):
			case !bound && (m.name == "mtable" || m.name == "mtr" || m.name == "mlabeledtr"):
			case m.text && child.name != "mglyph" && child.name != "malignmark" && child.name != "maligngroup":
			default:
				m.children.add(child.number)
			}
		}
	}
}
