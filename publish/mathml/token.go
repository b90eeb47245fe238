package mathml

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/markup"
)

// token writes mi, mn, mo, mtext and ms. Elements within become their text.
func (f *formula) token(n *cnxml.Node, variant string) {
	text := oneLine(n.ReadableText())
	if n.Name == "mtext" { // the space at its ends keeps it from what is beside it
		text = spaced(n.ReadableText())
	}
	switch n.Name {
	case "ms":
		text = quoted(n, text)
		f.w.Element("mtext", f.mathAttrs(n), func() { f.w.Text(text) })
	case "mi":
		attrs := f.mathAttrs(n)
		if variant == "normal" && utf8.RuneCountInString(text) == 1 {
			attrs = append(attrs, markup.Attr{"mathvariant", "normal"})
		}
		f.w.Element("mi", attrs, func() { f.w.Text(styledText(text, variant)) })
	case "mn":
		f.w.Element("mn", f.mathAttrs(n), func() { f.w.Text(styledText(text, variant)) })
	case "mo":
		f.w.Element("mo", append(f.mathAttrs(n, fontClasses(variant)...), f.operatorAttrs(n)...), func() { f.w.Text(text) })
	default:
		if lettered(variant) {
			text, variant = styledText(text, variant), ""
		}
		f.w.Element("mtext", f.mathAttrs(n, fontClasses(variant)...), func() { f.w.Text(text) })
	}
}

// spaced is the text with each run of white space as one space that is not
// dropped.
func spaced(s string) string {
	text := oneLine(s)
	if strings.TrimSpace(s) == "" {
		if s == "" {
			return ""
		}
		return "\u00A0"
	}
	if strings.IndexAny(s, " \t\n\r") == 0 {
		text = "\u00A0" + text
	}
	if strings.LastIndexAny(s, " \t\n\r") == len(s)-1 {
		text += "\u00A0"
	}
	return text
}

func quoted(n *cnxml.Node, text string) string {
	left, right := `"`, `"`
	if v, ok := n.Lookup("lquote"); ok {
		left = v
	}
	if v, ok := n.Lookup("rquote"); ok {
		right = v
	}
	return left + text + right
}

// word writes text that stands where an element should.
func (f *formula) word(s string) {
	if strings.TrimSpace(s) != "" {
		f.w.Element("mtext", nil, func() { f.w.Text(spaced(s)) })
	}
}

func (f *formula) operator(s string) {
	f.w.Element("mo", nil, func() { f.w.Text(s) })
}

// operatorAttrs are the attributes of mo that MathML Core knows.
func (f *formula) operatorAttrs(n *cnxml.Node) []markup.Attr {
	var out []markup.Attr
	if v := n.Attr("form"); v == "prefix" || v == "infix" || v == "postfix" {
		out = append(out, markup.Attr{"form", v})
	}
	for _, name := range []string{"fence", "separator", "stretchy", "symmetric", "largeop", "movablelimits"} {
		if v := n.Attr(name); v == "true" || v == "false" {
			out = append(out, markup.Attr{name, v})
		}
	}
	out = append(out, f.lengths(n, "lspace", "rspace")...)
	for _, name := range []string{"minsize", "maxsize"} {
		v := length(n.Attr(name))
		if times, err := strconv.ParseFloat(n.Attr(name), 64); err == nil && times > 0 && times < 100 { // so many times its size
			v = strconv.FormatFloat(100*times, 'f', -1, 64) + "%"
		}
		if v != "" {
			out = append(out, markup.Attr{name, v})
		}
	}
	return out
}

// namedSpaces are lengths that MathML 3 (section 2.1.5.2) has names for.
var namedSpaces = map[string]string{
	"veryverythinmathspace": "0.0556em", "verythinmathspace": "0.1111em", "thinmathspace": "0.1667em",
	"mediummathspace": "0.2222em", "thickmathspace": "0.2778em", "verythickmathspace": "0.3333em",
	"veryverythickmathspace": "0.3889em",
}

var lengthPattern = regexp.MustCompile(`^-?([0-9]{1,6}(\.[0-9]{1,6})?|\.[0-9]{1,6})(em|ex|px|pt|pc|in|cm|mm|rem|%)$`)

// length is a length as CSS writes it, empty if it is not one.
func length(s string) string {
	s = strings.Join(strings.Fields(s), "")
	if s == "" {
		return ""
	}
	if name, negative := strings.CutPrefix(s, "negative"); namedSpaces[name] != "" {
		if negative {
			return "-" + namedSpaces[name]
		}
		return namedSpaces[name]
	}
	if strings.Trim(s, "0.") == "" && s != "." {
		return "0em"
	}
	if !lengthPattern.MatchString(s) {
		return ""
	}
	return s
}

// oneLine is the text without white space at its ends and with single spaces
// within.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
