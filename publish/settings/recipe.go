package settings

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/recipe"
)

// maxStyles bounds the tables [style.NAME].
const maxStyles = 50

// own returns what the settings add to recipes, to be filled.
func (s *Settings) own() *recipe.Own {
	if s.Generated.Recipe == nil {
		s.Generated.Recipe = &recipe.Own{Styles: map[string]recipe.Style{}}
	}
	return s.Generated.Recipe
}

// recipe reads the table [recipe]: what is added to the recipe of every book.
func (r *reader) recipe(s *Settings, value toml.Primitive) {
	var table struct {
		Name string `toml:"style"`
		recipe.Style
	}
	if !r.recipeTable("recipe", value, &table) || !r.valid("recipe", value, &table.Style) {
		return
	}
	if table.Like != "" {
		r.add(value, "settings-value", collection.Error, `[recipe] cannot be like a style: write style = "NAME"`)
		return
	}
	own := s.own()
	own.Style, own.Add = table.Name, table.Style
}

// styles reads the tables [style.NAME].
func (r *reader) styles(s *Settings, value toml.Primitive) {
	own := s.own()
	r.each("style", value, func(name string, value toml.Primitive) {
		if len(own.Styles) == maxStyles {
			r.add(value, "settings-value", collection.Error, fmt.Sprintf("there are more than %d styles", maxStyles))
			return
		}
		var style recipe.Style
		if r.recipeTable("style."+name, value, &style) && r.valid("style."+name, value, &style) {
			own.Styles[name] = style
		}
	})
}

// recipeTable decodes a table with the keys of a recipe, and warns of others.
func (r *reader) recipeTable(name string, value toml.Primitive, into any) bool {
	if !r.isTable(value) {
		r.add(value, "settings-value", collection.Error, fmt.Sprintf("%s must be a table: write [%[1]s] above its keys", name))
		return false
	}
	if !r.decode(value, into, fmt.Sprintf(`the values of [%.60s] must be like those of a style: pages = [{ show = "summary" }], stay = ["section-exercises"]`, name)) {
		return false
	}
	warned := 0
	for _, k := range r.md.Undecoded() {
		key, ok := strings.CutPrefix(strings.Join(k, "."), name+".")
		if ok && warned < maxUnknown {
			warned++
			r.add(value, "settings-key", collection.Warning, fmt.Sprintf("the setting %.60q of [%.60s] is not known", key, name))
		}
	}
	return true
}

// valid reports whether a style can be used.
func (r *reader) valid(name string, value toml.Primitive, s *recipe.Style) bool {
	err := s.Check()
	if err != nil {
		r.add(value, "settings-value", collection.Error, fmt.Sprintf("[%.60s]: %v", name, err))
	}
	return err == nil
}

// checkStyles reports styles that are named and not there.
func (r *reader) checkStyles(s *Settings) {
	own := s.Generated.Recipe
	if own == nil {
		return
	}
	known := append(slices.Sorted(maps.Keys(own.Styles)), append(recipe.Styles(), "default")...)
	check := func(table, key, name string) {
		if name == "" || slices.Contains(known, name) {
			return
		}
		message := fmt.Sprintf("%s = %.60q: there is no such style", key, name)
		if near, ok := cnxml.Nearest(name, known); ok {
			message += "; did you mean " + near + "?"
		}
		r.at(r.tableLine(table), "settings-value", collection.Error, message)
	}
	check("recipe", "style", own.Style)
	for _, name := range slices.Sorted(maps.Keys(own.Styles)) {
		check("style."+name, "like", own.Styles[name].Like)
	}
}
