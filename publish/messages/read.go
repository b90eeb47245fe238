package messages

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"strings"

	"github.com/BurntSushi/toml"
)

// reference is the language that all others are compared with.
const reference = "en"

// read reads the catalogues of a folder, by language, and checks them.
func read(folder fs.FS) (map[string]*Catalogue, error) {
	names, err := fs.Glob(folder, "*.toml")
	if err != nil {
		return nil, err
	}
	all := map[string]*Catalogue{}
	for _, name := range names {
		c, err := readFile(folder, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all[strings.TrimSuffix(path.Base(name), ".toml")] = c
	}
	english := all[reference]
	if english == nil {
		return nil, fmt.Errorf("%s.toml is missing", reference)
	}
	var faults []error
	for language, c := range all {
		for _, key := range differences(c, english) {
			faults = append(faults, fmt.Errorf("%s.toml: %s", language, key))
		}
	}
	return all, errors.Join(faults...)
}

func readFile(folder fs.FS, name string) (*Catalogue, error) {
	c := &Catalogue{}
	meta, err := toml.DecodeFS(folder, name, c)
	if err != nil {
		return nil, err
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("unknown keys %v", unknown)
	}
	return c, nil
}

// differences says which keys are missing and which are not in English.
func differences(c, english *Catalogue) []string {
	var out []string
	for _, group := range []any{c.Page, c.Site, c.Export} {
		v := reflect.ValueOf(group)
		for i := range v.NumField() {
			if v.Field(i).String() == "" {
				out = append(out, fmt.Sprintf("%s.%s is missing", strings.ToLower(v.Type().Name()), v.Type().Field(i).Tag.Get("toml")))
			}
		}
	}
	for key := range english.Labels {
		if c.Labels[key]["nominative"] == "" {
			out = append(out, "labels."+key+" has no nominative")
		}
	}
	out = append(out, unknown("labels", c.Labels, english.Labels)...)
	out = append(out, unknown("notes", c.Notes, english.Notes)...)
	return append(out, unknown("sections", c.Sections, english.Sections)...)
}

// unknown says which keys of a table English does not have.
func unknown[T any](table string, own, english map[string]T) []string {
	var out []string
	for key := range own {
		if _, ok := english[key]; !ok {
			out = append(out, table+"."+key+" is not in "+reference+".toml")
		}
	}
	return out
}
