// Package export makes what people carry away of a release: an EPUB, a zip to
// be read without a server, the sources, a PDF, and the archive's JSON that
// OpenStax-style readers fetch.
//
// All of them are made from an Edition: the release's manifest, its stored
// pages and media, and for the sources the tree of its commit. Nothing is
// rendered again. Equal editions give equal bytes: names are numbered in the
// order of the contents and times are those of the release.
//
//   - A Format is one of the files that can be made of a release.
//   - An Export is the row of one such file: wanted, made or failed.
//   - Exports makes them, in the background after a release has appeared or
//     when somebody asks, and remembers them.
//
// The row is the truth and the job only wakes a worker, as with publications.
package export
