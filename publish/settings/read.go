package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

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
// signature. The problems are sorted. A value that cannot be understood is an
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
	var keys map[string]toml.Primitive
	md, err := toml.Decode(text, &keys)
	if err != nil {
		return s, []collection.Problem{tomlProblem(text, err)}
	}
	r := reader{md: &md, text: text, fsys: fsys}
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		r.read(&s, name, keys[name])
	}
	collection.SortProblems(r.problems)
	return s, r.problems
}

type reader struct {
	md       *toml.MetaData
	text     string
	fsys     fs.FS
	problems []collection.Problem
}

func (r *reader) read(s *Settings, key string, value toml.Primitive) {
	switch key {
	case "branches":
		var branches []string
		if err := r.md.PrimitiveDecode(value, &branches); err != nil {
			r.add(value, "settings-value", collection.Error, `branches must be a list of branch names, such as ["main"]`)
			return
		}
		for _, b := range branches {
			if problem := branchProblem(b); problem != "" {
				r.add(value, "settings-value", collection.Error, problem)
				return
			}
		}
		s.Branches = branches
	case "publish":
		var when string
		if err := r.md.PrimitiveDecode(value, &when); err != nil || when != OnPush && when != OnTag && when != Manually {
			r.add(value, "settings-value", collection.Error, `publish must be "push", "tag" or "manual"`)
			return
		}
		s.Publish = when
	case "rule":
		r.rules(s, value)
	case "word":
		r.terms(s, value)
	case "redirect":
		r.redirects(s, value)
	case "rewrite":
		var when string
		if err := r.md.PrimitiveDecode(value, &when); err != nil || when != RewriteNever && when != RewriteByOption && when != RewriteAlways {
			r.add(value, "settings-value", collection.Error, `rewrite must be "never", "option" or "always"`)
			return
		}
		s.Rewrite = when
	case "signed":
		if err := r.md.PrimitiveDecode(value, &s.Signed); err != nil {
			r.add(value, "settings-value", collection.Error, "signed must be true or false")
		}
	case "exports":
		var formats []string
		if err := r.md.PrimitiveDecode(value, &formats); err != nil || slices.ContainsFunc(formats, isNoExport) {
			r.add(value, "settings-value", collection.Error, `exports must be a list of "epub", "zip", "pdf" and "source"; an empty one makes them when somebody asks`)
			return
		}
		s.Exports = formats
	case "matter":
		r.generated(&s.Generated, value)
	case "notes":
		s.Generated.Notes = r.titles("notes", value)
	case "book":
		r.books(s, value)
	case "license":
		r.licenses(s, value)
	case "derived-from":
		r.derivedFrom(s, value)
	default:
		r.unknown(value, "", key, "branches", "publish", "rewrite", "signed", "exports", "matter", "notes", "book", "license", "derived-from", "redirect", "rule", "word")
	}
}

func isNoExport(name string) bool { return !slices.Contains(ExportFormats, name) }

// branchProblem says why a name cannot be the short name of a branch; empty if
// it can.
func branchProblem(name string) string {
	switch {
	case name == "":
		return "a branch name is empty"
	case strings.HasPrefix(name, "refs/"):
		return fmt.Sprintf("write the branch %q by its short name, without refs/heads/", name)
	case strings.ContainsAny(name, "*?[\\^~: ") || strings.Contains(name, ".."):
		return fmt.Sprintf("%q cannot be the name of a branch; patterns are not supported", name)
	}
	return ""
}
