package settings

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// each calls f for the keys of a table, in order.
func (r *reader) each(name string, value toml.Primitive, f func(key string, value toml.Primitive)) {
	var table map[string]toml.Primitive
	if !r.isTable(value) || r.md.PrimitiveDecode(value, &table) != nil {
		r.add(value, "settings-value", collection.Error, fmt.Sprintf("%s must be a table: write [%[1]s] above its keys", name))
		return
	}
	for _, key := range slices.Sorted(maps.Keys(table)) {
		f(key, table[key])
	}
}

// isTable reports whether a value is a table. The decoder turns anything else
// into an empty table.
func (r *reader) isTable(value toml.Primitive) bool {
	var v any
	if r.md.PrimitiveDecode(value, &v) != nil {
		return false
	}
	_, ok := v.(map[string]any)
	return ok
}

// decode reads a value. If it has another type the problem is must, and the
// result false.
func (r *reader) decode(value toml.Primitive, into any, must string) bool {
	if err := r.md.PrimitiveDecode(value, into); err != nil {
		r.add(value, "settings-value", collection.Error, must)
		return false
	}
	return true
}

// tables decodes a list of tables, [[key]], and warns of unknown keys in them.
func (r *reader) tables(key string, value toml.Primitive, into any) bool {
	if err := r.md.PrimitiveDecode(value, into); err != nil {
		r.add(value, "settings-value", collection.Error, fmt.Sprintf("%s must be tables of text: write [[%s]] above each", key, key))
		return false
	}
	warned := map[string]bool{}
	for _, k := range r.md.Undecoded() {
		if len(k) == 2 && k[0] == key && !warned[k[1]] && len(warned) < maxUnknown {
			warned[k[1]] = true
			r.at(r.header(key, 0), "settings-key", collection.Warning, fmt.Sprintf("the setting %.60q of a [[%s]] is not known", k[1], key))
		}
	}
	return true
}

// tableLine returns the line of the header [name], 0 if the table has no such
// header.
func (r *reader) tableLine(name string) int {
	n := 0
	for line := range strings.Lines(r.text) {
		n++
		line, _, _ = strings.Cut(line, "#")
		if strings.NewReplacer(" ", "", `"`, "", "'", "").Replace(strings.TrimSpace(line)) == "["+name+"]" {
			return n
		}
	}
	return 0
}

// header returns the line of the table [[key]] with the index, 0 if the tables
// have no such headers. The decoder knows the places of plain keys only.
func (r *reader) header(key string, index int) int {
	n := 0
	for line := range strings.Lines(r.text) {
		n++
		if strings.ReplaceAll(strings.TrimSpace(line), " ", "") == "[["+key+"]]" {
			if index--; index < 0 {
				return n
			}
		}
	}
	return 0
}

// address reads an absolute URL with the scheme http or https.
func (r *reader) address(value toml.Primitive, into *string) {
	var text string
	if !r.decode(value, &text, "url must be an address") {
		return
	}
	if u, err := url.Parse(text); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		r.add(value, "settings-value", collection.Error, fmt.Sprintf("%.60q is no address that begins with https:// or http://", text))
		return
	}
	*into = text
}
