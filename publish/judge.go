package publish

import (
	"context"
	"io/fs"

	"github.com/rhaptos/rhaptos/publish/analysis"
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

// Judge is what Read finds, without the library. cache may be nil. Errors are
// those of Read.
func Judge(ctx context.Context, fsys fs.FS, cache analysis.Cache) (*Judgement, error) {
	lib, problems, err := Read(ctx, fsys, cache)
	if err != nil {
		return nil, err
	}
	return judgementOf(lib, problems), nil
}

func judgementOf(lib *collection.Library, problems []collection.Problem) *Judgement {
	j := &Judgement{Formats: lib.Formats, Problems: problems}
	for _, b := range lib.Books {
		j.Books = append(j.Books, JudgedBook{Slug: b.Slug, Title: b.Title})
	}
	return j
}
