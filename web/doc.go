// Package web is everything that a server does over HTTP: it shows published
// books, takes and serves git's packs and the objects of Git LFS, and receives
// triggers.
//
// The path of a request is looked up once, in the table of routes.go; the row
// makes a resource; web/decision asks the resource, in the order of RFC 9110, and
// sends what follows. These are the rows:
//
//	/
//	/robots.txt
//	/sitemap.xml
//	/favicon.ico
//	/search[.json]
//	/contents/{archived}
//	/resources/{sha1}
//	/apps/archive[-preview]/{version}/contents/{archived}
//	/apps/archive[-preview]/{version}/resources/{sha1}
//	/-/flow[.svg]
//	/-/flow.css
//	/-/flow/traffic[.svg]
//	/-/flow/{trace}[.svg|.json]
//	/-/flow-target
//	/-/flow-target/{target}
//	/-/health
//	/-/ready
//	/-/releases.atom
//	/-/opensearch.xml
//	/-/rules
//	/-/rules/{rule}
//	/-/hooks/{trigger}
//	/-/theme/{path...}
//	/{owner}
//	/{owner}/{repo}[.git]/info/refs
//	/{owner}/{repo}[.git]/git-upload-pack
//	/{owner}/{repo}[.git]/git-upload-archive
//	/{owner}/{repo}[.git]/git-receive-pack
//	/{owner}/{repo}[.git]/info/lfs/{endpoint...}
//	/{owner}/{repo}/-/bundles/{bundle}
//	/{owner}/{repo}.git
//	/{owner}/{repo}
//	/{owner}/{repo}/-/releases[.json|.atom]
//	/{owner}/{repo}/-/pushes[.json]
//	/{owner}/{repo}/-/pushes/{push}[.json|.sarif]
//	/{owner}/{repo}/-/contributions[.json]
//	/{owner}/{repo}/-/contributions/{contribution}[.json]
//	/{owner}/{repo}/-/search[.json]
//	/{owner}/{repo}/-/sitemap.xml
//	/{owner}/{repo}/{book}@{old}...{new}
//	/{owner}/{repo}/{book}@{old}...{new}/{path...}
//	/{owner}/{repo}/{book}@{at}
//	/{owner}/{repo}/{book}@{at}/search[.json]
//	/{owner}/{repo}/{book}@{at}/-/edition.css
//	/{owner}/{repo}/{book}@{at}/-/cover.svg
//	/{owner}/{repo}/{book}@{at}/{path...}
//	/{owner}/{repo}/{book}
//	/{owner}/{repo}/{book}/{path...}
//
// {book}@{at} is an edition of a book: a release by its number, or the draft of a
// branch. What stands in brackets is optional, see web/route. An address that
// ends in a slash is redirected to the one without.
//
// Resources live in this package or in one of its own (git, feed, changes, search,
// flow, archive), over what they share (resource). What they need of git comes through
// interfaces that the server fills.
//
// Pages of books are not rendered here: they were at publication, and come out of
// the blob store. No path ever becomes a file name.
package web
