package web

import (
	"strings"

	"github.com/rhaptos/rhaptos/publish/release"
)

// The addresses of resources: absolute paths, escaped. Each is understood by
// parseRoute.

func (r *Repository) address() string { return join(r.Owner, r.Name) }

const sitemapsAddress = "/sitemap.xml"

func (r *Repository) sitemapAddress() string { return join(r.Owner, r.Name, "-", "sitemap.xml") }

func (r *Repository) releasesAddress() string { return join(r.Owner, r.Name, "-", "releases") }

func (r *Repository) pushesAddress() string { return join(r.Owner, r.Name, "-", "pushes") }

func (r *Repository) pushAddress(id string) string { return join(r.Owner, r.Name, "-", "pushes", id) }

func (r *Repository) bookAddress(slug string) string { return join(r.Owner, r.Name, slug) }

func (r *Repository) releaseAddress(slug string, n release.Number) string {
	return join(r.Owner, r.Name, slug+"@"+n.String())
}

func (r *Repository) draftAddress(slug, branch string) string {
	return join(r.Owner, r.Name, slug+"@"+branchToSegment(branch))
}

// changesAddress is that of what has changed between two editions, each as it
// stands behind "@".
func (r *Repository) changesAddress(slug, old, new string) string {
	return join(r.Owner, r.Name, slug+"@"+old+between+new)
}

// fileAddress is the address of a file of the release or draft that has the
// address.
func fileAddress(edition, path string) string { return edition + join(strings.Split(path, "/")...) }

// A branch's name stands in one segment with "~" for "/"; git allows no "~" in
// the name of a ref.
func branchToSegment(branch string) string { return strings.ReplaceAll(branch, "/", "~") }
func segmentToBranch(at string) string     { return strings.ReplaceAll(at, "~", "/") }
