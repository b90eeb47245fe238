// Package web is the read-only view of published books over HTTP.
//
// A path is read once, by one router, into a route; a route leads to a
// resource; the decision flow of web/decision asks the resource and sends what
// follows. Each resource is a file of its own:
//
//	/                            catalogue.go
//	/OWNER/REPO                  repository.go
//	/OWNER/REPO/-/releases       releases.go
//	/OWNER/REPO/BOOK[/PAGE]      book.go: leads to the latest release
//	/OWNER/REPO/BOOK@N           contents.go: of a release or a draft
//	/OWNER/REPO/BOOK@N/PAGE      file.go: a page or any other file of it
//	/-/theme/NAME, /favicon.ico  asset.go
//	/-/health, /-/ready          health.go
//	/-/hooks/NAME                trigger.go
//	/robots.txt                  robots.go
//	/sitemap.xml                 sitemap.go
//
// The paths of git go to a handler that is passed in. Nothing
// here renders a page of a book: pages were made when they were published, and
// come out of the blob store as they are. No path ever becomes a file name.
package web
