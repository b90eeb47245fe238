package theme

import (
	"html/template"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// heading is a section of a page, as the page's own contents list it.
type heading struct {
	ID    string
	Text  string
	Below []heading // of the level below
}

// maxHeadings is how many headings the contents of a page list.
const maxHeadings = 60

// sectionHeading matches the start of a section with an id and its heading. The
// renderer writes both in one piece; what authors write is escaped.
var sectionHeading = regexp.MustCompile(`<section id="([^"<>]+)"[^<>]*><h([23])>`)

// headings returns the sections of a page's text that have an id, and the text with a
// link to itself in each of their headings, so that its address can be copied. The link
// has no text: it is not part of the title.
func headings(body template.HTML, label string) ([]heading, template.HTML) {
	found := sectionHeading.FindAllStringSubmatchIndex(string(body), -1)
	if found == nil {
		return nil, body
	}
	var list []heading
	var out strings.Builder
	written := 0
	for _, at := range found {
		id, level, start := string(body[at[2]:at[3]]), body[at[4]], at[1]
		length := strings.Index(string(body[start:]), "</h"+string(level)+">")
		if length < 0 || start < written {
			continue
		}
		end := start + length
		text := plainText(string(body[start:end]))
		out.WriteString(string(body[written:end]))
		out.WriteString(` <a class="anchor" href="#` + id + `" aria-label="` + html.EscapeString(label+": "+text) + `"></a>`)
		written = end
		one := heading{ID: html.UnescapeString(id), Text: text}
		switch {
		case text == "" || len(list) == maxHeadings:
		case level == '3' && len(list) > 0:
			if above := &list[len(list)-1]; len(above.Below) < maxHeadings {
				above.Below = append(above.Below, one)
			}
		default:
			list = append(list, one)
		}
	}
	out.WriteString(string(body[written:]))
	return list, template.HTML(out.String())
}

// plainText returns the text of phrasing content on one line.
func plainText(fragment string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(fragment))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.Join(strings.Fields(b.String()), " ")
		case html.TextToken:
			b.Write(z.Text())
		}
	}
}
