package recipe

import (
	"maps"
	"slices"
)

// Own is what the settings of a repository say.
type Own struct {
	Style  string           // of all books, in place of what they name
	Styles map[string]Style // further styles, or others of the same name
	Add    Style            // to the recipe of every book; Like has no meaning
}

// defaultStyle is how a style says that it begins with the default.
const defaultStyle = "default"

// maxLike bounds how many styles may begin with each other.
const maxLike = 8

// style returns the style of a name, or else the default, and whether it has
// been found.
func (o *Own) style(name string) (Style, bool) {
	if name == "" || name == defaultStyle || !o.has(name) {
		return builtIn().Default, false
	}
	return o.resolved(name, maxLike), true
}

func (o *Own) has(name string) bool {
	_, own := o.Styles[name]
	_, known := builtIn().Style[name]
	return own || known
}

// resolved returns a style with what it takes from the one that it is like.
func (o *Own) resolved(name string, depth int) Style {
	s, own := o.Styles[name]
	known, ok := builtIn().Style[name]
	if !own {
		s = known
	}
	switch {
	case depth == 0:
		return builtIn().Default
	case own && ok && (s.Like == "" || s.Like == name):
		return s.onto((&Own{}).resolved(name, depth-1))
	case !own && s.Like == "":
		return s
	case !o.has(s.Like):
		return s.onto(builtIn().Default)
	}
	return s.onto(o.resolved(s.Like, depth-1))
}

// onto returns the style with the keys that it leaves out from another.
func (s Style) onto(base Style) Style {
	if s.Pages == nil {
		s.Pages = base.Pages
	}
	if s.Exercises == "" {
		s.Exercises = base.Exercises
	}
	for _, list := range []struct {
		own  *[]string
		base []string
	}{{&s.Stay, base.Stay}, {&s.Apart, base.Apart}, {&s.PerPage, base.PerPage}, {&s.Skip, base.Skip}, {&s.Answers, base.Answers}, {&s.Indexes, base.Indexes}, {&s.Labelled, base.Labelled}} {
		if *list.own == nil {
			*list.own = list.base
		}
	}
	if s.Notes == nil {
		s.Notes = base.Notes
	}
	if s.Others == nil {
		s.Others = base.Others
	}
	if s.AnswersFirst == nil {
		s.AnswersFirst = base.AnswersFirst
	}
	if s.Outline == nil {
		s.Outline = base.Outline
	}
	if s.Between == "" {
		s.Between = base.Between
	}
	s.Labels, s.NoteTitles = joined(base.Labels, s.Labels), joined(base.NoteTitles, s.NoteTitles)
	return s
}

// add returns the style with what the settings add to every recipe. A page
// takes the place of the one that shows the same; others follow at the end.
func (o *Own) add(s Style) Style {
	a := o.Add
	s.Pages = slices.Clone(s.Pages)
	for _, p := range a.Pages {
		if i := slices.IndexFunc(s.Pages, func(q Page) bool { return q.Show == p.Show }); i >= 0 {
			s.Pages[i] = p
		} else {
			s.Pages = append(s.Pages, p)
		}
	}
	for _, n := range a.Notes {
		s.Notes = append(slices.DeleteFunc(slices.Clone(s.Notes), func(m Note) bool { return m.Class == n.Class }), n)
	}
	s.Stay, s.Apart = slices.Concat(s.Stay, a.Stay), slices.Concat(s.Apart, a.Apart)
	s.Labelled = slices.Concat(s.Labelled, a.Labelled)
	s.Pages = without(s.Pages, slices.Concat(a.Stay, a.Apart))
	if a.Answers != nil && s.Answers != nil {
		s.Answers = slices.Concat(s.Answers, a.Answers)
	}
	rest := Style{Exercises: a.Exercises, Others: a.Others, PerPage: a.PerPage, Skip: a.Skip, Between: a.Between,
		AnswersFirst: a.AnswersFirst, Outline: a.Outline, Indexes: a.Indexes, Labels: a.Labels, NoteTitles: a.NoteTitles}
	return rest.onto(s)
}

// without returns the pages without classes of sections that stay where they
// are.
func without(pages []Page, classes []string) []Page {
	stays := func(class string) bool { return slices.Contains(classes, class) }
	var out []Page
	for _, p := range pages {
		p.Also, p.Parts = slices.DeleteFunc(slices.Clone(p.Also), stays), slices.DeleteFunc(slices.Clone(p.Parts), stays)
		if stays(p.Show) {
			if len(p.Also) == 0 {
				continue
			}
			p.Show, p.Also = p.Also[0], p.Also[1:]
		}
		out = append(out, p)
	}
	return out
}

func joined(base, own map[string]string) map[string]string {
	if len(own) == 0 {
		return base
	}
	all := maps.Clone(base)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, own)
	return all
}
