package outline

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/recipe"
)

// UnknownClasses reports classes of sections with exercises of which the recipe
// of their book says nothing, in chapters that have other sections with exercises
// which are collected: each once for a book, where it is first. It reads only
// the texts that the cache does not know; an error is one of reading those.
func UnknownClasses(ctx context.Context, lib *collection.Library, cache analysis.Cache, options Options) ([]collection.Problem, error) {
	var problems []collection.Problem
	for _, book := range lib.Books {
		if book.Format != "openstax" || book.Collection == nil || !options.Collected {
			continue
		}
		c := classes{recipe: options.recipeFor(book), at: map[string]int{}}
		var modules []*collection.Module
		for _, e := range book.Collection.Entries {
			if e.Subcollection != nil { // modules outside of chapters are read whole
				forModules(e.Subcollection.Entries, func(m *collection.Module) { modules = append(modules, m) })
			}
		}
		for _, m := range modules {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			s, err := scanFor(ctx, cache, m)
			if err != nil {
				return nil, err
			}
			c.scan(m, s)
		}
		problems = append(problems, c.problems(book)...)
	}
	return problems, nil
}

// classes are those of the sections with exercises in one book.
type classes struct {
	recipe    *recipe.Recipe
	collected bool // some are collected
	unknown   []unknownClass
	at        map[string]int // in unknown, by class
}

type unknownClass struct {
	class string
	first collection.Problem
	count int // of exercises
}

// scan notes the sections of a module.
func (c *classes) scan(m *collection.Module, s *scan) {
	for _, t := range unpack(s.targets, codeTarget) {
		if t.name != "exercise" || !t.counted || t.box != "" || t.section < 0 {
			continue
		}
		known := false
		for i := t.section; i >= 0 && !known; i = s.sections[i].parent {
			known = c.recipe.Knows(s.sections[i].class)
			page, _ := c.recipe.Page(s.sections[i].class)
			c.collected = c.collected || page >= 0
		}
		if known {
			continue
		}
		in := s.sections[t.section]
		i, ok := c.at[in.class]
		if !ok {
			i = len(c.unknown)
			c.at[in.class] = i
			at := collection.Place{Pos: cnxml.Pos{Line: in.line, Column: in.column}}
			p := at.Problem(collection.Warning, "exercise-class-unknown", "")
			p.Path = m.Path
			c.unknown = append(c.unknown, unknownClass{class: strings.Join(strings.Fields(in.class), " "), first: p})
		}
		c.unknown[i].count++
	}
}

// maxUnknown bounds the classes that are reported of one book.
const maxUnknown = 20

func (c *classes) problems(book *collection.Book) []collection.Problem {
	if !c.collected {
		return nil
	}
	var problems []collection.Problem
	for _, u := range c.unknown[:min(len(c.unknown), maxUnknown)] {
		numbers := "they stay in their pages and have no numbers"
		if c.recipe.Others {
			numbers = "they stay in their pages"
		}
		p := u.first
		p.Message = fmt.Sprintf("the recipe %s does not know sections of class %s, which have exercises in the book %s: %d; %s. Say in %s where they belong: stay or pages of [recipe]",
			cmp.Or(c.recipe.Name, "default"), cnxml.Quote(u.class), cnxml.Quote(book.Slug), u.count, numbers, ".rhaptos.toml")
		problems = append(problems, p)
	}
	return problems
}
