package publish

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/render"
)

// SettingsFile is where a repository keeps its settings, in the root of its tree.
const SettingsFile = ".rhaptos.toml"

// The TOML decoder takes time in the cube of how deep keys and inline tables
// are nested, so that is bounded by what they are written with.
const (
	maxSettings     = 32 << 10 // bytes
	maxSettingsLine = 500      // bytes
	maxInlineTables = 250
)

// When a published branch is published.
const (
	OnPush   = "push"   // with every push to it
	OnTag    = "tag"    // when a tag is pushed
	Manually = "manual" // by a trigger or the command line
)

// Settings are what a repository says about its publication.
type Settings struct {
	Branches  []string          // short names of the published branches
	Publish   string            // OnPush, OnTag or Manually
	Rules     []RuleSetting     // how grave problems are in this tree
	Words     []Word            // that are not wanted in it
	Rewrite   string            // RewriteNever, RewriteByOption or RewriteAlways
	Signed    bool              // whether pushes to published branches and tags must be signed
	Redirects []RedirectSetting // old addresses of pages
	Exports   []string          // which of ExportFormats are made of a release before anybody asks; nil: EPUB and zip

	Matter      render.Options         // which pages are made for the books, and titles by class
	Books       map[string]BookSetting // by slug: what their sources do not say
	Licenses    []LicenseText          // texts of licences
	DerivedFrom collection.Origin      // the work that the books are adapted from
}

// ExportFormats are the names of what can be made of a release to be carried
// away.
var ExportFormats = []string{"epub", "zip", "pdf", "source"}

// When published history may be replaced or deleted, and tags moved.
const (
	RewriteNever    = "never"
	RewriteByOption = "option" // with the push option "rewrite"
	RewriteAlways   = "always"
)

// EarlyExports are which of ExportFormats are made of a release before anybody
// asks for them.
func (s Settings) EarlyExports() []string {
	if s.Exports == nil {
		return []string{"epub", "zip"}
	}
	return s.Exports
}

// Published reports whether branch, a short name, is one of the published ones.
func (s Settings) Published(branch string) bool { return slices.Contains(s.Branches, branch) }

// ReadSettings reads the settings of a tree:
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
// What the file does not say is as by default: the default branch, on push,
// history replaced by option, unsigned. A
// file that cannot be understood has problems of severity Error, a key that is
// not known a Warning; the settings are then as far as they could be read.
func ReadSettings(fsys fs.FS, defaultBranch string) (Settings, []collection.Problem) {
	s := Settings{Branches: []string{defaultBranch}, Publish: OnPush, Rewrite: RewriteByOption, Matter: render.Standard()}
	text, err := settingsText(fsys)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, []collection.Problem{settingsProblem(0, 0, "settings-unreadable", collection.Error, "the settings cannot be read: "+err.Error())}
	}
	var keys map[string]toml.Primitive
	md, err := toml.Decode(text, &keys)
	if err != nil {
		return s, []collection.Problem{tomlProblem(text, err)}
	}
	r := settingsReader{md: &md, text: text, fsys: fsys}
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		r.read(&s, name, keys[name])
	}
	collection.SortProblems(r.problems)
	return s, r.problems
}

// settingsText reads the settings, as far as the decoder can be trusted with them.
func settingsText(fsys fs.FS) (string, error) {
	text, err := readText(fsys, SettingsFile, maxSettings)
	if err != nil {
		return "", err
	}
	if strings.Count(text, "{") > maxInlineTables {
		return "", fmt.Errorf("it holds more than %d inline tables", maxInlineTables)
	}
	for line := range strings.Lines(text) {
		if len(line) > maxSettingsLine {
			return "", fmt.Errorf("it has a line of more than %d bytes", maxSettingsLine)
		}
	}
	return text, nil
}

// readText reads a file of at most limit bytes that must be UTF-8 text. The error
// is what can be said of the file; of one that is not there it matches
// fs.ErrNotExist.
func readText(fsys fs.FS, name string, limit int64) (string, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return "", err
	case int64(len(data)) > limit:
		return "", fmt.Errorf("it has more than %d bytes", limit)
	case !utf8.Valid(data):
		return "", errors.New("it is not UTF-8 text")
	}
	return string(data), nil
}

type settingsReader struct {
	md       *toml.MetaData
	text     string
	fsys     fs.FS
	problems []collection.Problem
}

func (r *settingsReader) read(s *Settings, key string, value toml.Primitive) {
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
		r.words(s, value)
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
		r.matter(&s.Matter, value)
	case "notes":
		s.Matter.Notes = r.titles("notes", value)
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

// unknown warns of a key that a table, or the file itself, does not have.
func (r *settingsReader) unknown(value toml.Primitive, table, key string, known ...string) {
	of := ""
	if table != "" {
		of = " of [" + table + "]"
	}
	message := fmt.Sprintf("the setting %.60q%s is not known", key, of)
	if near, ok := cnxml.Nearest(key, known); ok {
		message += "; did you mean " + near + "?"
	} else {
		message += "; known are " + strings.Join(known, ", ")
	}
	r.add(value, "settings-key", collection.Warning, message)
}

func isNoExport(name string) bool { return !slices.Contains(ExportFormats, name) }

// branchProblem says what keeps a setting from being a branch's short name.
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

// add records a problem at the place of a value. The decoder tells that place
// only in an error, so it is given a target that refuses every value.
func (r *settingsReader) add(value toml.Primitive, rule string, severity collection.Severity, message string) {
	var e toml.ParseError
	p := settingsProblem(0, 0, rule, severity, message)
	if errors.As(r.md.PrimitiveDecode(value, &refuser{}), &e) {
		p.Line, p.Column = place(r.text, e.Position)
	}
	r.problems = append(r.problems, p)
}

type refuser struct{}

func (*refuser) UnmarshalTOML(any) error { return errors.New("refused") }

// place is a position with the column in characters; the decoder counts bytes.
func place(text string, p toml.Position) (line, column int) {
	n := 0
	for l := range strings.Lines(text) {
		if n++; n == p.Line {
			return p.Line, utf8.RuneCountInString(l[:min(max(p.Col-1, 0), len(l))]) + 1
		}
	}
	return p.Line, max(p.Col, min(p.Line, 1))
}

func tomlProblem(text string, err error) collection.Problem {
	var e toml.ParseError
	if errors.As(err, &e) {
		line, column := place(text, e.Position)
		return settingsProblem(line, column, "settings-syntax", collection.Error, "not valid TOML: "+e.Message)
	}
	return settingsProblem(0, 0, "settings-syntax", collection.Error, "not valid TOML: "+err.Error())
}

func settingsProblem(line, column int, rule string, severity collection.Severity, message string) collection.Problem {
	return collection.Problem{Path: SettingsFile, Line: line, Column: column, Rule: rule, Severity: severity, Message: message}
}
