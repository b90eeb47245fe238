// Package feed lists what there is for programs: releases as Atom (RFC 4287), pages
// as sitemaps, the search as an OpenSearch description, and what crawlers may
// fetch as robots.txt.
package feed
