// Package feed tells programs what there is: releases as Atom (RFC 4287), pages
// as sitemaps, the search as an OpenSearch description, and what crawlers may
// fetch as robots.txt.
package feed
