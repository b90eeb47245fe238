// Package settings reads what a repository says about its publication in the
// file .rhaptos.toml at the root of its tree.
//
//   - A published branch is one whose pushes must be publishable; every other
//     branch holds drafts.
//   - A [Rule] changes the severity of the problems of one check rule.
//   - A [Term] is a word or phrase that the books avoid.
//   - A [Redirect] leads from an old address to a page.
//   - A [Book] adds to what the sources of a book say of it: authors,
//     publisher, edition.
//   - Generated pages are those that are built from others, such as the index.
//
// The file is an author's and may hold anything: its size, its nesting and its
// numbers of tables are bounded, and each mistake is a problem with a place.
package settings

import (
	"slices"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// File is the path of the settings in the tree of a repository.
const File = ".rhaptos.toml"

// The values of [Settings.Publish]: when a published branch is published.
const (
	OnPush   = "push"   // with every push to it
	OnTag    = "tag"    // when a tag is pushed
	Manually = "manual" // by a trigger or the command line
)

// Settings say how a repository is published. [Read] sets what the file leaves
// out.
type Settings struct {
	Branches  []string   // short names of the published branches
	Publish   string     // OnPush, OnTag or Manually
	Rules     []Rule     // severities of problems in this tree; of several rules the last one counts
	Terms     []Term     // to avoid in its texts
	Rewrite   string     // RewriteNever, RewriteByOption or RewriteAlways
	Signed    bool       // pushes to published branches and tags must be signed
	Approvals int        // that a contribution to a published branch needs to be accepted; above 0 nothing else is pushed there
	Redirects []Redirect // from old addresses of pages
	Exports   []string   // those of exportFormats to make before they are requested; nil: see EarlyExports

	Generated   outline.Options   // the generated pages of the books, and titles by class
	Books       map[string]Book   // by slug
	Licenses    []License         // texts of licences
	DerivedFrom collection.Origin // the work that the books are adapted from
}

// exportFormats are the formats in which a release can be downloaded.
var exportFormats = []string{"epub", "zip", "pdf", "source"}

// The values of [Settings.Rewrite]: when a push may replace or delete published
// history, and move tags.
const (
	RewriteNever    = "never"
	RewriteByOption = "option" // with the push option "rewrite"
	RewriteAlways   = "always"
)

// EarlyExports returns the export formats to make of every release before they
// are requested: EPUB and zip unless the settings say otherwise.
func (s Settings) EarlyExports() []string {
	if s.Exports == nil {
		return []string{"epub", "zip"}
	}
	return s.Exports
}

// Published reports whether a branch, given by its short name, is published.
func (s Settings) Published(branch string) bool { return slices.Contains(s.Branches, branch) }
