// Package publish makes releases of books out of commits: one job in, one
// release of every changed book out.
//
//   - A Publication is a commit that is to become releases or drafts. The
//     publications of a repository are numbered and take effect in that order,
//     each exactly once.
//   - A Source gives the tree of a commit.
//   - A Theme gives pages their outer form.
//   - An Announcer tells the world about a release.
//   - Settings are what a repository says about itself in .rhaptos.toml.
//
// A publication is requested by a row and a job in the transaction that moves
// the ref. The row is the truth, the job only wakes a worker: a job too many,
// or one that is worked twice, does nothing. The worker stores every file,
// then the manifests that name them, and then writes the release rows, the
// publication's end and its announcements in one transaction.
package publish

import (
	"context"
	"io/fs"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/mdbook"
	"github.com/rhaptos/rhaptos/publish/collection/openstax"
	"github.com/rhaptos/rhaptos/publish/render"
)

// Read reads and judges the library in a tree, in whichever formats it is laid
// out: by this a push is taken or refused, and a book published. Of files whose
// facts are kept nothing is read, so that the cost follows what has changed
// since; the modules' texts are read when they are wanted. A tree without books gives [collection.ErrNoBooks];
// any other error means that the tree could not be read, which says nothing
// about the books. cache may be nil.
func Read(ctx context.Context, fsys fs.FS, cache analysis.Cache) (*collection.Library, []collection.Problem, error) {
	if cache == nil {
		cache = analysis.None{}
	}
	lib, problems, err := collection.Read(ctx, fsys, cache, formats...)
	return lib, withMissing(fsys, problems), err
}

// formats are those that are known. What has to be parsed is surveyed in the
// same go for the numbering of its books.
var formats = []collection.Format{openstax.Format{Survey: render.Survey}, mdbook.Format{Survey: render.Survey}}
