package render

import (
	"strings"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/listmark"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// mark is how the items of a list are marked. Style sheets draw the marks by
// the list's classes, but for own ones, which are written as text.
type mark struct {
	enumerated     bool
	own            bool
	kind           string // class: "circled", "stepwise", "mark-paren" ...; empty for the usual mark
	style          string // number-style of an enumerated list; empty for arabic
	bullet         string // what marks the items of other lists, if it is own
	prefix, suffix string

	labelPrefix, labelSuffix string // around the labels of labelled items
}

// numberTypes are the types of ol for number-style.
var numberTypes = map[string]string{"lower-alpha": "a", "upper-alpha": "A", "lower-roman": "i", "upper-roman": "I"}

func (r *renderer) markOf(n *cnxml.Node) mark {
	switch listType(n) {
	case "enumerated":
		return r.numberMark(n)
	case "labeled-item":
		return mark{kind: "labeled", labelPrefix: n.Attr("mark-prefix"), labelSuffix: n.Attr("mark-suffix")}
	}
	return bulletMark(n)
}

// classes say what the marks look like; "circled" and "stepwise" are the author's.
func (m mark) classes() []string {
	var classes []string
	if m.own {
		return []string{"mark-own"}
	}
	if m.kind != listmark.Circled && m.kind != listmark.Stepwise {
		classes = append(classes, m.kind)
	}
	if m.kind != "" {
		classes = append(classes, m.style)
	}
	return classes
}

// numberMark is the mark of an enumerated list: "1." if the source does not say
// otherwise, "①" in circles, "Step 1." in steps.
func (r *renderer) numberMark(n *cnxml.Node) mark {
	prefix, hasPrefix := n.Lookup("mark-prefix")
	suffix, hasSuffix := n.Lookup("mark-suffix")
	m := mark{enumerated: true, style: n.Attr("number-style"), prefix: prefix, suffix: suffix}
	if numberTypes[m.style] == "" {
		m.style = ""
	}
	switch class := n.Attr("class"); {
	case outline.HasClass(class, listmark.Circled):
		m.kind, m.own = listmark.Circled, prefix+suffix != ""
		return m
	case outline.HasClass(class, listmark.Stepwise):
		if !hasPrefix {
			m.prefix = r.Messages.Page.Step + " "
		}
		if !hasSuffix {
			m.suffix = "."
		}
		m.kind, m.own = listmark.Stepwise, hasPrefix || m.suffix != "." || m.style != ""
		return m
	}
	if !hasSuffix {
		m.suffix = "."
	}
	kind, drawn := markKinds[m.prefix+"1"+m.suffix]
	m.kind, m.own = kind, !drawn
	return m
}

// markKinds are the classes of the marks that style sheets draw, by the mark of
// the first item.
var markKinds = map[string]string{"1.": "", "1)": listmark.Paren, "(1)": listmark.Parens, "1": listmark.Bare}

// bullets are the classes by bullet-style. Any other one is itself the mark.
var bullets = map[string]string{
	"": "", "bullet": "", "disc": "", "none": "bullet-none", "dash": "bullet-dash", "open-circle": "bullet-open-circle",
	"circle": "bullet-open-circle", "square": "bullet-square", "asterisk": "bullet-asterisk", "section": "bullet-section",
	"pilcrow": "bullet-pilcrow", "rpilcrow": "bullet-rpilcrow",
}

func bulletMark(n *cnxml.Node) mark {
	style := strings.TrimSpace(n.Attr("bullet-style"))
	kind, named := bullets[style]
	m := mark{kind: kind, bullet: listmark.Bullets[kind], prefix: n.Attr("mark-prefix"), suffix: n.Attr("mark-suffix")}
	if !named && !looksNamed(style) {
		m.bullet, m.own = style, true
	}
	m.own = m.own || m.prefix+m.suffix != ""
	return m
}

// looksNamed reports whether a bullet-style is more likely a name that is not
// known ("circled") than a mark ("→", "Q:", "no").
func looksNamed(style string) bool {
	return utf8.RuneCountInString(style) > 3 && strings.Trim(style, "abcdefghijklmnopqrstuvwxyz-") == "" || len(style) > 60
}

// text is the mark of an item by its number.
func (m mark) text(number int) string {
	if !m.enumerated {
		return strings.TrimSpace(m.prefix + m.bullet + m.suffix)
	}
	s := listmark.Ordinal(number, m.style)
	if m.kind == listmark.Circled {
		s = listmark.InCircle(number, m.style)
	}
	return strings.TrimSpace(m.prefix + s + m.suffix)
}
