package settings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// branches reads the short names of the published branches.
func (r *reader) branches(s *Settings, value toml.Primitive) {
	var branches []string
	if !r.decode(value, &branches, `branches must be a list of branch names, such as ["main"]`) {
		return
	}
	for _, b := range branches {
		if problem := branchProblem(b); problem != "" {
			r.add(value, "settings-value", collection.Error, problem)
			return
		}
	}
	s.Branches = branches
}

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

func (r *reader) publish(s *Settings, value toml.Primitive) {
	r.choice(value, &s.Publish, `publish must be "push", "tag" or "manual"`, OnPush, OnTag, Manually)
}

func (r *reader) rewrite(s *Settings, value toml.Primitive) {
	r.choice(value, &s.Rewrite, `rewrite must be "never", "option" or "always"`, RewriteNever, RewriteByOption, RewriteAlways)
}

// choice reads one of the words. If the value is another the problem is must.
func (r *reader) choice(value toml.Primitive, into *string, must string, words ...string) {
	var word string
	if !r.decode(value, &word, must) {
		return
	}
	if !slices.Contains(words, word) {
		r.add(value, "settings-value", collection.Error, must)
		return
	}
	*into = word
}

func (r *reader) signed(s *Settings, value toml.Primitive) {
	r.decode(value, &s.Signed, "signed must be true or false")
}

// maxApprovals bounds the approvals that a contribution can need.
const maxApprovals = 20

func (r *reader) approvals(s *Settings, value toml.Primitive) {
	must := fmt.Sprintf("approvals must be a number from 0 to %d", maxApprovals)
	var n int
	if !r.decode(value, &n, must) {
		return
	}
	if n < 0 || n > maxApprovals {
		r.add(value, "settings-value", collection.Error, must)
		return
	}
	s.Approvals = n
}

func (r *reader) exports(s *Settings, value toml.Primitive) {
	must := `exports must be a list of "epub", "zip", "pdf" and "source"; an empty one makes them when somebody asks`
	var formats []string
	if !r.decode(value, &formats, must) {
		return
	}
	if slices.ContainsFunc(formats, func(name string) bool { return !slices.Contains(exportFormats, name) }) {
		r.add(value, "settings-value", collection.Error, must)
		return
	}
	s.Exports = formats
}

// notes reads the table [notes].
func (r *reader) notes(s *Settings, value toml.Primitive) {
	s.Generated.Notes = r.titles("notes", value)
}
