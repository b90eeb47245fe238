// Package cover draws covers for books that have none.
package cover

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"strings"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/publish/export/content"
	"github.com/rhaptos/rhaptos/publish/release"
)

// A drawn cover is a page of 1200 by 1600.
const (
	coverLine  = 18 // characters in a line of the title
	coverLines = 9
)

// Draw returns a cover with the book's title, its authors and a line such as "Release
// 1.4", as SVG: readers draw it with fonts that have the book's letters. Its colour goes
// by the slug, so books on a shelf differ.
func Draw(book release.Book, line string) []byte {
	sum := fnv.New32a()
	sum.Write([]byte(book.Slug))
	hue := sum.Sum32() % 360
	var b bytes.Buffer
	fmt.Fprintf(&b, content.XMLDeclaration+`<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="1600" viewBox="0 0 1200 1600">
<title>%s</title>
<rect width="1200" height="1600" fill="%s"/>
<rect x="80" y="80" width="1040" height="12" fill="#ffffff"/>
`, content.Quote(book.Title), colour(hue))
	y := 320
	for _, line := range wrap(book.Title, coverLine, coverLines) {
		fmt.Fprintf(&b, "<text x=\"80\" y=\"%d\" fill=\"#ffffff\" font-family=\"sans-serif\" font-weight=\"bold\" font-size=\"104\">%s</text>\n", y, content.Quote(line))
		y += 124
	}
	for _, line := range wrap(strings.Join(book.Authors, ", "), 2*coverLine, 4) {
		y += 64
		fmt.Fprintf(&b, "<text x=\"80\" y=\"%d\" fill=\"#ffffff\" font-family=\"sans-serif\" font-size=\"52\">%s</text>\n", y, content.Quote(line))
	}
	fmt.Fprintf(&b, "<text x=\"80\" y=\"1500\" fill=\"#ffffff\" font-family=\"sans-serif\" font-size=\"44\">%s</text>\n</svg>\n", content.Quote(line))
	return b.Bytes()
}

// colour is a dark colour of the hue, on which white can be read.
func colour(hue uint32) string {
	channel := func(shift uint32) uint32 {
		at := (hue + shift) % 360
		switch {
		case at < 60 || at >= 300:
			return 0x70
		case at < 120 || at >= 240:
			return 0x44
		}
		return 0x20
	}
	return fmt.Sprintf("#%02x%02x%02x", channel(0), channel(240), channel(120))
}

// wrap breaks a text into lines of up to width characters, at spaces where it
// can; what is beyond the last line ends in an ellipsis.
func wrap(s string, width, most int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		for utf8.RuneCountInString(word) > width {
			r := []rune(word)
			if line != "" {
				lines = append(lines, line)
				line = ""
			}
			lines = append(lines, string(r[:width]))
			word = string(r[width:])
		}
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	if len(lines) > most {
		lines = lines[:most]
		lines[most-1] += "…"
	}
	return lines
}
