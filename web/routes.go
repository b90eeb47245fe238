package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/web/archive"
	"github.com/rhaptos/rhaptos/web/contribution"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/feed"
	"github.com/rhaptos/rhaptos/web/flow"
	"github.com/rhaptos/rhaptos/web/git"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
)

// routes has a row for each address of the server: the pattern of its path, the
// constructor of the resource, and the builder of the address where other packages
// have one. The first pattern that matches counts.
var routes = []row{
	{pattern: "/", resource: openCatalogue},
	{pattern: "/robots.txt", resource: func(s *site, _ route.Match) decision.Resource { return feed.Robots(&s.Site) }},
	{pattern: feed.SitemapsAddress, resource: func(s *site, _ route.Match) decision.Resource { return feed.Sitemaps(&s.Site) }},
	{pattern: "/favicon.ico", resource: openFavicon},
	{pattern: resource.SearchAddress + "[.json]", resource: func(s *site, m route.Match) decision.Resource { return s.search.All(m) }},

	// The archive of OpenStax, also at the addresses that its readers request.
	{pattern: "/contents/{archived}", resource: archiveContents},
	{pattern: "/resources/{sha1}", resource: archiveResource},
	{pattern: "/apps/archive[-preview]/{version}/contents/{archived}", resource: archiveContents},
	{pattern: "/apps/archive[-preview]/{version}/resources/{sha1}", resource: archiveResource},

	{pattern: flow.Address + "[.svg]", resource: func(s *site, m route.Match) decision.Resource { return s.flow.Diagram(m) }},
	{pattern: flow.Address + ".css", resource: func(s *site, m route.Match) decision.Resource { return s.flow.Style(m) }},
	{pattern: flow.Address + "/traffic[.svg]", resource: func(s *site, m route.Match) decision.Resource { return s.flow.Traffic(m) }},
	{pattern: flow.Address + "/{trace}[.svg|.json]", resource: func(s *site, m route.Match) decision.Resource { return s.flow.Trace(m) }},
	{pattern: targetAddress, resource: openTargets},
	{pattern: targetAddress + "/{target}", resource: openTarget},
	{pattern: "/-/health", resource: openHealth},
	{pattern: "/-/ready", resource: openReady},
	{pattern: feed.Address, resource: func(s *site, _ route.Match) decision.Resource { return feed.Catalogue(&s.Site) }},
	{pattern: resource.OpenSearchAddress, resource: func(s *site, _ route.Match) decision.Resource { return feed.OpenSearch(&s.Site) }},
	{pattern: rulesAddress, resource: openRule},
	{pattern: rulesAddress + "/{rule}", resource: openRule, address: func(m route.Match) string { return ruleAddress(m.Name) }},
	{pattern: "/-/hooks/{trigger}", resource: openTrigger, exact: true},
	{pattern: "/-/theme/{path...}", resource: openAsset},

	{pattern: "/{owner}", resource: openOwner, address: func(m route.Match) string { return "/" + m.Owner }},
	{pattern: "/{owner}/{repo}[.git]/info/refs", resource: func(s *site, m route.Match) decision.Resource { return s.git.Advertisement(m) }, exact: true},
	{pattern: "/{owner}/{repo}[.git]/git-upload-pack", resource: func(s *site, m route.Match) decision.Resource { return s.git.Exchange(m, git.UploadPack) }, exact: true},
	{pattern: "/{owner}/{repo}[.git]/git-upload-archive", resource: func(s *site, m route.Match) decision.Resource { return s.git.Exchange(m, git.UploadArchive) }, exact: true},
	{pattern: "/{owner}/{repo}[.git]/git-receive-pack", resource: func(s *site, m route.Match) decision.Resource { return s.git.Exchange(m, git.ReceivePack) }, exact: true},
	{pattern: "/{owner}/{repo}[.git]/info/lfs/{endpoint...}", resource: func(s *site, m route.Match) decision.Resource { return s.git.LFSEndpoint(m) }, exact: true},
	{pattern: "/{owner}/{repo}/-/bundles/{bundle}", resource: func(s *site, m route.Match) decision.Resource { return s.git.Bundle(m) }, exact: true},
	{pattern: cloneAddress, resource: openCloneAddress},
	{pattern: "/{owner}/{repo}/info/lfs"}, // no page

	{pattern: "/{owner}/{repo}", resource: openRepository, address: func(m route.Match) string { return of(m).String() }},
	{pattern: "/{owner}/{repo}/-/releases[.json|.atom]", resource: openReleases, address: func(m route.Match) string { return of(m).Releases() }},
	{pattern: "/{owner}/{repo}/-/pushes[.json]", resource: openPushes, address: func(m route.Match) string { return of(m).Pushes() }},
	{pattern: "/{owner}/{repo}/-/pushes/{push}[.json|.sarif]", resource: openPush, address: func(m route.Match) string { return of(m).Push(m.Name) }},
	{pattern: "/{owner}/{repo}/-/contributions[.json]", resource: openContributions, address: func(m route.Match) string { return of(m).Contributions() }},
	{pattern: "/{owner}/{repo}/-/contributions/{contribution}[.json]", resource: openContribution, address: contributionOf},
	{pattern: "/{owner}/{repo}/-/search[.json]", resource: func(s *site, m route.Match) decision.Resource { return s.search.Repository(m) }, address: func(m route.Match) string { return resource.SearchOf(of(m)) }},
	{pattern: "/{owner}/{repo}/-/sitemap.xml", resource: func(s *site, m route.Match) decision.Resource { return feed.Sitemap(&s.Site, m) }, address: func(m route.Match) string { return of(m).Sitemap() }},

	// An edition is a release by its number, or the draft of a branch.
	{pattern: "/{owner}/{repo}/{book}@{old}...{new}", resource: func(s *site, m route.Match) decision.Resource { return s.changes.List(m) }, address: comparisonOf},
	{pattern: "/{owner}/{repo}/{book}@{old}...{new}/{path...}", resource: func(s *site, m route.Match) decision.Resource { return s.changes.Page(m) }, address: func(m route.Match) string { return address.Page(comparisonOf(m), m.Path) }},
	{pattern: "/{owner}/{repo}/{book}@{at}", resource: openContents, address: editionOf},
	{pattern: "/{owner}/{repo}/{book}@{at}/search[.json]", resource: func(s *site, m route.Match) decision.Resource { return s.search.Edition(m) }},
	{pattern: "/{owner}/{repo}/{book}@{at}/-/edition.css", resource: openEditionStyle},
	{pattern: "/{owner}/{repo}/{book}@{at}/" + coverName, resource: openCover},
	{pattern: "/{owner}/{repo}/{book}@{at}/{path...}", resource: openFile, address: func(m route.Match) string { return address.Page(editionOf(m), m.Path) }},
	{pattern: "/{owner}/{repo}/{book}", resource: openBook, address: func(m route.Match) string { return of(m).Book(m.Book) }},
	{pattern: "/{owner}/{repo}/{book}/{path...}", resource: openBook, address: func(m route.Match) string { return address.Page(of(m).Book(m.Book), m.Path) }},
}

func openContributions(s *site, m route.Match) decision.Resource {
	if s.Contributions == nil {
		return nil
	}
	return contribution.List(&s.Site, s.Contributions, m)
}

func openContribution(s *site, m route.Match) decision.Resource {
	if s.Contributions == nil {
		return nil
	}
	return contribution.One(&s.Site, s.Contributions, m)
}

func contributionOf(m route.Match) string {
	number, _ := strconv.ParseInt(m.Name, 10, 64)
	return of(m).Contribution(number)
}

func archiveContents(s *site, m route.Match) decision.Resource {
	if s.Archive == nil {
		return nil
	}
	return archive.Contents(&s.Site, s.Archive, m)
}

func archiveResource(s *site, m route.Match) decision.Resource {
	if s.Archive == nil {
		return nil
	}
	return archive.Resource(&s.Site, s.Archive, m)
}

// row is a row of the table.
type row struct {
	pattern  string
	resource func(*site, route.Match) decision.Resource // nil: nothing is there; it returns nil if the server is configured without it
	address  func(route.Match) string
	exact    bool // not redirected from the address with a slash at its end
}

func of(m route.Match) address.Repository { return address.Of("", m.Owner+"/"+m.Repo) }

func editionOf(m route.Match) string { return of(m).Edition(m.Book, m.At) }

func comparisonOf(m route.Match) string { return of(m).Comparison(m.Book, m.Old, m.New) }

// patterns holds the patterns of routes, parsed.
var patterns = func() (list []*route.Pattern) {
	for _, r := range routes {
		list = append(list, route.New(r.pattern))
	}
	return list
}()

// lookUp returns the index of the row for an escaped path, -1 if there is none. A
// path that is known without the slash at its end has moved there: so the relative
// address "./" in a page leads to the contents of the book.
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

// resource returns the resource at an escaped path, nil if there is none.
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

// GitEndpoints returns the paths of git's protocol below /OWNER/REPO[.git]/.
func GitEndpoints() (list []string) {
	for _, r := range routes {
		if end, ok := strings.CutPrefix(r.pattern, "/{owner}/{repo}[.git]/"); ok && !strings.Contains(end, "{") {
			list = append(list, end)
		}
	}
	return list
}
