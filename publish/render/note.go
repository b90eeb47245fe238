package render

import (
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// note writes a note. One with a number has that in its heading, behind its label;
// one with a label and a title has both there, and so has one of a class whose label
// the recipe wants.
// The title of others is the author's, else what its label or its
// class stands for, else there is none. Solutions are open in a worked example.
func (r *renderer) note(n *cnxml.Node) {
	opened := r.opened
	r.opened = opened || outline.HasClass(n.Attr("class"), "worked-example")
	defer func() { r.opened = opened }()
	r.w.Element("aside", r.attrs(n, "note"), func() {
		end := func() {}
		if r.src.Numbers[n] != "" || r.isLabelled(n) {
			end = r.heading(nil, func() { r.labelAndTitle(n) })
		} else if n.Child("title") != nil {
			end = r.titleHeading(n)
		} else if text := r.NoteTitle(n); text != "" {
			end = r.heading(nil, func() { r.w.Text(text) })
		}
		r.blocks(n, "title", "label")
		end()
	})
}

// isLabelled reports whether a note has a label before its title: its own, or
// that of its class, unless the title says the same.
func (r *renderer) isLabelled(n *cnxml.Node) bool {
	title := n.Child("title")
	switch {
	case title.IsBlank() || !n.Is("note"):
		return false
	case !n.Child("label").IsBlank():
		return true
	}
	label := strings.ToLower(r.NoteTitle(n))
	return r.Recipe.Labelled(n.Attr("class")) != "" && !strings.HasPrefix(strings.ToLower(outline.OneLine(title.ReadableText())), label)
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

// ownLabel returns the label at n itself: "Figure 3.4"; empty if the author wants
// no label, or if n is not counted and has a title.
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
	if number == "" && (n.Child("title") != nil || n.Is("figure", "table")) && !r.isLabelled(n) {
		return ""
	}
	word := r.Messages.Labels[n.Name].In("")
	if n.Is("note") {
		word = r.NoteTitle(n)
	}
	return strings.TrimSpace(word + " " + number)
}
