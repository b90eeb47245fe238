package cnxml

import (
	"regexp"
	"slices"
	"strings"
)

// valueType describes the values that an attribute may have.
type valueType struct {
	words []string          // one of these
	list  bool              // or several of them, with blanks between
	form  func(string) bool // or anything for which this is true
	means string            // the form in words
}

// types are those that the tables name.
var types = map[string]*valueType{
	"align":        oneOf("left right center justify char"),
	"boolean":      oneOf("true false"),
	"columns":      form(`[1-9][0-9]{0,3}`, "a number from 1"),
	"count":        form(`[1-9][0-9]{0,2}`, "a number from 1"),
	"dir":          oneOf("ltr rtl"),
	"display":      oneOf("block inline none"),
	"effect":       oneOf("bold italics underline normal smallcaps italic strong line-through double-underline"),
	"flag":         oneOf("0 1"),
	"fontstyle":    oneOf("normal italic"),
	"fontweight":   oneOf("normal bold"),
	"form":         oneOf("prefix infix postfix"),
	"frame":        oneOf("all sides top bottom topbot none"),
	"indentalign":  oneOf("left center right auto id"),
	"id":           {form: isNCName, means: "a name: a letter, then letters, digits, hyphens, underscores and full stops"},
	"integer":      form(`-?[0-9]{1,9}`, "a whole number"),
	"length":       length(""),
	"level":        form(`[+-]?[0-9]{1,3}`, "a whole number, with a sign if it is added"),
	"line":         oneOf("none solid dashed"),
	"linebreak":    oneOf("auto newline indentingnewline nobreak goodbreak badbreak"),
	"lines":        someOf("none solid dashed"),
	"list-type":    oneOf("bulleted enumerated labeled-item"),
	"math-display": oneOf("block inline"),
	"mathvariant": oneOf("normal bold italic bold-italic double-struck bold-fraktur script bold-script fraktur sans-serif bold-sans-serif " +
		"sans-serif-italic sans-serif-bold-italic monospace initial tailed looped stretched"),
	"nmtoken": form(`\S+`, "a name without blanks"),
	"notation": someOf("longdiv actuarial radical box roundedbox circle left right top bottom updiagonalstrike downdiagonalstrike verticalstrike " +
		"horizontalstrike northeastarrow madruwb phasorangle"),
	"number":       form(`[0-9]{1,4}`, "a number"),
	"number-style": oneOf("arabic upper-alpha lower-alpha upper-roman lower-roman"),
	"orient":       oneOf("horizontal vertical"),
	"placement":    oneOf("here end"),
	"rowaligns":    someOf("top bottom center baseline axis"),
	"rowheader":    oneOf("firstcol norowheader headers"),
	"side":         oneOf("left center right"),
	"sides":        someOf("left center right"),
	"size":         form(`[0-9]{1,6}(\.[0-9]{1,6})?(px|pt|pc|in|cm|mm|em|ex|%)?`, "a number, in pixels if no unit follows"),
	"strength":     oneOf("0 1 2 3"),
	"stretch":      length("infinity"),
	"thickness":    length("thin medium thick"),
	"valign":       oneOf("top middle bottom"),
	"window":       oneOf("new replace"),
}

func oneOf(words string) *valueType { return &valueType{words: strings.Fields(words)} }

func someOf(words string) *valueType { return &valueType{words: strings.Fields(words), list: true} }

func form(pattern, means string) *valueType {
	return &valueType{form: regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString, means: means}
}

// length is a length of MathML (MathML 3, section 2.1.5). Numbers without a
// unit, which only old programs took, are none but for zero.
func length(words string) *valueType {
	t := form(`[+-]?(?:[0-9]{1,6}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})(?:em|ex|px|pt|pc|in|cm|mm|%)|[+-]?0*\.?0+|`+
		`(?:negative)?(?:very){0,2}(?:thin|thick)mathspace|(?:negative)?mediummathspace`, "a length with a unit, such as 0.2em")
	t.words = strings.Fields(words)
	return t
}

func (t *valueType) allows(value string) bool {
	if slices.Contains(t.words, value) {
		return true
	}
	if t.list {
		fields := strings.Fields(value)
		return len(fields) > 0 && !slices.ContainsFunc(fields, func(w string) bool { return !slices.Contains(t.words, w) })
	}
	return t.form != nil && t.form(value)
}

// suggestion is the value that was meant, empty if nobody can tell.
func (t *valueType) suggestion(value string) string {
	for _, candidate := range []string{strings.TrimSpace(value), strings.Join(strings.Fields(value), ""), strings.ToLower(strings.TrimSpace(value))} {
		if candidate != value && t.allows(candidate) {
			return candidate
		}
	}
	word, _ := Nearest(value, t.words)
	return word
}

// describe says what the value may be.
func (t *valueType) describe() string {
	all := t.means
	if len(t.words) > 0 {
		if all != "" {
			all += ", or "
		}
		last := len(t.words) - 1
		if last > 0 {
			all += strings.Join(t.words[:last], ", ") + " or "
		}
		all += t.words[last]
	}
	if t.list {
		all += ", or several of them"
	}
	return all
}
