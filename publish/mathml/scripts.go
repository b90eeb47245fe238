package mathml

import (
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/markup"
	"strings"
	"unicode/utf8"
)

// scripts writes what stands over or under something. What is an accent by its
// sign must say so: MathML 3 went by the operator, Core does not.
func (f *formula) scripts(n *cnxml.Node, variant string) {
	c := parts(n)
	attrs := f.mathAttrs(n, barClass(n, c)...)
	places := map[string]int{} // of the scripts, by the attribute that is about them
	if n.Name != "mover" {
		places["accentunder"] = 1
	}
	if n.Name != "munder" {
		places["accent"] = len(c) - 1
	}
	for _, name := range []string{"accent", "accentunder"} {
		at, ok := places[name]
		if !ok {
			continue
		}
		switch v := n.Attr(name); {
		case v == "true" || v == "false":
			attrs = append(attrs, markup.Attr{name, v})
		case isAccent(c[at]):
			attrs = append(attrs, markup.Attr{name, "true"})
		}
	}
	f.w.Element(n.Name, attrs, func() { f.all(n, variant) })
}

// accents are operators that are accents in the dictionary of MathML 3
// (appendix C), without the arrows that may as well stand for themselves.
const accents = "^_`~¨¯´¸ˆˇˉˊˋˍ˘˙˚˜˝̂̑‾⃛⃜→←↔⇀↼⃗⏜⏝⏞⏟⎴⎵︷︸︵︶"

func isAccent(n *cnxml.Node) bool {
	if n.Space != cnxml.MathML || n.Name != "mo" {
		return false
	}
	if v := n.Attr("accent"); v != "" {
		return v == "true"
	}
	text := strings.TrimSpace(n.PlainText())
	return text != "" && len(text) <= 4 && strings.Contains(accents, text)
}

// barClass is the class for a bar over or under more than one sign, which the
// style sheet draws.
func barClass(n *cnxml.Node, parts []*cnxml.Node) []string {
	mark := parts[1]
	if n.Name == "munderover" || mark.Space != cnxml.MathML || mark.Name != "mo" || mark.Attr("stretchy") == "false" {
		return nil
	}
	sign, base := []rune(strings.TrimSpace(mark.PlainText())), strings.Join(strings.Fields(parts[0].ReadableText()), "")
	if len(sign) != 1 || !strings.ContainsRune("¯‾ˉ_―—–", sign[0]) || utf8.RuneCountInString(base) < 2 {
		return nil
	}
	return []string{"wide-bar"}
}

// multiscripts keeps the pairs complete: a base, then scripts two by two, on
// both sides of mprescripts.
func (f *formula) multiscripts(n *cnxml.Node, variant string) {
	f.w.Element("mmultiscripts", f.mathAttrs(n), func() {
		written, before := 0, false // scripts since the base or mprescripts
		pair := func() {
			if written%2 == 1 {
				f.w.Element("mrow", nil, nil)
			}
			written = 0
		}
		for i, c := range parts(n) {
			if c.Space == cnxml.MathML && c.Name == "mprescripts" {
				if i == 0 {
					f.w.Element("mrow", nil, nil)
				}
				if !before {
					before = true
					pair()
					f.w.Element("mprescripts", nil, nil)
				}
				continue
			}
			f.one(c, variant)
			if i > 0 {
				written++
			}
		}
		pair()
	})
}
