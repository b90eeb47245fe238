package web

import (
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/route"
)

// routes are all addresses of the server: the pattern of the path, what makes the
// resource there (nil: nothing is there), and what builds the address where that
// is not the pattern itself. The first pattern that matches counts.
var routes = []row{
	{pattern: "/", resource: openCatalogue},
	{pattern: "/robots.txt", resource: openRobots},
	{pattern: sitemapsAddress, resource: openSiteIndex},
	{pattern: "/favicon.ico", resource: openFavicon},
	{pattern: searchAddress + "[.json]", resource: openSearchAll},

	// The archive of OpenStax, also where its readers look for it.
	{pattern: "/contents/{archived}", resource: openArchive},
	{pattern: "/resources/{sha1}", resource: openArchiveResource},
	{pattern: "/apps/archive[-preview]/{version}/contents/{archived}", resource: openArchive},
	{pattern: "/apps/archive[-preview]/{version}/resources/{sha1}", resource: openArchiveResource},

	{pattern: flowAddress + "[.svg]", resource: openFlow},
	{pattern: flowAddress + ".css", resource: openFlowStyle},
	{pattern: flowAddress + "/traffic[.svg]", resource: openFlowTraffic},
	{pattern: flowAddress + "/{trace}[.svg|.json]", resource: openFlowTrace},
	{pattern: targetAddress, resource: openTargets},
	{pattern: targetAddress + "/{target}", resource: openTarget},
	{pattern: "/-/health", resource: openHealth},
	{pattern: "/-/ready", resource: openReady},
	{pattern: feedAddress, resource: openFeed},
	{pattern: openSearchAddress, resource: openOpenSearch},
	{pattern: rulesAddress, resource: openRule},
	{pattern: rulesAddress + "/{rule}", resource: openRule, address: func(m route.Match) string { return ruleAddress(m.Name) }},
	{pattern: "/-/hooks/{trigger}", resource: openTrigger, exact: true},
	{pattern: "/-/theme/{path...}", resource: openAsset},

	{pattern: "/{owner}/{repo}[.git]/info/refs", resource: openAdvertisement, exact: true},
	{pattern: "/{owner}/{repo}[.git]/git-upload-pack", resource: openUploadPack, exact: true},
	{pattern: "/{owner}/{repo}[.git]/git-receive-pack", resource: openReceivePack, exact: true},
	{pattern: "/{owner}/{repo}[.git]/info/lfs/{endpoint...}", resource: openLFS, exact: true},
	{pattern: "/{owner}/{repo}/-/bundles/{bundle}", resource: openBundle, exact: true},
	{pattern: cloneAddress, resource: openCloneAddress},
	{pattern: "/{owner}/{repo}/info/lfs"}, // no page

	{pattern: "/{owner}/{repo}", resource: openRepository, address: func(m route.Match) string { return of(m).String() }},
	{pattern: "/{owner}/{repo}/-/releases[.json|.atom]", resource: openReleases, address: func(m route.Match) string { return of(m).Releases() }},
	{pattern: "/{owner}/{repo}/-/pushes[.json]", resource: openPushes, address: func(m route.Match) string { return of(m).Pushes() }},
	{pattern: "/{owner}/{repo}/-/pushes/{push}[.json|.sarif]", resource: openPush, address: func(m route.Match) string { return of(m).Push(m.Name) }},
	{pattern: "/{owner}/{repo}/-/search[.json]", resource: openSearchRepository, address: func(m route.Match) string { return searchOf(of(m)) }},
	{pattern: "/{owner}/{repo}/-/sitemap.xml", resource: openSitemap, address: func(m route.Match) string { return of(m).Sitemap() }},

	// An edition is a release by its number, or the draft of a branch.
	{pattern: "/{owner}/{repo}/{book}@{old}...{new}", resource: openChanges, address: comparisonOf},
	{pattern: "/{owner}/{repo}/{book}@{old}...{new}/{path...}", resource: openChange, address: func(m route.Match) string { return address.Page(comparisonOf(m), m.Path) }},
	{pattern: "/{owner}/{repo}/{book}@{at}", resource: openContents, address: editionOf},
	{pattern: "/{owner}/{repo}/{book}@{at}/search[.json]", resource: openSearchEdition},
	{pattern: "/{owner}/{repo}/{book}@{at}/{path...}", resource: openFile, address: func(m route.Match) string { return address.Page(editionOf(m), m.Path) }},
	{pattern: "/{owner}/{repo}/{book}", resource: openBook, address: func(m route.Match) string { return of(m).Book(m.Book) }},
	{pattern: "/{owner}/{repo}/{book}/{path...}", resource: openBook, address: func(m route.Match) string { return address.Page(of(m).Book(m.Book), m.Path) }},
}

// row is one line of the table.
type row struct {
	pattern  string
	resource func(*site, route.Match) decision.Resource // nil without a resource, also if the server is set up to have none
	address  func(route.Match) string
	exact    bool // with a slash at its end it leads to nothing
}

func of(m route.Match) address.Repository { return address.Of("", m.Owner+"/"+m.Repo) }

func editionOf(m route.Match) string { return of(m).Edition(m.Book, m.At) }

func comparisonOf(m route.Match) string { return of(m).Comparison(m.Book, m.Old, m.New) }

// patterns are those of routes.
var patterns = func() (list []*route.Pattern) {
	for _, r := range routes {
		list = append(list, route.New(r.pattern))
	}
	return list
}()

// lookUp finds the row for a path as it was sent, -1 if there is none. A path
// that ends in a slash, but is known without it, has moved there: so the relative
// address "./" in a page leads to the contents of its book.
func lookUp(escaped string) (i int, m route.Match, moved string) {
	path, ok := route.Split(escaped)
	if !ok {
		return -1, m, ""
	}
	i = slices.IndexFunc(patterns, func(p *route.Pattern) (ok bool) {
		m, ok = p.Match(path)
		return ok
	})
	switch {
	case !path.Slash || i < 0:
		return i, m, ""
	case routes[i].exact || routes[i].resource == nil:
		return -1, route.Match{}, ""
	case routes[i].pattern == cloneAddress:
		return i, m, ""
	}
	return i, m, address.Path(path.Segments...)
}

// resource is what a path leads to; nil if that is nothing.
func (s *site) resource(escaped string) decision.Resource {
	switch i, m, moved := lookUp(escaped); {
	case moved != "":
		return redirect{location: moved}
	case i < 0 || routes[i].resource == nil:
		return nil
	default:
		return routes[i].resource(s, m)
	}
}

// GitEndpoints are the ends of the paths below /OWNER/REPO[.git] that are git's.
func GitEndpoints() (list []string) {
	for _, r := range routes {
		if end, ok := strings.CutPrefix(r.pattern, "/{owner}/{repo}[.git]/"); ok && !strings.Contains(end, "{") {
			list = append(list, end)
		}
	}
	return list
}
