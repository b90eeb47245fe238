package diagram

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/web/decision"
)

// Drawing is a drawing of the decision table.
type Drawing struct {
	Table []decision.Decision

	// Walked are the edges of one path; the others are faint. If nil, all look
	// alike.
	Walked []decision.Edge

	// Counts has how often each edge was walked. The line is thicker with every
	// digit, and an edge that was never walked is faint. If nil, all look
	// alike.
	Counts map[decision.Edge]int64

	// Class returns further CSS classes of an edge; nil for none.
	Class func(decision.Edge) string

	// Note returns the tooltip of an edge; if nil it is the question and the
	// answer.
	Note func(decision.Edge) string

	// Style is CSS that follows [Style] in the document.
	Style string

	// Inline leaves the styles out, for a page that has them already.
	Inline bool
}

// WriteTo writes the drawing as an SVG document.
func (d *Drawing) WriteTo(w io.Writer) (int64, error) {
	p := &pen{drawing: d, layout: arrange(d.Table)}
	p.document()
	n, err := io.WriteString(w, p.b.String())
	return int64(n), err
}

// pen writes a document.
type pen struct {
	*layout
	drawing *Drawing
	b       strings.Builder
}

func (p *pen) printf(format string, args ...any) { fmt.Fprintf(&p.b, format, args...) }

func (p *pen) document() {
	p.printf(`<svg xmlns="http://www.w3.org/2000/svg" class="flow" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" role="img" aria-labelledby="flow-title">`+"\n", p.width, p.height)
	p.printf("<title id=\"flow-title\">The decisions behind an HTTP status code</title>\n")
	if !p.drawing.Inline {
		p.printf("<style>%s%s</style>\n", Style, p.drawing.Style)
	}
	p.printf(`<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="6" markerHeight="6" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>` + "\n")
	// What is emphasised is drawn last, so that nothing crosses it out.
	for _, emphasised := range []bool{false, true} {
		for i := range p.table {
			p.edges(decision.Node(i), emphasised)
		}
	}
	for i := range p.table {
		p.box(decision.Node(i))
	}
	p.printf("</svg>\n")
}

// edges draws those edges out of a decision that are, or are not, emphasised.
func (p *pen) edges(from decision.Node, emphasised bool) {
	d := p.table[from]
	for _, out := range []struct {
		yes bool
		to  decision.Node
	}{{true, d.Yes}, {false, d.No}} {
		e := decision.Edge{At: from, Yes: out.yes}
		if p.emphasised(e) == emphasised && out.to != decision.Never {
			p.edge(e, out.to)
		}
	}
}

func (p *pen) emphasised(e decision.Edge) bool {
	for _, w := range p.drawing.Walked {
		if w == e {
			return true
		}
	}
	return p.drawing.Counts[e] > 0
}

// edge draws one edge: a line to another decision, or to an end beside the box.
func (p *pen) edge(e decision.Edge, to decision.Node) {
	a := p.places[e.At]
	leave := p.leave(e)
	var points []point
	if int(to) < len(p.table) {
		points = p.line(e.At, to, leave)
	} else {
		points = []point{{a.x + boxWidth, leave}, {a.x + boxWidth + endGap, leave}}
	}
	p.printf(`<g class="%s" id="%s"><title>%s</title>`, p.class(e), p.id(e), escape(p.note(e, to)))
	p.printf(`<polyline points="%s" marker-end="url(#head)"/>`, joined(points))
	p.answer(e, points)
	if int(to) >= len(p.table) {
		end := points[1]
		p.printf(`<rect class="end s%c" x="%d" y="%d" width="%d" height="%d" rx="12"/>`, to.String()[0], end.x, end.y-endHeight/2, endWidth, endHeight)
		p.printf(`<text class="status" x="%d" y="%d">%s</text>`, end.x+endWidth/2, end.y+5, escape(to.String()))
	}
	p.printf("</g>\n")
}

// leave returns the height at which an edge leaves its box: two edges that
// leave to the right must not meet.
func (p *pen) leave(e decision.Edge) int {
	d, y := p.table[e.At], p.places[e.At].y
	other := d.No
	if !e.Yes {
		other = d.Yes
	}
	if other == decision.Never || int(other) < len(p.table) && p.follows(e.At, other) {
		return y + boxHeight/2
	}
	if e.Yes {
		return y + boxHeight/2 - 15
	}
	return y + boxHeight/2 + 15
}

// answer writes yes or no beside the beginning of a line.
func (p *pen) answer(e decision.Edge, points []point) {
	word := "no"
	if e.Yes {
		word = "yes"
	}
	at := point{points[0].x + 6, points[0].y - 4}
	if points[0].x == points[1].x { // downwards
		at = point{points[0].x + 6, points[0].y + 19}
	}
	p.printf(`<text class="answer" x="%d" y="%d">%s</text>`, at.x, at.y, word)
}

func (p *pen) class(e decision.Edge) string {
	classes := []string{"way"}
	if p.drawing.Walked != nil || p.drawing.Counts != nil {
		if p.emphasised(e) {
			classes = append(classes, "walked")
		} else {
			classes = append(classes, "faint")
		}
	}
	if n := p.drawing.Counts[e]; n > 0 {
		classes = append(classes, fmt.Sprintf("n%d", len(strconv.FormatInt(n, 10))))
	}
	if p.drawing.Class != nil {
		if more := p.drawing.Class(e); more != "" {
			classes = append(classes, more)
		}
	}
	return strings.Join(classes, " ")
}

func (p *pen) id(e decision.Edge) string {
	if e.Yes {
		return p.table[e.At].ID + "-yes"
	}
	return p.table[e.At].ID + "-no"
}

func (p *pen) note(e decision.Edge, to decision.Node) string {
	if p.drawing.Note != nil {
		return p.drawing.Note(e)
	}
	d, word := p.table[e.At], "no"
	if e.Yes {
		word = "yes"
	}
	note := fmt.Sprintf("%s %s %s: %s", d.ID, d.Question, word, to)
	if n := p.drawing.Counts[e]; n > 0 {
		note += fmt.Sprintf(" (%d times)", n)
	}
	return note
}

// box draws a decision, with a link to its section of the RFC.
func (p *pen) box(at decision.Node) {
	d, place := p.table[at], p.places[at]
	class := "decision"
	if p.drawing.Walked != nil || p.drawing.Counts != nil {
		if p.emphasised(decision.Edge{At: at, Yes: true}) || p.emphasised(decision.Edge{At: at, Yes: false}) {
			class += " walked"
		} else {
			class += " faint"
		}
	}
	p.printf(`<g class="%s" id="%s"><title>%s</title><a href="%s">`, class, d.ID, escape(d.ID+" "+d.Name+": "+Section(d.Section)), SectionURL(d.Section))
	p.printf(`<rect x="%d" y="%d" width="%d" height="%d" rx="6"/>`, place.x, place.y, boxWidth, boxHeight)
	p.printf(`<text class="name" x="%d" y="%d"><tspan class="id">%s</tspan> %s</text>`, place.x+9, place.y+17, d.ID, escape(d.Name))
	for i, line := range wrap(d.Question, 38) {
		p.printf(`<text class="question" x="%d" y="%d">%s</text>`, place.x+9, place.y+33+14*i, escape(line))
	}
	p.printf("</a></g>\n")
}

func joined(points []point) string {
	var parts []string
	for _, p := range points {
		parts = append(parts, fmt.Sprintf("%d,%d", p.x, p.y))
	}
	return strings.Join(parts, " ")
}

// wrap breaks a text into lines of about so many characters.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), word
			continue
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(lines, line)
}

func escape(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}
