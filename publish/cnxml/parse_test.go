package cnxml

import (
	"fmt"
	"strings"
	"testing"
)

// outline writes a tree on lines of "column:line name(attributes)" for tests.
func outline(n *Node) string {
	var b strings.Builder
	var write func(n *Node, depth int)
	write = func(n *Node, depth int) {
		fmt.Fprintf(&b, "%s%d:%d-%d:%d ", strings.Repeat("  ", depth), n.Pos.Line, n.Pos.Column, n.End.Line, n.End.Column)
		if n.Space == Text {
			fmt.Fprintf(&b, "%q\n", n.Data)
			return
		}
		fmt.Fprintf(&b, "%d{%s}%s", n.Space, n.NS, n.Name)
		for _, a := range n.Attrs {
			fmt.Fprintf(&b, " %d:%d {%s}%s=%q", a.Pos.Line, a.Pos.Column, a.Space, a.Name, a.Value)
		}
		b.WriteByte('\n')
		for _, c := range n.Children {
			write(c, depth+1)
		}
	}
	write(n, 0)
	return b.String()
}

func TestParse(t *testing.T) {
	source := "\ufeff<?xml version=\"1.0\" encoding='utf-8'?>\n" +
		"<document xmlns=\"http://cnx.rice.edu/cnxml\" xmlns:q='urn:q' id='d'>\n" +
		"<para\n  class = \"ż\tó\"   q:x='1' xml:lang=\"pl\">ąę &amp; <!-- no --><![CDATA[<b>]]>&#233;<m:math xmlns:m=\"http://www.w3.org/1998/Math/MathML\"/></para>" +
		"<q:z/><none xmlns=''/><md:uuid xmlns:md=\"http://cnx.rice.edu/mdml\"></md:uuid>\r\n</document >\n<!-- end -->\n"
	root, faults := Parse([]byte(source), Limits{})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	want := `2:1-5:13 1{}document 2:61 {}id="d"
  2:68-3:1 "\n"
  3:1-4:143 1{}para 4:3 {}class="ż ó" 4:19 {urn:q}x="1" 4:27 {xml}lang="pl"
    4:41-4:82 "ąę & <b>é"
    4:82-4:136 2{}math
  4:143-4:149 5{urn:q}z
  4:149-4:165 5{}none
  4:165-4:220 3{}uuid
  4:220-5:1 "\n"
`
	if got := outline(root); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestParseFaults(t *testing.T) {
	many := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, " a%d=''", i)
		}
		return b.String()
	}
	tests := []struct {
		name, source string
		want         string // line:column and a part of the message
	}{
		{"empty", "", "1:1: the file has no element"},
		{"only a comment", "<!-- x -->\n", "2:1: the file has no element"},
		{"doctype", "<!DOCTYPE a [<!ENTITY e 'x'>]>\n<a>&e;</a>", "1:1: a document type declaration"},
		{"doctype inside", "<a>\n <!ELEMENT b></a>", "2:2: a document type declaration"},
		{"mismatch", "<a>\n <ż><b>ę</c></ż></a>", "2:9: </c> closes <b>, which opens at line 2, column 5"},
		{"mismatched prefix", "<a xmlns:x='u'><x:b></b></a>", "1:21: </b> closes <x:b>"},
		{"never closed", "<a>\n<b></b>", "1:1: the element <a> is never closed"},
		{"never opened", "<a/></b>", "1:5: </b> closes an element that was never opened"},
		{"two roots", "<a/>\n<b/>", "2:1: a second element <b>"},
		{"text before", "x<a/>", "1:1: there is text before"},
		{"text after", "<a/>\n  x", "2:3: there is text after"},
		{"cdata after", "<a/><![CDATA[ ]]>", "1:5: there is text after"},
		{"repeated attribute", "<a ü='1'\n  ü='2'/>", "2:3: the attribute ü stands twice"},
		{"repeated after resolving", "<a xmlns:x='u' xmlns:y='u' x:b='' y:b=''/>", "1:35: the attribute y:b stands twice"},
		{"repeated among many", "<a" + many(20) + " a3=''/>", "the attribute a3 stands twice"},
		{"unbound prefix", "<x:a/>", "1:1: the prefix of <x:a> is not declared"},
		{"unbound in attribute", "<a x:b=''/>", "1:4: the prefix of the attribute x:b"},
		{"prefix out of scope", "<a><b xmlns:x='u'/><x:c/></a>", "1:20: the prefix of <x:c>"},
		{"prefix without namespace", "<a xmlns:x=''/>", "1:4: the prefix \"x\" is declared without"},
		{"declared twice", "<a xmlns='u' xmlns='v'/>", "1:14: the prefix \"\" is declared twice"},
		{"reserved", "<a xmlns:xml='u'/>", "1:4: the prefixes xml and xmlns"},
		{"late declaration", "\n<?xml version='1.0'?><a/>", "2:1: the XML declaration must be"},
		{"latin-1", "<?xml version='1.0' encoding='iso-8859-1'?><a/>", "1:1: the file declares the encoding \"iso-8859-1\""},
		{"utf-16", "\xff\xfe<\x00a\x00", "1:1: the file is UTF-16"},
		{"not utf-8", "<a>\nż\xff</a>", "2:2: byte 0xff is not UTF-8"},
		{"control character", "<a>\n ż\x1b</a>", "2:3: control character U+001b"},
		{"surrogate reference", "<a> &#xD800;</a>", "1:5: the character reference"},
		{"nul reference in attribute", "<a b='x&#0;'/>", "illegal character code U+0000"},
		{"unknown entity", "<a>\n żó &nbsp; </a>", "2:5: invalid character entity &nbsp;"},
		{"bare ampersand", "<a>x & y</a>", "1:6: invalid character entity &"},
		{"glued attributes", "<a b=''c=''/>", "1:8: white space is missing"},
		{"unquoted", "<a b=c/>", "unquoted or missing attribute value"},
		{"cut off", "<a>\n <b c='", "2:2: the file ends in the middle"},
		{"colon", "<:a/>", "1:1: a colon in the name"},
		{"version", "<?xml version='1.1'?><a/>", "unsupported version"},
		{"depth", strings.Repeat("<a>", 257), "1:769: elements are nested deeper than 256"},
		{"attributes", "<a" + many(257) + "/>", "1:1: the element has more than 256 attributes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root, faults := Parse([]byte(test.source), Limits{})
			if root != nil || len(faults) == 0 {
				t.Fatal("no fault")
			}
			if got := faults[0].Error(); !strings.Contains(got, test.want) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestParseLimits(t *testing.T) {
	for _, test := range []struct {
		limits Limits
		source string
	}{
		{Limits{Bytes: 7}, "<a></a >"},
		{Limits{Elements: 2}, "<a><b/><b/></a>"},
		{Limits{Depth: 1}, "<a><b/></a>"},
		{Limits{Attributes: 1}, "<a b='' c=''/>"},
	} {
		if _, faults := Parse([]byte(test.source), test.limits); len(faults) != 1 {
			t.Errorf("%+v: %v", test.limits, faults)
		}
		if _, faults := Parse([]byte(test.source), Limits{}); len(faults) != 0 {
			t.Errorf("default: %v", faults)
		}
	}
	if _, faults := Parse([]byte("<a>"+strings.Repeat("<b c='' c=''/>", 9)+"</a>"), Limits{Faults: 3}); len(faults) != 3 {
		t.Errorf("%d faults, want 3", len(faults))
	}
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"żółw":                   `"żółw"`,
		"a\x1b]52;\u202eb\u2028": `"a\x1b]52;\u202eb\u2028"`,
		strings.Repeat("é", 81):  `"` + strings.Repeat("é", 80) + `"...`,
		strings.Repeat("é", 80):  `"` + strings.Repeat("é", 80) + `"`,
		"\xff\ufffd'":            `"\xff�'"`,
	} {
		if got := Quote(in); got != want {
			t.Errorf("Quote(%q) = %s, want %s", in, got, want)
		}
		if got := Escape(in); got != strings.ReplaceAll(want, `"`, "") {
			t.Errorf("Escape(%q) = %s, want %s without quotes", in, got, want)
		}
	}
}
