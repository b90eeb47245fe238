// Package offline writes a release as a site that is read without a server: a
// page of contents with a search, all pages in the look of the release, and
// their media, in a zip or in a folder.
package offline
