package cnxml

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

var seeds = []string{
	"<a/>", "<a b='1' c=\"2\"> x <!-- y --> <b/>&lt;</a>",
	"\ufeff<?xml version='1.0'?>\r\n<x:a xmlns:x='u' x:b='ż'><![CDATA[ ]]]]>]]&gt;</x:a>",
	"<a><b></a>", "<a", "<!DOCTYPE a><a/>", "<a>&#xD800;</a>", "<a\n b\n=\n'\n'/>",
	"<a><p>x</b></p><i><b></i></b></p></a>", "<a b=c d 'e=\"f><b g=\"h\"/></a>", "<a>&nbsp;&amp & &#; ]]> < </ x</a>",
	"<a xmlns='u' xmlns:m='v'><m:b m:c='&#10;\r\n\t' xml:lang='pl'/><?x y?><!-- -- --></a>",
}

// FuzzParse holds the tree against encoding/xml's own reading of the same
// file, every place against the file, and the tree against what is read again
// after it is written.
func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := Limits{Bytes: 1 << 12}
		root, faults := Parse(data, limits)
		if (root == nil) != (len(faults) > 0) || len(faults) > limits.orDefault().Faults {
			t.Fatalf("root %v with faults %v", root, faults)
		}
		if _, again := Parse(data, limits); !slices.Equal(again, faults) {
			t.Fatalf("%v the second time, %v the first", again, faults)
		}
		body := bytes.TrimPrefix(data, []byte("\ufeff"))
		in := newPlaces(body)
		in.checkFaults(t, faults)
		if root == nil {
			return
		}
		in.checkTree(t, root)
		if want, ok := reading(body); ok && tokens(root) != want {
			t.Fatalf("got %q, encoding/xml reads %q", tokens(root), want)
		}
		text := serialise(root)
		again, faults := Parse([]byte(text), Limits{})
		if len(faults) > 0 || serialise(again) != text || tokens(again) != tokens(root) {
			t.Fatalf("%q is read again as %v, %v", text, again, faults)
		}
	})
}

// places knows which places are in a file.
type places [][]rune

func newPlaces(data []byte) places {
	var lines places
	for line := range strings.SplitSeq(string(data), "\n") {
		lines = append(lines, []rune(line))
	}
	return lines
}

func (l places) has(p Pos) bool {
	return p.Line >= 1 && p.Line <= len(l) && p.Column >= 1 && p.Column <= len(l[p.Line-1])+1
}

func (l places) checkFaults(t *testing.T, faults []Fault) {
	t.Helper()
	for i, f := range faults {
		if !l.has(f.Pos) || !l.has(f.End) || f.End.Line < f.Pos.Line || f.End.Line == f.Pos.Line && f.End.Column < f.Pos.Column {
			t.Fatalf("the place of %+v is outside of the file", f)
		}
		if i > 0 && (f.Pos.Line < faults[i-1].Pos.Line || f.Pos.Line == faults[i-1].Pos.Line && f.Pos.Column < faults[i-1].Pos.Column) {
			t.Fatalf("%v stands behind %v", f, faults[i-1])
		}
		if f.Rule == "" || f.Message == "" || strings.HasSuffix(strings.TrimSuffix(f.Message, "..."), ".") {
			t.Fatalf("%+v", f)
		}
	}
}

func (l places) checkTree(t *testing.T, root *Node) {
	t.Helper()
	root.Walk(func(n *Node) bool {
		if !l.has(n.Pos) || !l.has(n.End) {
			t.Fatalf("%+v is outside of the file", n)
		}
		if n.Space == Text {
			return true
		}
		line := l[n.Pos.Line-1]
		if got := string(line[n.Pos.Column-1 : n.nameEnd().Column-1]); got != "<"+n.Tag() {
			t.Fatalf("%s is where <%s> should be", got, n.Tag())
		}
		for _, a := range n.Attrs {
			line := string(l[a.Pos.Line-1][a.Pos.Column-1:])
			if _, local, ok := strings.Cut(line, ":"); !strings.HasPrefix(line, a.Name) && !(ok && strings.HasPrefix(local, a.Name)) {
				t.Fatalf("%s is not at %v", a.Name, a.Pos)
			}
			if before := l[a.End.Line-1][a.End.Column-2]; before != '"' && before != '\'' {
				t.Fatalf("%s does not end at %v", a.Name, a.End)
			}
		}
		return true
	})
}

// tokens is the start tags and the text of a tree.
func tokens(root *Node) string {
	var b strings.Builder
	root.Walk(func(n *Node) bool {
		if n.Space == Text {
			b.WriteString(n.Data)
		} else {
			b.WriteString("<" + n.Name + ">")
		}
		return true
	})
	return b.String()
}

// reading is the same of a file as encoding/xml sees it; it does not know all
// the names that XML 1.0 has allowed since its fifth edition.
func reading(data []byte) (string, bool) {
	var b strings.Builder
	d := xml.NewDecoder(bytes.NewReader(data))
	for depth := 0; ; {
		token, err := d.Token()
		if err == io.EOF {
			return b.String(), true
		}
		if err != nil {
			return "", false
		}
		switch token := token.(type) {
		case xml.StartElement:
			depth++
			b.WriteString("<" + token.Name.Local + ">")
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth > 0 {
				b.Write(token)
			}
		}
	}
}

// serialise writes a tree as XML, each element with the namespaces it needs.
func serialise(n *Node) string {
	var b strings.Builder
	var write func(n *Node)
	write = func(n *Node) {
		if n.Space == Text {
			writeText(&b, n.Data)
			return
		}
		uri := n.NS
		for namespace, space := range spaces {
			if space == n.Space {
				uri = namespace
			}
		}
		fmt.Fprintf(&b, "<%s xmlns='", n.Name)
		writeText(&b, uri)
		b.WriteByte('\'')
		for i, a := range n.Attrs {
			b.WriteByte(' ')
			switch a.Space {
			case "":
			case "xml":
				b.WriteString("xml:")
			default:
				fmt.Fprintf(&b, "xmlns:p%d='", i)
				writeText(&b, a.Space)
				fmt.Fprintf(&b, "' p%d:", i)
			}
			b.WriteString(a.Name + "='")
			writeText(&b, a.Value)
			b.WriteByte('\'')
		}
		b.WriteByte('>')
		for _, c := range n.Children {
			write(c)
		}
		fmt.Fprintf(&b, "</%s>", n.Name)
	}
	write(n)
	return b.String()
}

func writeText(b *strings.Builder, s string) { xml.EscapeText(b, []byte(s)) }
