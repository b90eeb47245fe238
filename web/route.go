package web

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// kind is what a path leads to.
type kind int

const (
	toNothing kind = iota
	toCatalogue
	toRepository
	toReleases
	toFeed
	toPushes
	toPush
	toRule
	toBook
	toLatest // a page of the latest release
	toContents
	toFile
	toChanges // of two editions
	toChange  // in one page of them
	toGit
	toBundle
	toLFS
	toHook
	toAsset
	toFlow
	toFlowTarget
	toHealth
	toReady
	toRobots
	toFavicon
	toSitemaps
	toSitemap
	toArchive
	toResource
	toSearch // of all books
	toSearchRepository
	toSearchEdition
	toOpenSearch
	toElsewhere // the same resource has another address
)

// route is a path that has been understood.
type route struct {
	kind  kind
	owner string
	name  string // of the repository
	book  string // slug
	at    string // what stands behind BOOK@, as it was sent, unescaped
	path  string // of a file, an asset, a git or LFS endpoint, or elsewhere; the name of a hook or a bundle; the id of a push or a rule
	form  string // "json", "sarif" or "atom", if the address asks for it (pushes and releases only)
	json  bool   // ".json" was asked for by the address (releases and searches)
}

var repositoryName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,99}$`)

// isName reports whether s can be the name of an owner or a repository.
func isName(s string) bool {
	return repositoryName.MatchString(s) && !strings.Contains(s, "..") &&
		!strings.HasSuffix(s, ".git") && !strings.HasSuffix(s, ".lock")
}

// gitEndpoints are the ends of git's paths below a repository.
var gitEndpoints = []string{"info/refs", "git-upload-pack", "git-receive-pack"}

// lfsPrefix is what the endpoints of Git LFS begin with.
const lfsPrefix = "info/lfs/"

// bundleName is what a bundle is called: by its commit.
var bundleName = regexp.MustCompile(`^[0-9a-f]{40}\.bundle$`)

// between stands between two editions that are compared.
const between = "..."

// GitEndpoints are the ends of the paths below /OWNER/REPO[.git] that are git's.
func GitEndpoints() []string { return slices.Clone(gitEndpoints) }

// parseRoute reads a path as it was sent, with its escapes. It is split before
// anything is unescaped, so an escaped slash separates nothing; names of owners
// and repositories and the words of our own must be sent without escapes. What
// cannot be understood leads to nothing.
func parseRoute(escaped string) route {
	if escaped == "/" || escaped == "" { // equal by RFC 9110 section 4.2.3
		return route{kind: toCatalogue}
	}
	rest, ok := strings.CutPrefix(escaped, "/")
	if !ok {
		return route{}
	}
	rest, slash := strings.CutSuffix(rest, "/")
	raw := strings.Split(rest, "/")
	segments, ok := unescape(raw)
	if !ok {
		return route{}
	}
	to := parseSegments(raw, segments)
	if slash {
		return withoutSlash(to, segments)
	}
	return to
}

// withoutSlash sends a path that ends in a slash, but is understood without it,
// to the one without. So the relative address "./" in a page leads to its
// book's contents.
func withoutSlash(to route, segments []string) route {
	switch to.kind {
	case toNothing, toGit, toBundle, toLFS, toHook:
		return route{}
	case toElsewhere:
		return to
	}
	return route{kind: toElsewhere, path: join(segments...)}
}

// unescape takes the escapes out of segments. It fails for segments that name
// nothing: empty ones, "." and "..", and those with a slash, a control
// character or bytes that are not UTF-8.
func unescape(raw []string) ([]string, bool) {
	segments := make([]string, len(raw))
	for i := range raw {
		s, err := url.PathUnescape(raw[i])
		if err != nil || s == "" || s == "." || s == ".." || !utf8.ValidString(s) ||
			strings.Contains(s, "/") || strings.ContainsFunc(s, unicode.IsControl) {
			return nil, false
		}
		segments[i] = s
	}
	return segments, true
}

func parseSegments(raw, segments []string) route {
	if to, ok := parseArchive(segments); ok {
		return to
	}
	switch {
	case raw[0] == "-":
		return parseOwn(raw[1:], segments[1:])
	case len(raw) == 1 && raw[0] == "robots.txt":
		return route{kind: toRobots}
	case len(raw) == 1 && raw[0] == "sitemap.xml":
		return route{kind: toSitemaps}
	case len(raw) == 1 && raw[0] == "favicon.ico":
		return route{kind: toFavicon}
	case len(raw) == 1 && isSearch(raw[0]):
		return route{kind: toSearch, json: raw[0] != "search"}
	case len(raw) == 1:
		return route{}
	}
	name, git := strings.CutSuffix(raw[1], ".git")
	to := route{owner: raw[0], name: name}
	if !isName(to.owner) || !isName(to.name) {
		return route{}
	}
	end := strings.Join(raw[2:], "/")
	if slices.Contains(gitEndpoints, end) {
		to.kind, to.path = toGit, end
		return to
	}
	if path, ok := strings.CutPrefix(end, lfsPrefix); ok {
		to.kind, to.path = toLFS, path
		return to
	}
	if git {
		return cloneAddress(to, len(raw))
	}
	return parseInRepository(to, raw[2:], segments[2:])
}

// cloneAddress leads who opens the address for cloning in a browser to the
// repository's page.
func cloneAddress(to route, segments int) route {
	if segments > 2 {
		return route{}
	}
	return route{kind: toElsewhere, path: join(to.owner, to.name)}
}

// parseOwn reads what stands behind "/-/".
func parseOwn(raw, segments []string) route {
	switch {
	case len(raw) == 0:
		return route{}
	case len(raw) <= 2 && (raw[0] == "flow" || len(raw) == 1 && strings.HasPrefix(raw[0], "flow.")):
		return route{kind: toFlow, path: strings.TrimPrefix(strings.Join(segments, "/"), "flow")}
	case len(raw) <= 2 && raw[0] == "flow-target":
		return route{kind: toFlowTarget, path: strings.Join(segments[1:], "/")}
	case len(raw) == 1 && raw[0] == "health":
		return route{kind: toHealth}
	case len(raw) == 1 && raw[0] == "ready":
		return route{kind: toReady}
	case len(raw) == 1 && raw[0] == "releases.atom":
		return route{kind: toFeed}
	case len(raw) == 1 && raw[0] == "opensearch.xml":
		return route{kind: toOpenSearch}
	case len(raw) == 1 && raw[0] == "rules":
		return route{kind: toRule}
	case len(raw) == 2 && raw[0] == "rules":
		return route{kind: toRule, path: segments[1]}
	case len(raw) == 2 && raw[0] == "hooks":
		return route{kind: toHook, path: segments[1]}
	case len(raw) >= 2 && raw[0] == "theme":
		return route{kind: toAsset, path: strings.Join(segments[1:], "/")}
	}
	return route{}
}

// parseInRepository reads what stands behind "/OWNER/REPO/".
func parseInRepository(to route, raw, segments []string) route {
	if len(raw) == 0 {
		to.kind = toRepository
		return to
	}
	if raw[0] == "-" {
		if len(raw) == 2 && (raw[1] == "releases" || raw[1] == "releases.json" || raw[1] == "releases.atom") {
			to.kind, to.json = toReleases, raw[1] == "releases.json"
			if raw[1] == "releases.atom" {
				to.form = "atom"
			}
			return to
		}
		if len(raw) == 2 && raw[1] == "sitemap.xml" {
			to.kind = toSitemap
			return to
		}
		if len(raw) == 2 && isSearch(raw[1]) {
			to.kind, to.json = toSearchRepository, raw[1] != "search"
			return to
		}
		if len(raw) == 3 && raw[1] == "bundles" && bundleName.MatchString(raw[2]) {
			to.kind, to.path = toBundle, raw[2]
			return to
		}
		return parsePushes(to, raw[1:], segments[1:])
	}
	slug, at, edition := strings.Cut(segments[0], "@")
	to.book, to.at = slug, at
	switch {
	case !collection.ValidSlug(slug), edition && at == "":
		return route{}
	case !edition && len(raw) > 1 && strings.Join(raw, "/")+"/" == lfsPrefix:
		return route{}
	case !edition && len(raw) > 1:
		to.kind, to.path = toLatest, strings.Join(segments[1:], "/")
	case !edition:
		to.kind = toBook
	case strings.Contains(at, between) && len(raw) == 1:
		to.kind = toChanges
	case strings.Contains(at, between):
		to.kind, to.path = toChange, strings.Join(segments[1:], "/")
	case len(raw) == 1:
		to.kind = toContents
	case len(raw) == 2 && isSearch(raw[1]):
		to.kind, to.json = toSearchEdition, raw[1] != "search"
	default:
		to.kind, to.path = toFile, strings.Join(segments[1:], "/")
	}
	return to
}

// isSearch reports whether the last segment of a path asks for a search. No page
// has that name.
func isSearch(segment string) bool { return segment == "search" || segment == "search.json" }

// parsePushes reads what stands behind "/OWNER/REPO/-/".
func parsePushes(to route, raw, segments []string) route {
	last := len(raw) - 1
	if last < 0 || last > 1 {
		return route{}
	}
	for _, form := range []string{"json", "sarif"} {
		if bare, ok := strings.CutSuffix(raw[last], "."+form); ok && (last == 1 || form == "json") {
			raw, segments = slices.Clone(raw), slices.Clone(segments)
			raw[last], segments[last], to.form = bare, strings.TrimSuffix(segments[last], "."+form), form
		}
	}
	switch {
	case raw[0] != "pushes" || segments[last] == "":
		return route{}
	case last == 0:
		to.kind = toPushes
	default:
		to.kind, to.path = toPush, segments[1]
	}
	return to
}

// join is the absolute path of segments, escaped.
func join(segments ...string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteString("/" + url.PathEscape(s))
	}
	return b.String()
}
