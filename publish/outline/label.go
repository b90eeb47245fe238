package outline

import (
	"cmp"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// Label names a target.
type Label struct {
	Element string      // key of the labels of messages: "figure"; empty if the title says it
	Custom  string      // the author's own word in place of it
	Number  string      // "3.4"; may be empty
	Title   *cnxml.Node // shown when there is no element
	Text    string      // shown when there is no title
}

// labelOf is the label of a target: near, that of the target around it, if it
// has nothing to be called by.
func (o *Outline) labelOf(t Target, number string, near *Label) *Label {
	switch t.name {
	case "note":
		if number != "" {
			return &Label{Element: t.name, Custom: cmp.Or(t.custom, o.noteText("", t.class)), Number: number}
		}
	case "figure", "table", "example", "equation", "exercise", "rule", "proof":
		l := &Label{Element: t.name, Custom: t.custom, Number: number, Title: t.title}
		if number == "" && t.custom == "" && (t.title != nil || near.Element != "" || t.name == "exercise") {
			if t.title == nil {
				return near
			}
			l.Element = ""
		}
		return l
	case "solution":
		return &Label{Element: t.name, Number: near.Number, Title: t.title}
	case "footnote":
		return &Label{Element: t.name}
	}
	if t.title != nil {
		return &Label{Title: t.title}
	}
	if text := o.noteText(t.custom, t.label); text != "" {
		return &Label{Text: Clip(text, maxTitle)}
	}
	return near
}

// NoteTitle is the title of a note that has none in its source: its label, or
// what its class stands for; empty if nothing is known.
func (o *Outline) NoteTitle(n *cnxml.Node) string {
	custom := ""
	if l := n.Child("label"); l != nil {
		custom = OneLine(l.PlainText())
	}
	return o.noteText(custom, n.Attr("class"))
}

// noteText is NoteTitle by the text of the label and the classes.
func (o *Outline) noteText(custom, class string) string {
	if custom != "" {
		return custom
	}
	for _, c := range strings.Fields(class) {
		if t := o.Messages.Notes[c]; t != "" {
			return t
		}
	}
	if c := o.Recipe.Labelled(class); c != "" {
		return inWords(c)
	}
	return ""
}

// label names what has no name of its own: by the title of the page that shows
// it.
func (p *Page) label(section int) *Label {
	switch {
	case section >= 0:
		return &Label{Title: p.Sections[section].Heading}
	case section == InGlossary && p.Glossary != nil:
		return &Label{Title: p.Glossary.Heading}
	}
	return &Label{Title: p.Heading}
}

// labelsOf are the labels of the ids of a module, by those of its targets.
func labelsOf(p *Page, places []Place, named []*Label) map[string]*Label {
	pages := map[int]*Label{}
	ids := make(map[string]*Label, len(places))
	for _, place := range places {
		home := p.Home(place.Section)
		if pages[home] == nil {
			pages[home] = p.label(home)
		}
		ids[place.ID] = pages[home]
		if place.target >= 0 {
			ids[place.ID] = named[place.target]
		}
	}
	return ids
}
