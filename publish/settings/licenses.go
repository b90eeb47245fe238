package settings

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/BurntSushi/toml"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// maxLicense bounds the text of a licence, in bytes.
const maxLicense = 128 << 10

// License is the text of a licence.
type License struct {
	URL  string // of the licence; empty: that of every book
	Text string
}

// licenses reads the tables [[license]].
func (r *reader) licenses(s *Settings, value toml.Primitive) {
	var tables []struct{ URL, Text, File string }
	if !r.tables("license", value, &tables) {
		return
	}
	for i, t := range tables {
		line := r.header("license", i)
		if (t.Text == "") == (t.File == "") {
			r.at(line, "settings-value", collection.Error, `a [[license]] needs either its text or a file with it, such as file = "LICENSE"`)
			continue
		}
		if t.File != "" {
			var err error
			t.Text, err = readText(r.fsys, t.File, maxLicense)
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
				err = errors.New("there is no such file")
			}
			if err != nil {
				r.at(line, "settings-value", collection.Error, fmt.Sprintf("the license in %.60q cannot be shown: %v", t.File, err))
				continue
			}
		}
		s.Licenses = append(s.Licenses, License{t.URL, t.Text})
	}
}

// derivedFrom reads the table [derived-from].
func (r *reader) derivedFrom(s *Settings, value toml.Primitive) {
	o := &s.DerivedFrom
	r.each("derived-from", value, func(key string, value toml.Primitive) {
		switch key {
		case "title":
			r.decode(value, &o.Title, "title must be a text")
		case "authors":
			r.decode(value, &o.Authors, `authors must be a list of names, such as ["Barbara Illowsky"]`)
		case "license":
			r.decode(value, &o.License, "license must be the name of the license")
		case "url":
			r.address(value, &o.URL)
		case "license-url":
			r.address(value, &o.LicenseURL)
		default:
			r.unknown(value, "derived-from", key, "title", "authors", "url", "license", "license-url")
		}
	})
	if o.Title == "" {
		r.add(value, "settings-value", collection.Error, `[derived-from] needs the title of the work, such as title = "Collaborative Statistics"`)
	}
}
