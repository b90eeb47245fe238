package recipe

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

//go:embed recipes.toml
var text string

// file is the content of recipes.toml.
type file struct {
	Default Style            `toml:"default"`
	Style   map[string]Style `toml:"style"`
}

// builtIn has the recipes of the program. An embedded file that is not valid is
// a fault of the build, which the tests find.
var builtIn = sync.OnceValue(func() *file {
	f, err := read(text)
	if err != nil {
		panic(err)
	}
	return f
})

func read(text string) (*file, error) {
	f := &file{}
	meta, err := toml.Decode(text, f)
	if err != nil {
		return nil, err
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("unknown keys %v", unknown)
	}
	faults := []error{f.Default.Check()}
	for _, name := range slices.Sorted(maps.Keys(f.Style)) {
		s := f.Style[name]
		if err := s.Check(); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", name, err))
		}
		if _, ok := f.Style[s.Like]; s.Like != "" && s.Like != defaultStyle && !ok {
			faults = append(faults, fmt.Errorf("%s: there is no style %s", name, s.Like))
		}
	}
	return f, errors.Join(faults...)
}

// Bounds of a style.
const (
	maxPages   = 100
	maxClasses = 500
)

// Styles returns the names of the styles of the program, sorted.
func Styles() []string { return slices.Sorted(maps.Keys(builtIn().Style)) }

// Collects reports whether any style of the program collects sections of a class.
func Collects(class string) bool { return collected()[class] }

var collected = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	f := builtIn()
	for _, s := range append(slices.Collect(maps.Values(f.Style)), f.Default) {
		for i := range s.Pages {
			for _, class := range s.Pages[i].Classes() {
				all[class] = true
			}
		}
	}
	return all
})

// Check says which value of the style cannot be meant.
func (s *Style) Check() error {
	switch {
	case !slices.Contains([]string{"", "chapter", "page", "none"}, s.Exercises):
		return errors.New(`exercises must be "chapter", "page" or "none"`)
	case len(s.Between) > 3:
		return errors.New(`between must be a sign, such as "-"`)
	case slices.ContainsFunc(slices.Concat(s.PerPage, s.Skip), func(e string) bool { return !slices.Contains(Elements, e) }):
		return fmt.Errorf("per-page and skip must be lists of %s", strings.Join(Elements, ", "))
	}
	classes := slices.Concat(s.Stay, s.Apart, s.Answers, s.Indexes, s.Labelled)
	counters := len(Elements) + 1 + len(s.Notes) + min(len(s.Apart), 1)
	for _, n := range s.Notes {
		if n.Count != "" && n.Count != "chapter" && n.Count != "page" {
			return errors.New(`count must be "chapter" or "page"`)
		}
		if n.NumberOf != "" && !slices.Contains(Elements, n.NumberOf) {
			return fmt.Errorf("number-of must be one of %s", strings.Join(Elements, ", "))
		}
		classes = append(classes, n.Class)
	}
	for _, p := range s.Pages {
		if p.Sign != "" {
			counters++
		}
		if p.Place != "" && p.Place != "chapter" && p.Place != book {
			return errors.New(`place must be "chapter" or "book"`)
		}
		if p.OfBook() && (p.Show == Glossary || len(p.Parts) > 0) {
			return errors.New(`a page of place = "book" shows sections of one kind, or answers`)
		}
		if p.Under != "" {
			classes = append(classes, p.Under)
		}
		classes = append(append(append(classes, p.Show), p.Also...), p.Parts...)
	}
	if slices.ContainsFunc(classes, func(c string) bool { return len(strings.Fields(c)) != 1 || len(c) > 60 }) {
		return errors.New("a class must be one word")
	}
	if len(s.Pages) > maxPages || len(classes) > maxClasses {
		return fmt.Errorf("there are more than %d pages or %d classes", maxPages, maxClasses)
	}
	if counters > MaxCounters {
		return fmt.Errorf("notes and signs are counted apart; there can be %d", MaxCounters-len(Elements)-1)
	}
	return nil
}
