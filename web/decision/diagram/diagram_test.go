package diagram

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/web/decision"
)

func draw(t *testing.T, d Drawing) string {
	t.Helper()
	var b strings.Builder
	n, err := d.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatalf("wrote %d of %d bytes: %v", n, b.Len(), err)
	}
	return b.String()
}

// attributes collects an attribute of every element of the document.
func attributes(t *testing.T, document, name string) map[string]int {
	t.Helper()
	found := map[string]int{}
	d := xml.NewDecoder(strings.NewReader(document))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		if e, ok := token.(xml.StartElement); ok {
			for _, a := range e.Attr {
				if a.Name.Local == name {
					found[a.Value]++
				}
			}
		}
	}
}

func TestEveryDecisionAndEdgeIsDrawnOnce(t *testing.T) {
	ids := attributes(t, draw(t, Drawing{Table: decision.Table()}), "id")
	for _, d := range decision.Table() {
		for id, to := range map[string]decision.Node{d.ID: 0, d.ID + "-yes": d.Yes, d.ID + "-no": d.No} {
			want := 1
			if to == decision.Never {
				want = 0
			}
			if ids[id] != want {
				t.Errorf("%s is drawn %d times, want %d", id, ids[id], want)
			}
		}
	}
}

type box struct{ left, top, right, bottom int }

// crosses reports whether the straight line between two corners, which is
// level or upright, goes through the inside of the box.
func (b box) crosses(p, q point) bool {
	return max(p.x, q.x) > b.left && min(p.x, q.x) < b.right && max(p.y, q.y) > b.top && min(p.y, q.y) < b.bottom
}

func TestNothingCrossesABox(t *testing.T) {
	table := decision.Table()
	p := &pen{drawing: &Drawing{Table: table}, layout: arrange(table)}
	var boxes []box
	for i, at := range p.places {
		b := box{at.x, at.y, at.x + boxWidth, at.y + boxHeight}
		if b.left < 0 || b.top < 0 || b.right > p.width || b.bottom > p.height {
			t.Errorf("%s is outside the picture", table[i].ID)
		}
		for j, other := range boxes {
			if b.crosses(point{other.left, other.top}, point{other.right, other.bottom}) {
				t.Errorf("%s and %s overlap", table[i].ID, table[j].ID)
			}
		}
		boxes = append(boxes, b)
	}
	ends := map[decision.Node][]box{} // the statuses beside a decision
	for i, d := range table {
		for _, yes := range []bool{true, false} {
			to, way := d.No, decision.Node(i)
			if yes {
				to = d.Yes
			}
			if int(to) >= len(table) {
				y := p.leave(decision.Edge{At: way, Yes: yes})
				x := p.places[i].x + boxWidth + endGap
				ends[way] = append(ends[way], box{x, y - endHeight/2, x + endWidth, y + endHeight/2})
			}
		}
	}
	p.eachLine(func(from, to decision.Node) {
		d := table[from]
		for _, yes := range []bool{true, false} {
			if yes && d.Yes != to || !yes && d.No != to {
				continue
			}
			points := p.line(from, to, p.leave(decision.Edge{At: from, Yes: yes}))
			for i := 1; i < len(points); i++ {
				for j, b := range boxes {
					if b.crosses(points[i-1], points[i]) {
						t.Errorf("the line from %s to %s goes through %s", d.ID, to, table[j].ID)
					}
				}
				for way, list := range ends {
					for _, b := range list {
						if b.crosses(points[i-1], points[i]) {
							t.Errorf("the line from %s to %s goes through a status of %s", d.ID, to, way)
						}
					}
				}
			}
		}
	})
}

func TestEmphasis(t *testing.T) {
	edge := decision.Edge{At: decision.S1, Yes: true}
	walked := draw(t, Drawing{Table: decision.Table(), Walked: []decision.Edge{edge}})
	if !strings.Contains(walked, `class="way walked" id="S1-yes"`) || !strings.Contains(walked, `class="way faint" id="S1-no"`) {
		t.Error("the walked edge is not told from the others")
	}
	if strings.Index(walked, `id="S1-yes"`) < strings.LastIndex(walked, `class="way faint"`) {
		t.Error("the walked edge is drawn below others")
	}
	counted := draw(t, Drawing{Table: decision.Table(), Counts: map[decision.Edge]int64{edge: 1000}})
	if !strings.Contains(counted, `class="way walked n4" id="S1-yes"`) || !strings.Contains(counted, "(1000 times)") {
		t.Error("the count does not show")
	}
	classed := draw(t, Drawing{
		Table: decision.Table(),
		Class: func(e decision.Edge) string {
			if e == edge {
				return "wrong"
			}
			return ""
		},
		Note: func(decision.Edge) string { return `a "note" & more` },
	})
	if !strings.Contains(classed, `class="way wrong" id="S1-yes"`) || !strings.Contains(classed, "a &#34;note&#34; &amp; more") {
		t.Error("the caller's class and note do not show")
	}
	attributes(t, classed, "id") // well-formed
}

func TestSection(t *testing.T) {
	for in, want := range map[string][2]string{
		"13.1.2":              {"RFC 9110 section 13.1.2", "https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2"},
		"13.2.2 (3)":          {"RFC 9110 section 13.2.2", "https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2"},
		"RFC 9457":            {"RFC 9457", "https://www.rfc-editor.org/rfc/rfc9457"},
		"RFC 6585 3":          {"RFC 6585 section 3", "https://www.rfc-editor.org/rfc/rfc6585#section-3"},
		"RFC 9112 6.1":        {"RFC 9112 section 6.1", "https://www.rfc-editor.org/rfc/rfc9112#section-6.1"},
		"RFC 9112, section 3": {"RFC 9112 section 3", "https://www.rfc-editor.org/rfc/rfc9112#section-3"},
	} {
		if got := Section(in); got != want[0] {
			t.Errorf("%q is %q, want %q", in, got, want[0])
		}
		if got := SectionURL(in); got != want[1] {
			t.Errorf("%q is at %s, want %s", in, got, want[1])
		}
	}
}

func TestWrap(t *testing.T) {
	for _, d := range decision.Table() {
		if lines := wrap(d.Question, 38); len(lines) > 2 {
			t.Errorf("%s: the question takes %d lines, and its box has room for 2: %q", d.ID, len(lines), lines)
		}
	}
}

var update = flag.Bool("update", false, "write the drawing in docs anew")

// The drawing in docs is that of the table.
func TestDocumentedDrawing(t *testing.T) {
	path := filepath.Join("..", "..", "..", "docs", "http-flow.svg")
	want := draw(t, Drawing{Table: decision.Table()})
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the table draws: go test ./web/decision/diagram -update", path)
	}
}
