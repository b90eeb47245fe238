package settings

import (
	"errors"
	"io/fs"
	"maps"
	"slices"

	"github.com/BurntSushi/toml"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// Read reads the settings in a tree:
//
//	branches = ["main", "second-edition"]
//	publish = "push"
//	rewrite = "option"
//	signed = false
//	approvals = 0
//	exports = ["epub", "zip"]
//
//	[matter]
//	answers = false
//
//	[notes]
//	case-study = "Case Study"
//
//	[book.statistics]
//	authors = ["Barbara Illowsky", "Susan Dean"]
//	publisher = "OpenStax"
//
//	[[license]]
//	file = "LICENSE"
//
//	[derived-from]
//	title = "Collaborative Statistics"
//
//	[[rule]]
//	id = "resource-missing"
//	paths = ["modules/draft-*/**"]
//	severity = "warning"
//	reason = "the pictures come in May"
//
//	[[word]]
//	avoid = "utilize"
//	use = "use"
//
// A setting that is left out has its default: the default branch is published,
// on every push; its history is replaced by push option; pushes need no
// signature, and nobody's approval. The problems are sorted. A value that cannot be understood is an
// error, an unknown key a warning; the rest of the settings is read
// nevertheless.
func Read(fsys fs.FS, defaultBranch string) (Settings, []collection.Problem) {
	s := Settings{Branches: []string{defaultBranch}, Publish: OnPush, Rewrite: RewriteByOption, Generated: outline.Standard()}
	text, err := settingsText(fsys)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, []collection.Problem{problem(0, 0, "settings-unreadable", collection.Error, "the settings cannot be read: "+err.Error())}
	}
	if err := collection.LimitTOML(text); err != nil {
		return s, []collection.Problem{tomlProblem(text, err)}
	}
	var values map[string]toml.Primitive
	md, err := toml.Decode(text, &values)
	if err != nil {
		return s, []collection.Problem{tomlProblem(text, err)}
	}
	r := reader{md: &md, text: text, fsys: fsys}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		r.read(&s, name, values[name])
	}
	r.checkStyles(&s)
	collection.SortProblems(r.problems)
	return s, r.problems
}

// reader reads one file.
type reader struct {
	md       *toml.MetaData
	text     string
	fsys     fs.FS // for files that the settings name
	problems []collection.Problem
}

// keys has the keys of the file in the order in which they are suggested.
var keys = []struct {
	name string
	read func(*reader, *Settings, toml.Primitive)
}{
	{"branches", (*reader).branches},
	{"publish", (*reader).publish},
	{"rewrite", (*reader).rewrite},
	{"signed", (*reader).signed},
	{"approvals", (*reader).approvals},
	{"exports", (*reader).exports},
	{"matter", (*reader).generated},
	{"notes", (*reader).notes},
	{"recipe", (*reader).recipe},
	{"style", (*reader).styles},
	{"book", (*reader).books},
	{"license", (*reader).licenses},
	{"derived-from", (*reader).derivedFrom},
	{"redirect", (*reader).redirects},
	{"rule", (*reader).rules},
	{"word", (*reader).terms},
}

// read reads the value of one key.
func (r *reader) read(s *Settings, key string, value toml.Primitive) {
	var names []string
	for _, k := range keys {
		if k.name == key {
			k.read(r, s, value)
			return
		}
		names = append(names, k.name)
	}
	r.unknown(value, "", key, names...)
}
