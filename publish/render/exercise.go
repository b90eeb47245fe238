package render

import (
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/outline"
	"github.com/rhaptos/rhaptos/publish/recipe"
)

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
	chapter := r.src.Page.Chapter
	if !recipe.IsAppendix(chapter) {
		chapter += "."
	}
	if between := r.Recipe.Between; between != "" && strings.HasPrefix(number, r.src.Page.Chapter+between) {
		return number // "2-14"
	}
	return strings.TrimPrefix(number, chapter) + "."
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
