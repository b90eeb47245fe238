package publish

import (
	"context"
	"io/fs"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// Judgement is what a tree holds and what is wrong with it.
type Judgement struct {
	Formats  []string // "openstax", "mdbook"
	Books    []JudgedBook
	Problems []collection.Problem // sorted; see collection.SortProblems
}

// JudgedBook is a book as far as an address needs it.
type JudgedBook struct {
	Slug  string
	Title string
}

// Judge finds the same books and problems in a tree as Read does, without
// keeping the books' text. Of files whose facts are kept nothing is read, so
// that the cost follows what has changed since; facts may be nil. Errors are
// those of Read.
func Judge(ctx context.Context, fsys fs.FS, facts collection.Facts) (*Judgement, error) {
	if facts == nil {
		facts = collection.NoFacts{}
	}
	lib, problems, err := collection.Judge(ctx, fsys, facts, formats...)
	if err != nil {
		return nil, err
	}
	return judgementOf(lib, withMissing(fsys, problems)), nil
}
