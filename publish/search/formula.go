package search

import (
	"strings"

	"golang.org/x/net/html"
)

// formula is MathML on one line, as one would type it: x², a/b, √(x+1). The text
// is for people who look for it, and keeps no more of the structure than they
// would type. Depth is how many formulas it stands in that are put together of
// others.
func formula(n *html.Node, depth int) string {
	var b strings.Builder
	writeFormula(&b, n, depth)
	return b.String()
}

func writeFormula(b *strings.Builder, n *html.Node, depth int) {
	switch n.Type {
	case html.TextNode:
		b.WriteString(strings.Join(strings.Fields(strings.Trim(n.Data, "\u2061\u2062\u2063\u2064")), " "))
		return
	case html.ElementNode:
	default:
		return
	}
	if depth == maxNested {
		writeChildren(b, n, depth)
		return
	}
	parts := elements(n)
	switch name := n.Data; {
	case name == "annotation" || name == "annotation-xml" || name == "none" || name == "mprescripts":
	case (name == "msup" || name == "msub") && len(parts) == 2:
		writeFormula(b, parts[0], depth)
		b.WriteString(moved(formula(parts[1], depth+1), name == "msup"))
	case name == "msubsup" && len(parts) == 3:
		writeFormula(b, parts[0], depth)
		b.WriteString(moved(formula(parts[1], depth+1), false))
		b.WriteString(moved(formula(parts[2], depth+1), true))
	case name == "mfrac" && len(parts) == 2:
		b.WriteString(grouped(formula(parts[0], depth+1)) + "/" + grouped(formula(parts[1], depth+1)))
	case name == "msqrt" || name == "mroot" && len(parts) > 0:
		if name == "mroot" {
			parts = parts[:1]
		}
		var inside strings.Builder
		for _, p := range parts {
			writeFormula(&inside, p, depth+1)
		}
		b.WriteString("√" + grouped(inside.String()))
	case name == "mtext" || name == "mtr" || name == "mtd" || name == "mspace" || name == "ms":
		b.WriteByte(' ')
		writeChildren(b, n, depth)
		b.WriteByte(' ')
	case name == "mo":
		writeOperator(b, n, depth)
	default:
		writeChildren(b, n, depth)
	}
}

func writeChildren(b *strings.Builder, n *html.Node, depth int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		writeFormula(b, c, depth)
	}
}

// writeOperator sets spaces around the operators that one reads with them.
func writeOperator(b *strings.Builder, n *html.Node, depth int) {
	var inside strings.Builder
	writeChildren(&inside, n, depth+1)
	s := inside.String()
	if before := b.String(); before == "" || strings.HasSuffix(before, "(") || strings.HasSuffix(before, " ") {
		b.WriteString(s) // a sign
		return
	}
	switch s {
	case "=", "<", ">", "≤", "≥", "≈", "≠", "→", "+", "−", "±", "×", "·", "÷":
		b.WriteString(" " + s + " ")
	case ",":
		b.WriteString(", ")
	default:
		b.WriteString(s)
	}
}

func elements(n *html.Node) []*html.Node {
	var list []*html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			list = append(list, c)
		}
	}
	return list
}

// grouped puts what is more than one word in parentheses.
func grouped(s string) string {
	if s = strings.TrimSpace(s); strings.ContainsAny(s, " +−-=/") {
		return "(" + s + ")"
	}
	return s
}

var (
	raised  = strings.NewReplacer("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹")
	lowered = strings.NewReplacer("0", "₀", "1", "₁", "2", "₂", "3", "₃", "4", "₄", "5", "₅", "6", "₆", "7", "₇", "8", "₈", "9", "₉")
)

// moved is text that stands higher or lower: digits as the characters for that,
// anything else behind ^ or _, if it is not a mere mark.
func moved(s string, up bool) string {
	s = strings.TrimSpace(s)
	digits := s != "" && strings.Trim(s, "0123456789") == ""
	switch {
	case s == "":
		return ""
	case digits && up:
		return raised.Replace(s)
	case digits:
		return lowered.Replace(s)
	case up:
		return "^" + grouped(s)
	}
	return "_" + grouped(s)
}
