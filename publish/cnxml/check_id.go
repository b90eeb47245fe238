package cnxml

import "fmt"

// bareElement is one without an id.
type bareElement struct {
	node *Node
	kind string // how its id should begin
}

// idKinds are the elements that links and editors want an id of, and how POET,
// the editor of OpenStax, begins the ids that it gives them.
var idKinds = map[string]string{
	"para": "para", "equation": "eq", "list": "list", "section": "sect", "problem": "prob", "solution": "sol", "exercise": "exer",
	"example": "exam", "figure": "fig", "definition": "def", "term": "term", "table": "table", "quote": "quote", "note": "note",
	"footnote": "foot", "cite": "cite",
}

// id checks the id of an element.
func (c *checker) id(n, parent *Node) {
	for i := range n.Attrs {
		a := &n.Attrs[i]
		if a.Space != "" || a.Name != "id" {
			continue
		}
		if first, ok := c.ids[a.Value]; ok {
			c.fault(a.Pos, a.End, "duplicate-id", "the id %s is already used in line %d; change one and the links to it", Quote(a.Value), first.Line)
		} else {
			c.ids[a.Value] = a.Pos
		}
		return
	}
	if n.Space == CNXML {
		if kind := idKinds[n.Name]; kind != "" && !(n.Name == "term" && parent.Is("definition")) {
			c.bare = append(c.bare, bareElement{n, kind})
		}
	}
}

// suggestIDs reports the elements without an id, each with one that nobody has.
func (c *checker) suggestIDs() {
	last := map[string]int{}
	for _, b := range c.bare {
		var id string
		for taken := true; taken; {
			last[b.kind]++
			id = fmt.Sprintf("%s-%05d", b.kind, last[b.kind])
			_, taken = c.ids[id]
		}
		tag := b.node.Tag()
		c.replace(b.node.Pos, b.node.nameEnd(), "<"+tag+` id="`+id+`"`, "id-missing", `<%s> has no id, so nothing can link to it; add id="%s"`, tag, id)
	}
}
