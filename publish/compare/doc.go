// Package compare says what has changed between two editions of a book, which
// are releases or drafts: which pages and media, and within a page which words.
//
//   - A Comparison is two manifests. What they name by one digest is the same
//     and is not opened.
//   - Changes is the list of what differs.
//   - A Difference is one page as it is rendered, with ins and del elements
//     around what was added to it and removed from it.
//
// Nothing is rendered again: a stored page is parsed and its article compared
// with the other's, first by blocks (paragraphs, list items, rows of tables),
// then by words within the blocks that belong together. Formulas and images
// are compared as wholes. Numbers that the book's structure gives are no text: a
// block in which nothing else differs is the same block, and a page in which
// nothing else does is found without a tree. Whatever authors write, the time and
// what is written are about linear in the size of the pages: where two passages
// have too little in common they are shown as one that went and one that came,
// and where a bound was reached that is said.
package compare

import (
	"context"
	"io"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/release"
)

// Blobs opens stored files: a [blobstore.Store].
type Blobs interface {
	Open(ctx context.Context, d blobstore.Digest) (io.ReadSeekCloser, error)
}

// Comparison compares two editions of one book. It may be used by many
// goroutines at a time.
type Comparison struct {
	old, new *release.Manifest
	blobs    Blobs
	pairs    []pair
}

// New prepares the comparison of two editions, which must not change any more.
func New(blobs Blobs, old, new *release.Manifest) *Comparison {
	return &Comparison{old: old, new: new, blobs: blobs, pairs: pairPages(old, new)}
}
