package mathml

import (
	"cmp"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/markup"
	"regexp"
	"strconv"
	"strings"
)

// mathAttrs are the attributes that all elements of MathML Core share.
func (f *formula) mathAttrs(n *cnxml.Node, classes ...string) []markup.Attr {
	return append(f.page.Attrs(n, classes...), style(n)...)
}

// sizes are those that MathML 3 has names for.
var sizes = map[string]string{"small": "80%", "big": "125%"}

// sizePattern matches sizes that go by the text around them. Others (12pt) are
// those of the text that somebody has converted, and not of ours.
var sizePattern = regexp.MustCompile(`^(?:[5-9][0-9]|1[0-9][0-9]|2[0-4][0-9])(?:\.[0-9]{1,3})?%$|^(?:0?\.[5-9]|1|1\.[0-9]|2|2\.[0-4])[0-9]{0,2}em$`)

// colorPattern matches colours by name or as #rgb and #rrggbb.
var colorPattern = regexp.MustCompile(`^(?:[a-zA-Z]{3,20}|#[0-9a-fA-F]{3}|#[0-9a-fA-F]{6})$`)

// style returns the attributes for the size and colour of a formula. Black is the
// colour of the text by another name.
func style(n *cnxml.Node) []markup.Attr {
	var out []markup.Attr
	switch v := n.Attr("displaystyle"); v {
	case "true", "false":
		out = append(out, markup.Attr{"displaystyle", v})
	}
	level := strings.TrimSpace(n.Attr("scriptlevel"))
	if v, err := strconv.Atoi(level); err == nil && v > -100 && v < 100 {
		out = append(out, markup.Attr{"scriptlevel", level})
	}
	size := strings.Join(strings.Fields(n.Attr("mathsize")), "")
	if named := sizes[size]; named != "" {
		size = named
	}
	if sizePattern.MatchString(size) && size != "100%" && size != "1em" {
		out = append(out, markup.Attr{"mathsize", size})
	}
	color := strings.TrimSpace(cmp.Or(n.Attr("mathcolor"), n.Attr("color")))
	switch strings.ToLower(color) {
	case "black", "#000", "#000000":
	default:
		if colorPattern.MatchString(color) {
			out = append(out, markup.Attr{"mathcolor", color})
		}
	}
	return out
}
