package cnxml

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

// FuzzParse holds the tree against encoding/xml's own reading of the same
// file, and every place against the file.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"<a/>", "<a b='1' c=\"2\"> x <!-- y --> <b/>&lt;</a>",
		"\ufeff<?xml version='1.0'?>\r\n<x:a xmlns:x='u' x:b='ż'><![CDATA[ ]]]]>]]&gt;</x:a>",
		"<a><b></a>", "<a", "<!DOCTYPE a><a/>", "<a>&#xD800;</a>", "<a\n b\n=\n'\n'/>",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		root, faults := Parse(data, Limits{Bytes: 1 << 16})
		if (root == nil) != (len(faults) > 0) {
			t.Fatalf("root %v with faults %v", root, faults)
		}
		body := bytes.TrimPrefix(data, []byte("\ufeff"))
		lines := strings.Split(string(body), "\n")
		inside := func(p Pos) bool {
			return p.Line >= 1 && p.Line <= len(lines) && p.Column >= 1 && p.Column <= len([]rune(lines[p.Line-1]))+1
		}
		for _, fault := range faults {
			if !inside(fault.Pos) {
				t.Fatalf("fault %v is outside the file", fault)
			}
		}
		var got strings.Builder
		root.Walk(func(n *Node) bool {
			if !inside(n.Pos) || !inside(n.End) {
				t.Fatalf("%+v is outside the file", n)
			}
			if n.Space == Text {
				got.WriteString(n.Data)
				return true
			}
			line := []rune(lines[n.Pos.Line-1])
			if line[n.Pos.Column-1] != '<' {
				t.Fatalf("<%s> is not at %v", n.Name, n.Pos)
			}
			for _, a := range n.Attrs {
				line := string([]rune(lines[a.Pos.Line-1])[a.Pos.Column-1:])
				if _, local, ok := strings.Cut(line, ":"); !strings.HasPrefix(line, a.Name) && !(ok && strings.HasPrefix(local, a.Name)) {
					t.Fatalf("%s is not at %v", a.Name, a.Pos)
				}
				if before := []rune(lines[a.End.Line-1])[a.End.Column-2]; before != '"' && before != '\'' {
					t.Fatalf("%s does not end at %v", a.Name, a.End)
				}
			}
			got.WriteString("<" + n.Name + ">")
			return true
		})
		if root != nil && got.String() != reading(t, body) {
			t.Fatalf("got %q, encoding/xml reads %q", got.String(), reading(t, body))
		}
	})
}

// reading is the start tags and the text of a file as encoding/xml sees them.
func reading(t *testing.T, data []byte) string {
	var b strings.Builder
	d := xml.NewDecoder(bytes.NewReader(data))
	for depth := 0; ; {
		token, err := d.Token()
		if err == io.EOF {
			return b.String()
		}
		if err != nil {
			t.Fatalf("encoding/xml refuses what Parse took: %v", err)
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
