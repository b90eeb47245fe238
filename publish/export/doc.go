// Package export offers releases as files to download: an EPUB, a PDF, a zip to be
// read without a server, the sources, and the archive's JSON that
// OpenStax-style readers fetch. The packages below it write them.
//
//   - A Format is one of the files that can be made of a release.
//   - An Export is the row of one such file: pending, ready or failed.
//   - Exports generates them, in the background after a release has appeared or
//     on request, and records them.
//
// Nothing is rendered again. The row is the truth and the job only wakes a
// worker, as with publications.
package export
