package render

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// note writes a box. Its title is the author's, else what its label or its
// class stands for, else there is none. Solutions are open in a worked example.
func (r *renderer) note(n *cnxml.Node) {
	opened := r.opened
	r.opened = opened || outline.HasClass(n.Attr("class"), "worked-example")
	defer func() { r.opened = opened }()
	r.w.Element("aside", r.attrs(n, "note"), func() {
		end := func() {}
		if n.Child("title") != nil {
			end = r.titleHeading(n)
		} else if text := r.NoteTitle(n); text != "" {
			end = r.heading(nil, func() { r.w.Text(text) })
		}
		r.blocks(n, "title", "label")
		end()
	})
}

// noteInLine writes a note in a sentence: within cite it is a reference, so a
// footnote.
func (r *renderer) noteInLine(n *cnxml.Node) {
	if isFootnote(n) {
		r.footnote(n)
		return
	}
	r.neutral("span", n)
}

// example writes an example, a rule or a proof: label and title as heading,
// then the rest. Solutions in it are open, since they are what it shows.
func (r *renderer) example(n *cnxml.Node) {
	opened := r.opened
	r.opened = n.Is("example")
	r.w.Element("div", r.attrs(n, n.Name), func() {
		end := r.heading(nil, func() { r.labelAndTitle(n) })
		r.blocks(n, "title", "label")
		end()
	})
	r.opened = opened
}

// labelAndTitle writes "Example 1.5 Title" for what has a label and perhaps a
// title.
func (r *renderer) labelAndTitle(n *cnxml.Node) {
	title := n.Child("title")
	text := r.ownLabel(n)
	if text != "" {
		r.w.Element("span", []attr{{"class", "label"}}, func() { r.w.Text(text) })
	}
	if title != nil && !title.IsBlank() {
		if text != "" {
			r.w.Text(" ")
		}
		r.w.Element("span", r.attrs(title, "title"), r.lineInside(title))
	}
}

// ownLabel is what n is called where it stands: "Figure 3.4"; empty if the
// author wants no label, or for what is not counted and has a title.
func (r *renderer) ownLabel(n *cnxml.Node) string {
	number := r.src.Numbers[n]
	if l := n.Child("label"); l != nil {
		custom := outline.OneLine(l.PlainText())
		if custom == "" && number == "" {
			return ""
		}
		if custom != "" {
			return strings.TrimSpace(custom + " " + number)
		}
	}
	if number == "" && (n.Child("title") != nil || n.Is("figure", "table")) {
		return ""
	}
	return strings.TrimSpace(r.Messages.Labels[n.Name].In("") + " " + number)
}

// exercise writes the number, the problem and what belongs to it.
func (r *renderer) exercise(n *cnxml.Node) {
	r.w.Element("div", r.attrs(n, "exercise"), func() {
		title := n.Child("title")
		if number := r.exerciseNumber(n); number != "" {
			r.w.Element("span", []attr{{"class", "number"}}, func() { r.w.Text(number) })
		}
		if !title.IsBlank() {
			r.w.Element("div", r.attrs(title, "title"), r.lineInside(title))
		}
		r.parts(n)
	})
}

// parts writes the problem, the solutions and the commentaries of an exercise;
// several solutions have numbers.
func (r *renderer) parts(exercise *cnxml.Node) {
	count, several := 0, countOf(exercise, "solution") > 1
	for _, c := range exercise.Children {
		switch {
		case c.Is("title", "label"):
		case c.Is("solution") && several && !r.inLine && !outline.IsHidden(c):
			count++
			r.disclosure(c, "solution", r.Messages.Labels["solution"].In("")+" "+strconv.Itoa(count))
		default:
			r.node(c)
		}
	}
}

func countOf(n *cnxml.Node, name string) int {
	count := 0
	for _, c := range n.Children {
		if c.Is(name) {
			count++
		}
	}
	return count
}

// exerciseNumber is the last part of its number, as printed before it: "12.".
func (r *renderer) exerciseNumber(n *cnxml.Node) string {
	if l := n.Child("label"); l != nil {
		if custom := outline.OneLine(l.PlainText()); custom != "" {
			return custom
		}
	}
	number := r.src.Numbers[n]
	if number == "" {
		return ""
	}
	return number[strings.LastIndexByte(number, '.')+1:] + "."
}

// problem writes the question of an exercise, or the statement of a rule.
func (r *renderer) problem(n *cnxml.Node) {
	r.w.Element("div", r.attrs(n, n.Name), func() {
		if title := n.Child("title"); !title.IsBlank() {
			r.w.Element("div", r.attrs(title, "title"), r.lineInside(title))
		}
		r.blocks(n, "title", "label")
	})
}

// solution is closed until the reader opens it, except in a worked example.
func (r *renderer) solution(n *cnxml.Node) {
	text := r.Messages.Labels["solution"].In("")
	r.disclosure(n, "solution", text)
}

func (r *renderer) commentary(n *cnxml.Node) {
	text := r.Messages.Page.Commentary
	if n.Attr("type") == "hint" {
		text = r.Messages.Page.Hint
	}
	r.disclosure(n, "commentary", text)
}

// disclosure writes n as details with a summary: its title, else its label,
// else the text.
func (r *renderer) disclosure(n *cnxml.Node, class, text string) {
	attrs := r.attrs(n, class)
	if r.opened {
		attrs = append(attrs, attr{"open", ""})
	}
	if l := n.Child("label"); !l.IsBlank() {
		text = outline.OneLine(l.PlainText())
	}
	r.w.Element("details", attrs, func() {
		r.w.Element("summary", nil, func() {
			if title := n.Child("title"); !title.IsBlank() {
				r.w.Element("span", r.attrs(title), r.lineInside(title))
				return
			}
			r.w.Text(text)
		})
		r.blocks(n, "title", "label")
	})
}

// equation writes a formula that stands by itself, with its number.
func (r *renderer) equation(n *cnxml.Node) {
	r.w.Element("div", append(r.attrs(n, "equation"), scrolls(formulaWidth(n) > narrowFormula)...), func() {
		r.displayed(func() { r.line(r.inside(n, "label")) })
		if number := r.equationNumber(n); number != "" {
			r.w.Element("span", []attr{{"class", "number"}}, func() { r.w.Text(number) })
		}
	})
}

// formulaWidth is about how many signs a formula is wide. Operators have space
// around them.
func formulaWidth(n *cnxml.Node) int {
	width, widest := 0, 0
	switch {
	case n.Space == cnxml.Text:
		return utf8.RuneCountInString(strings.TrimSpace(n.Data))
	case n.Space == cnxml.MathML && strings.HasPrefix(n.Name, "annotation"):
		return 0
	case n.Space == cnxml.MathML && n.Name == "mo":
		width = 1
	}
	for _, c := range n.Children {
		w := formulaWidth(c)
		width, widest = width+w, max(widest, w)
	}
	if n.Space == cnxml.MathML && (n.Name == "mfrac" || n.Name == "mtable") { // one above the other
		return widest
	}
	return width
}

func (r *renderer) equationInLine(n *cnxml.Node) {
	r.w.Element("span", r.attrs(n, "equation"), r.inside(n, "label"))
}

func (r *renderer) equationNumber(n *cnxml.Node) string {
	if l := n.Child("label"); !l.IsBlank() {
		return outline.OneLine(l.PlainText())
	}
	if number := r.src.Numbers[n]; number != "" {
		return "(" + number + ")"
	}
	return ""
}

func (r *renderer) displayed(write func()) {
	before := r.display
	r.display = true
	write()
	r.display = before
}
