package content

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// DrawingType is the media type of an SVG.
const DrawingType = "image/svg+xml"

// errCharset refuses an SVG that is not in UTF-8.
var errCharset = errors.New("not in UTF-8")

// maxDrawing bounds an SVG that is looked through, in bytes.
const maxDrawing = 16 << 20

// CleanDrawing is an author's SVG without what runs or loads: scripts, event
// handlers, foreign content, references to other files, the DOCTYPE. It is
// false for what is no SVG.
func CleanDrawing(r io.Reader) ([]byte, bool) {
	data, err := io.ReadAll(io.LimitReader(r, maxDrawing+1))
	if err != nil || len(data) > maxDrawing {
		return nil, false
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) { return nil, errCharset }
	var b bytes.Buffer
	b.WriteString(XMLDeclaration)
	skip, depth, style, seen := 0, 0, false, map[string]bool{}
	for {
		token, err := d.Token()
		if err == io.EOF {
			return b.Bytes(), depth == 0 && seen[""]
		}
		if err != nil {
			return nil, false
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth == 0 && (t.Name.Local != "svg" || seen[""]) {
				return nil, false
			}
			seen[""] = true
			if skip > 0 || t.Name.Space != svgSpace && t.Name.Space != "" || notDrawn[t.Name.Local] {
				skip++
				break
			}
			t.Name.Local = drawnName(t.Name.Local)
			startDrawn(&b, t, depth == 0, seen)
			depth, style = depth+1, t.Name.Local == "style"
		case xml.EndElement:
			if skip > 0 {
				skip--
				break
			}
			depth, style = depth-1, false
			b.WriteString("</" + drawnName(t.Name.Local) + ">")
		case xml.CharData:
			if skip == 0 && depth > 0 && !(style && loads(string(t))) {
				escape(&b, string(t), false)
			}
		}
	}
}

// notDrawn are elements that run something or show other documents. Styles can
// load fonts and pictures.
var notDrawn = map[string]bool{"script": true, "foreignObject": true, "iframe": true, "audio": true, "video": true,
	"handler": true, "listener": true, "set": true, "animate": true, "animateMotion": true, "animateTransform": true, "metadata": true}

// drawnName is the name of an element in a picture, which nobody can follow a
// link in: one becomes a mere group.
func drawnName(name string) string {
	if name == "a" {
		return "g"
	}
	return name
}

// loads reports whether a style or an attribute refers to another file, or to a
// script.
func loads(style string) bool {
	s := strings.ReplaceAll(strings.ToLower(style), "url(#", "")
	return strings.Contains(s, "url(") || strings.Contains(s, "@import") || strings.Contains(s, "javascript:") || strings.Contains(s, "\\")
}

func startDrawn(b *bytes.Buffer, t xml.StartElement, root bool, seen map[string]bool) {
	b.WriteString("<" + t.Name.Local)
	if root {
		b.WriteString(` xmlns="` + svgSpace + `" xmlns:xlink="` + linkSpace + `"`)
	}
	for _, a := range t.Attr {
		name := a.Name.Local
		switch {
		case a.Name.Space == linkSpace || a.Name.Space == "xlink":
			if name != "href" || !strings.HasPrefix(a.Value, "#") && !strings.HasPrefix(a.Value, "data:image/") {
				continue
			}
			name = "xlink:href"
		case a.Name.Space == "http://www.w3.org/XML/1998/namespace" || a.Name.Space == "xml":
			name = "xml:" + name
		case a.Name.Space != "", name == "xmlns", strings.HasPrefix(strings.ToLower(name), "on"), strings.HasPrefix(name, "data-"), name == "href",
			name != "d" && loads(a.Value):
			continue
		case name == "id":
			if a.Value == "" || seen[a.Value] {
				continue
			}
			seen[a.Value] = true
		}
		b.WriteString(" " + name + `="`)
		escape(b, a.Value, true)
		b.WriteByte('"')
	}
	b.WriteByte('>')
}
