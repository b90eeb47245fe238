// Package address builds the addresses of what a server publishes. It is the
// only place that knows their form; web's routes read what is built here.
//
//	/OWNER/NAME                            a repository
//	/OWNER/NAME/-/releases                 its releases
//	/OWNER/NAME/-/pushes/ID                a push and its report
//	/OWNER/NAME/-/contributions/N          a change that is proposed to a branch
//	/OWNER/NAME/BOOK                       the latest release of a book
//	/OWNER/NAME/BOOK@1.4                   a release
//	/OWNER/NAME/BOOK@1.4/PAGE              a page or another file of it
//	/OWNER/NAME/BOOK@BRANCH                the draft of a branch
//	/OWNER/NAME/BOOK@1.3...1.4             what changed between two editions
//
// An edition is a release or a draft. Behind the "@" it is written as one path
// segment: the number of a release, or the name of a branch with "~" for "/".
// Git allows no "~" in the name of a ref, so no two branches share a segment. The
// versions of a contribution have drafts under the full names of their refs.
package address

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/publish/release"
)

// Between stands between the two editions of a comparison.
const Between = "..."

// Repository is the escaped address of a repository, without a slash at the
// end: an absolute path, or a URL.
type Repository string

// Of returns the address of the repository with the path OWNER/NAME on the
// server at baseURL. Without baseURL it is an absolute path.
func Of(baseURL, path string) Repository {
	return Repository(strings.TrimSuffix(baseURL, "/") + Path(strings.Split(path, "/")...))
}

// String returns the address of the repository's own page.
func (r Repository) String() string { return string(r) }

// Book returns the address that redirects to the latest release of a book.
func (r Repository) Book(slug string) string { return string(r) + Path(slug) }

// Release returns the address of a release.
func (r Repository) Release(slug string, n release.Number) string {
	return r.Edition(slug, n.String())
}

// Draft returns the address of a book as it stands on a branch.
func (r Repository) Draft(slug, branch string) string {
	return r.Edition(slug, BranchSegment(branch))
}

// Edition returns the address of a release by its number, or of a draft by its
// [BranchSegment].
func (r Repository) Edition(slug, edition string) string {
	return string(r) + Path(slug+"@"+edition)
}

// Comparison returns the address of the changes between two editions of a book,
// each given as for Edition.
func (r Repository) Comparison(slug, old, new string) string {
	return r.Edition(slug, old+Between+new)
}

// Releases returns the address of the list of releases.
func (r Repository) Releases() string { return r.listing("releases") }

// Sitemap returns the address of the repository's sitemap.
func (r Repository) Sitemap() string { return r.listing("sitemap.xml") }

// Pushes returns the address of the list of pushes.
func (r Repository) Pushes() string { return r.listing("pushes") }

// Push returns the address of the record of a push and of its report.
func (r Repository) Push(id string) string { return r.listing("pushes", id) }

// Contributions returns the address of the list of contributions.
func (r Repository) Contributions() string { return r.listing("contributions") }

// Contribution returns the address of a contribution.
func (r Repository) Contribution(number int64) string {
	return r.listing("contributions", strconv.FormatInt(number, 10))
}

// listing returns the address of what is no book: a book cannot be named "-".
func (r Repository) listing(segments ...string) string {
	return string(r) + Path(append([]string{"-"}, segments...)...)
}

// Page returns the address of a page or another file of the edition that has
// the address.
func Page(edition, path string) string { return edition + Path(strings.Split(path, "/")...) }

// Path joins segments to an absolute path, each escaped (RFC 3986, section 3.3).
func Path(segments ...string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteString("/" + url.PathEscape(s))
	}
	return b.String()
}

// BranchSegment returns the short name of a branch as one path segment, before
// escaping.
func BranchSegment(branch string) string { return strings.ReplaceAll(branch, "/", "~") }

// Branch returns the branch that BranchSegment was given.
func Branch(segment string) string { return strings.ReplaceAll(segment, "~", "/") }

// IsContribution reports whether a name is that of a ref of a contribution, and so of
// its drafts.
func IsContribution(name string) bool { return strings.HasPrefix(name, "refs/contributions/") }
