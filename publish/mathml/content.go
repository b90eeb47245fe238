package mathml

import (
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/markup"
)

// infix are the operators of content MathML that stand between their operands.
var infix = map[string]string{
	"plus": "+", "minus": "−", "times": "\u2062", "eq": "=", "neq": "≠", "lt": "<", "gt": ">", "leq": "≤", "geq": "≥",
	"and": "∧", "or": "∨", "implies": "⇒", "equivalent": "≡", "approx": "≈", "in": "∈", "notin": "∉",
	"subset": "⊆", "prsubset": "⊂", "union": "∪", "intersect": "∩", "setdiff": "∖", "tendsto": "→",
	"vectorproduct": "×", "scalarproduct": "⋅", "compose": "∘",
}

// symbols are the characters for other elements of content MathML.
var symbols = map[string]string{
	"sum": "∑", "product": "∏", "int": "∫", "infinity": "∞", "pi": "π", "exponentiale": "e", "imaginaryi": "i",
	"emptyset": "∅", "not": "¬", "forall": "∀", "exists": "∃", "partialdiff": "∂", "true": "true", "false": "false",
	"reals": "ℝ", "integers": "ℤ", "naturalnumbers": "ℕ", "rationals": "ℚ", "complexes": "ℂ",
}

// contentNames are further elements of content MathML: those with a form of
// their own, and functions that are written by name.
var contentNames = map[string]bool{
	"apply": true, "reln": true, "ci": true, "cn": true, "csymbol": true, "divide": true, "power": true, "root": true,
	"conjugate": true, "abs": true, "factorial": true, "sep": true, "bvar": true, "lowlimit": true, "uplimit": true,
	"condition": true, "degree": true, "interval": true, "set": true, "list": true, "vector": true, "matrix": true,
	"matrixrow": true, "lambda": true, "diff": true, "limit": true, "max": true, "min": true, "mean": true, "sdev": true,
	"variance": true, "median": true, "mode": true, "sin": true, "cos": true, "tan": true, "sec": true, "csc": true,
	"cot": true, "sinh": true, "cosh": true, "tanh": true, "arcsin": true, "arccos": true, "arctan": true, "exp": true,
	"ln": true, "log": true, "gcd": true, "lcm": true, "rem": true, "quotient": true, "arg": true, "real": true,
	"imaginary": true, "floor": true, "ceiling": true, "determinant": true, "transpose": true, "inverse": true,
}

func isContentMath(name string) bool {
	return contentNames[name] || infix[name] != "" || symbols[name] != ""
}

// content writes content MathML in a simple form: operators between, or as
// functions before, what they are applied to.
func (f *formula) content(n *cnxml.Node, variant string) {
	switch n.Name {
	case "apply", "reln":
		f.apply(n, variant)
	case "ci", "csymbol", "cn":
		f.contentToken(n, variant)
	case "sep":
		f.operator("/")
	default:
		if c := parts(n); len(c) > 0 {
			f.row(n, variant)
		} else if s := infix[n.Name]; s != "" {
			f.operator(s)
		} else {
			f.w.Element("mi", f.mathAttrs(n), func() { f.w.Text(contentName(n.Name)) })
		}
	}
}

func contentName(name string) string {
	if s := symbols[name]; s != "" {
		return s
	}
	return name
}

func (f *formula) contentToken(n *cnxml.Node, variant string) {
	for _, c := range n.Children {
		if c.Space != cnxml.Text {
			f.row(n, variant)
			return
		}
	}
	name := "mi"
	if n.Name == "cn" {
		name = "mn"
	}
	f.w.Element(name, f.mathAttrs(n), func() { f.w.Text(styledText(oneLine(n.PlainText()), variant)) })
}

func (f *formula) apply(n *cnxml.Node, variant string) {
	c := parts(n)
	if len(c) == 0 {
		return
	}
	name, operands := c[0].Name, c[1:]
	switch {
	case name == "divide" && len(operands) == 2:
		f.w.Element("mfrac", f.mathAttrs(n), func() {
			f.one(operands[0], variant)
			f.one(operands[1], variant)
		})
	case name == "power" && len(operands) == 2:
		f.w.Element("msup", f.mathAttrs(n), func() {
			f.operand(operands[0], variant)
			f.one(operands[1], variant)
		})
	case name == "root" && len(operands) == 1:
		f.w.Element("msqrt", f.mathAttrs(n), func() { f.one(operands[0], variant) })
	case name == "conjugate" && len(operands) == 1:
		f.w.Element("mover", append(f.mathAttrs(n), markup.Attr{"accent", "true"}), func() {
			f.one(operands[0], variant)
			f.operator("¯")
		})
	case infix[name] != "" && len(operands) > 1:
		f.w.Element("mrow", f.mathAttrs(n), func() {
			for i, o := range operands {
				if i > 0 {
					f.operator(infix[name])
				}
				f.operand(o, variant)
			}
		})
	default:
		f.w.Element("mrow", f.mathAttrs(n), func() { f.function(c[0], operands, variant) })
	}
}

// operand writes what an operator is applied to, in parentheses if it is
// itself a sum or the like.
func (f *formula) operand(n *cnxml.Node, variant string) {
	c := parts(n)
	if n.Space != cnxml.MathML || n.Name != "apply" || len(c) < 3 || infix[c[0].Name] == "" {
		f.one(n, variant)
		return
	}
	f.w.Element("mrow", nil, func() {
		f.fence("(", "prefix")
		f.one(n, variant)
		f.fence(")", "postfix")
	})
}

// function writes f(a, b); a single operand of a sign needs no parentheses.
func (f *formula) function(name *cnxml.Node, operands []*cnxml.Node, variant string) {
	f.one(name, variant)
	if len(operands) == 0 {
		return
	}
	sign := infix[name.Name] != "" || symbols[name.Name] != ""
	if sign {
		for _, o := range operands {
			f.operand(o, variant)
		}
		return
	}
	f.operator("\u2061") // function application
	f.fence("(", "prefix")
	for i, o := range operands {
		if i > 0 {
			f.operator(",")
		}
		f.one(o, variant)
	}
	f.fence(")", "postfix")
}
