package cnxml

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
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

// TestNormalisation holds line ends and the white space of attributes against
// XML 1.0, sections 2.11 and 3.3.3: what is written as a reference stays.
func TestNormalisation(t *testing.T) {
	root, faults := Parse([]byte("<a b='1\n2\r\n3\t4&#10;5&#xD;&#9;'>\r\n1\r2&#13;\n<![CDATA[\r\n\r]]></a>"), Limits{})
	if len(faults) > 0 || root.Attr("b") != "1 2 3 4\n5\r\t" || root.PlainText() != "\n1\n2\r\n\n\n" {
		t.Errorf("%v, %q, %q", faults, root.Attr("b"), root.PlainText())
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
		want         string // all faults as line:column-line:column rule, and a part of the first one's message
	}{
		{"empty", "", "1:1-1:1 xml-root: the file has no element"},
		{"only a comment", "<!-- x -->\n", "2:1-2:1 xml-root: the file has no element"},
		{"no markup", "text", "1:1-1:5 xml-root: there is text before"},
		{"conflict", "<a>\n<?conflict <<<<<<< ours?><b/>\n<?conflict =======\n<c/>?>\n<?conflict >>>>>>> theirs?></a>", "2:1-2:26 conflict-marker: a merge left a conflict here"},
		{"conflict without its beginning", "<a>\n<?conflict >>>>>>> theirs?></a>", "2:1-2:28 conflict-marker: a merge left a conflict here"},
		{"conflict of git", "<a>\n<<<<<<< HEAD\n<b/>\n=======\n<c/>\n>>>>>>> main\n</a>", "2:1-2:13 conflict-marker: a merge left a conflict here"},
		{"doctype", "<!DOCTYPE a [<!ENTITY e 'x>'>]>\n<a>&e;</a>", "1:1-1:10 xml-doctype: a document type declaration"},
		{"doctype inside", "<a>\n <!ELEMENT b></a>", "2:2-2:11 xml-doctype: a document type declaration"},
		{"text before", "x<a/>", "1:1-1:2 xml-root: there is text before"},
		{"text after", "<a/>\n  x y\n", "2:3-2:6 xml-root: there is text after"},
		{"cdata after", "<a/><![CDATA[ ]]>", "1:5-1:18 xml-root: there is text after"},
		{"two roots", "<a/>\n<b/>", "2:1-2:3 xml-root: a second element <b>"},
		{"byte order mark", "\ufeff<a>\n", "1:1-1:3 xml-malformed: <a> is never closed"},

		{"repeated attribute", "<a ü='1'\n  ü='2'/>", "2:3-2:8 xml-attribute-twice: the attribute ü occurs twice"},
		{"repeated after resolving", "<a xmlns:x='u' xmlns:y='u' x:b='' y:b=''/>", "1:35-1:41 xml-attribute-twice: the attribute y:b"},
		{"repeated among many", "<a" + many(20) + " a3=''/>", "1:134-1:139 xml-attribute-twice: the attribute a3"},
		{"not repeated", "<a xmlns:x='u' x:b='' b='' xml:b=''/>", ""},
		{"unbound prefix, once", "<a><m:b m:c=''/><m:b/></a>", `1:4-1:8 xml-namespace: the prefix m is not declared; add xmlns:m="http://www.w3.org/1998/Math/MathML"`},
		{"unbound in attribute", "<a x:b='' b=''/>", "1:4-1:10 xml-namespace: the prefix x is not declared"},
		{"prefix out of scope", "<a><b xmlns:x='u'/><x:c/></a>", "1:20-1:24 xml-namespace: the prefix x"},
		{"prefix without namespace", "<a xmlns:x=''/>", "1:4-1:14 xml-namespace: the prefix \"x\" is declared without"},
		{"declared twice", "<a xmlns='u' xmlns='v'/>", "1:14-1:23 xml-attribute-twice: xmlns occurs twice"},
		{"reserved prefix", "<a xmlns:xml='u'/>", "1:4-1:17 xml-namespace: the prefixes xml and xmlns"},
		{"reserved namespace", "<a xmlns='http://www.w3.org/2000/xmlns/'/>", "1:4-1:41 xml-namespace: the prefixes xml and xmlns"},
		{"the prefix xml", "<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang='en'/>", ""},
		{"leading colon", "<:a/>", "1:1-1:4 xml-namespace: the name \":a\""},
		{"two colons", "<a b:c:d=''/>", "1:4-1:12 xml-namespace: the name \"b:c:d\""},
		{"digit after colon", "<a xmlns:1=''/>", "1:4-1:14 xml-namespace: the name \"xmlns:1\""},

		{"late declaration", "\n<?xml version='1.0'?><a/>", "2:1-2:22 xml-malformed: the XML declaration must be"},
		{"torn declaration", "<?xml encoding='utf-8'?><a/>", "1:1-1:25 xml-malformed: the XML declaration is not"},
		{"version", "<?xml version='2.0'?><a/>", "1:1-1:22 xml-malformed: the XML declaration is not"},
		{"standalone", "<?xml version='1.0' encoding=\"uTf-8\" standalone = 'yes' ?><a/>", ""},
		{"latin-1", "<?xml version='1.0' encoding='iso-8859-1'?><a>\xff</a>", "1:30-1:42 xml-encoding: the file declares the encoding \"iso-8859-1\""},
		{"utf-16", "\xff\xfe<\x00a\x00", "1:1-1:1 xml-encoding: the file is UTF-16"},
		{"utf-16 without a mark", "<\x00a\x00/\x00>\x00", "1:1-1:1 xml-encoding: the file is UTF-16"},
		{"ebcdic", "\x4c\x6f\xa7\x94\x93", "1:3-1:3 xml-encoding: byte 0xa7"},
		{"not utf-8, once", "<a>\nż\xff\xfe</a>", "2:2-2:3 xml-encoding: byte 0xff is not UTF-8"},
		{"control characters", "<a>\n ż\x1b\x00</a>", "2:3-2:4 xml-character, 2:4-2:5 xml-character: the character U+001B"},
		{"control character in a tag, once", "<a \x1b b=''/>", "1:4-1:5 xml-character: the character U+001B"},
		{"noncharacter", "<a>\uffff</a>", "1:4-1:5 xml-character: the character U+FFFF"},

		{"surrogate reference", "<a> &#xD800;</a>", "1:5-1:13 xml-reference: the character reference does not stand"},
		{"nul reference in attribute", "<a b='x&#0;'/>", "1:8-1:12 xml-reference: the character reference does not stand"},
		{"huge reference", "<a>&#99999999999999999999;</a>", "1:4-1:27 xml-reference: the character reference does not stand"},
		{"open reference", "<a>&#38 &#x; &#;</a>", "1:4-1:8 xml-reference, 1:9-1:12 xml-reference, 1:14-1:16 xml-reference: a semicolon is missing"},
		{"entity of HTML", "<a>\n żó &nbsp; </a>", "2:5-2:11 xml-reference: XML does not know &nbsp;, which is from HTML; write &#xA0;"},
		{"unknown entity", "<a>&x;</a>", "1:4-1:7 xml-reference: XML does not know &x;;"},
		{"bare ampersand", "<a>x & y</a>", "1:6-1:7 xml-reference: & is not allowed here; write &amp;"},
		{"semicolon", "<a>&lt</a>", "1:4-1:7 xml-reference: a semicolon is missing after &lt"},

		{"bare less-than", "<a>1 < 2 <3 </ 4</a>", "1:6-1:7 xml-malformed, 1:10-1:11 xml-malformed, 1:13-1:15 xml-malformed: < is not allowed here"},
		{"less-than in a value", "<a b='1<2'/>", "1:8-1:9 xml-malformed: < is not allowed in the value"},
		{"end of CDATA", "<a>]]></a>", "1:4-1:7 xml-malformed: ]]> is not allowed in text"},
		{"glued attributes", "<a b=''c=''/>", "1:8-1:8 xml-malformed: white space is missing"},
		{"unquoted", "<a b=c d='1'>x</a>", "1:6-1:7 xml-malformed: the value of the attribute b has no quotes; write b=\"c\""},
		{"no value", "<a b c='1'/>", "1:4-1:5 xml-malformed: the attribute b has no value"},
		{"quote never closed", "<a b='c>x</a>", "1:4-1:7 xml-malformed: the value of the attribute b is never closed"},
		{"quote closed by the next", "<a><b c=\"d>x</b><b c=\"e\"/></a>", "1:7-1:10 xml-malformed: the value of the attribute c is never closed"},
		{"junk in a tag", "<a $%=1 b='' / c >x</a>", "1:4-1:8 xml-malformed: \"$%=1\" is no attribute"},
		{"text in a tag", "<p id='1'Light is fast.</p><p/>", "1:1-1:3 xml-malformed, 1:28-1:30 xml-root: the tag is not closed before the next begins"},
		{"no first quote", "<p a=a wave\" b='1'>x</p>", "1:6-1:13 xml-malformed: the value of the attribute a has no quotes; write a=\"a wave\""},
		{"no last quote", "<p xmlns:m='u b='1' c='2'><m:x/></p>", "1:4-1:13 xml-malformed: the value of the attribute xmlns:m is never closed"},
		{"no last quote before text", "<p><b c='1>x</b> it's</p>", "1:7-1:10 xml-malformed: the value of the attribute c is never closed"},
		{"end tag not closed", "<a><b>x</b y</a>", "1:8-1:11 xml-malformed: the end tag </b is not closed"},
		{"end tag glued to text", "<a><b>x</bold</a>", "1:8-1:11 xml-malformed: the end tag </b is not closed"},
		{"junk in a name", "<a$ b=''/>", "1:3-1:4 xml-malformed: \"$\" is no attribute"},
		{"junk in an end tag", "<a><b></b x></a>", "1:7-1:13 xml-malformed: an end tag holds a name"},
		{"cut off", "<a>\n <b c='d'", "2:2-2:3 xml-malformed: the file ends inside of the tag"},
		{"cut off in an end tag", "<a>\n</a", "2:1-2:3 xml-malformed: the file ends inside of the tag"},
		{"tag not closed", "<a\n<b/></a>", "1:1-1:3 xml-malformed: the tag is not closed before the next begins"},
		{"hyphens", "<a><!-- a -- b ---></a>", "1:11-1:13 xml-malformed: two hyphens"},
		{"comment never closed", "<a><!-- </a>", "1:4-1:8 xml-malformed: the comment that begins here"},
		{"cdata never closed", "<a><![CDATA[ </a>", "1:4-1:13 xml-malformed: the CDATA section"},
		{"instruction never closed", "<a><?x </a>", "1:4-1:7 xml-malformed: the processing instruction"},
		{"instruction without a name", "<a><? x?></a>", "1:4-1:10 xml-malformed: a name must follow"},
		{"instruction with a colon", "<a><?x:y?></a>", "1:4-1:11 xml-namespace: the name of the processing instruction"},
		{"instruction", "<a><?x-stylesheet ? >?></a>", ""},
		{"glued instruction", "<a><?x&?></a>", "1:4-1:10 xml-malformed: white space is missing after"},

		{"never closed", "<a>\n<b></b>", "1:1-1:3 xml-malformed: <a> is never closed; add </a>"},
		{"cut off in between", "<a>\n<b><c/>", "2:1-2:3 xml-malformed: the file ends before <b> and what is around it, <a>, is closed"},
		{"never opened", "<a/></b>", "1:5-1:9 xml-malformed: </b> closes an element that is not open"},
		{"left open", "<a>\n<b>x\n</a>", "3:1-3:5 xml-malformed: <b>, opened at line 2, is not closed before </a>; add </b>"},
		{"left open with a prefix", "<a xmlns:x='u'><x:b></a>", "1:21-1:25 xml-malformed: <x:b>, opened at line 1, is not closed before </a>"},
		{"left open among siblings", "<s><p>1</p><p>2<p>3</p><p>4</p></s>", "1:32-1:36 xml-malformed: <p>, opened at line 1, is not closed before </s>"},
		{"several left open", "<d><s><p><e>x</d>", "1:14-1:18 xml-malformed: <e>, opened at line 1, is not closed before </d>; add </e></p></s>"},
		{"misspelled end", "<a><para>x</praa><para>y</para></a>", "1:11-1:18 xml-malformed: </praa> stands where <para>, opened at line 1, is to be closed; write </para>"},
		{"wrong end", "<a><s><b>x</s>y</s></a>", "1:11-1:15 xml-malformed: </s> stands where <b>, opened at line 1"},
		{"left over", "<a><p>x</b></p><p>y</p></p><p/></a>", "1:8-1:12 xml-malformed, 1:24-1:28 xml-malformed: </b> closes an element that is not open"},
		{"crossed", "<p>1<b>2<i>3</b>4</i>5</p>", "1:13-1:17 xml-malformed: <i>, opened at line 1, is not closed before </b>"},
		{"two causes", "<d><s><p>x</s><s><p>1 & 2</p></s><s><q></s></d>", "1:11-1:15 xml-malformed, 1:23-1:24 xml-reference, 1:40-1:44 xml-malformed: <p>, opened at line 1"},

		{"depth", strings.Repeat("<a>", 257), "1:769-1:771 xml-limit: elements are nested deeper than 256"},
		{"attributes", "<a" + many(257) + "/>", "1:1-1:2 xml-limit: the element has more than 256 attributes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root, faults := Parse([]byte(test.source), Limits{})
			if (root == nil) != (len(faults) > 0) {
				t.Fatalf("root %v with faults %v", root, faults)
			}
			var places []string
			for _, f := range faults {
				places = append(places, fmt.Sprintf("%d:%d-%d:%d %s", f.Pos.Line, f.Pos.Column, f.End.Line, f.End.Column, f.Rule))
			}
			got := strings.Join(places, ", ")
			if len(faults) > 0 {
				got += ": " + faults[0].Message
			}
			if test.want == "" && got != "" || !strings.HasPrefix(got, test.want) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestReplacements puts in what the faults suggest: then the file is
// well-formed.
func TestReplacements(t *testing.T) {
	for _, test := range [][2]string{
		{"<a>x & y</a>", "<a>x &amp; y</a>"},
		{"<a>&nbsp;&eacute;&lt</a>", "<a>&#xA0;é&lt;</a>"},
		{"<a>&#38 &#x; &#;</a>", "<a>&#38; &amp;#x; &amp;#;</a>"},
		{"<a b='1<2' c='3'd=4>1 < 2 </ ]]></a>", "<a b='1&lt;2' c='3' d=\"4\">1 &lt; 2 &lt;/ ]]&gt;</a>"},
		{"<a><b c=x y\">x</b z</a>", "<a><b c=\"x y\">x</b> z</a>"},
		{"<a>\n<b><i>x</a>", "<a>\n<b><i>x</i></b></a>"},
		{"<a><b>x</bb></a>", "<a><b>x</b></a>"},
		{"<?xml encoding='x'?><a/>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a/>"},
		{"<?xml version='1.0' encoding='ascii'?><a/>", "<?xml version='1.0' encoding=\"UTF-8\"?><a/>"},
	} {
		_, faults := Parse([]byte(test[0]), Limits{})
		if got := fixed(test[0], faults); got != test[1] {
			t.Errorf("%s: fixed %s", test[0], got)
		}
		if _, faults := Parse([]byte(test[1]), Limits{}); len(faults) > 0 {
			t.Errorf("%s: %v", test[1], faults)
		}
	}
}

// fixed is the source with all replacements in place; they do not overlap.
func fixed(source string, faults []Fault) string {
	offset := func(p Pos) int {
		at := 0
		for range p.Line - 1 {
			at += strings.Index(source[at:], "\n") + 1
		}
		for range p.Column - 1 {
			_, size := utf8.DecodeRuneInString(source[at:])
			at += size
		}
		return at
	}
	for _, f := range slices.Backward(faults) {
		if f.Replacement != "" {
			source = source[:offset(f.Pos)] + f.Replacement + source[offset(f.End):]
		}
	}
	return source
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
