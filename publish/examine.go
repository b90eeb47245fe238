package publish

import (
	"context"
	"io/fs"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// Examine judges a tree as Judge does, and then by the settings in the tree
// itself: the severities that its rules have there, and the words that are not
// wanted. It is the verdict on which a push, a publication and the check
// command agree. Errors are those of Read.
func Examine(ctx context.Context, fsys fs.FS, facts collection.Facts) (*Judgement, error) {
	settings, _ := ReadSettings(fsys, "")
	if len(settings.Words) > 0 { // their text is needed, which is not among the facts
		lib, problems, err := ReadSettled(ctx, fsys)
		if err != nil {
			return nil, err
		}
		return judgementOf(lib, problems), nil
	}
	j, err := Judge(ctx, fsys, facts)
	if err != nil {
		return nil, err
	}
	j.Problems = settings.apply(j.Problems)
	return j, nil
}

func judgementOf(lib *collection.Library, problems []collection.Problem) *Judgement {
	j := &Judgement{Format: lib.Format, Problems: problems}
	for _, b := range lib.Books {
		j.Books = append(j.Books, JudgedBook{Slug: b.Slug, Title: b.Title})
	}
	return j
}

// ReadSettled is Read with the verdict of Examine, for who needs the books'
// text too.
func ReadSettled(ctx context.Context, fsys fs.FS) (*collection.Library, []collection.Problem, error) {
	settings, _ := ReadSettings(fsys, "")
	lib, problems, err := Read(ctx, fsys)
	if err != nil {
		return nil, nil, err
	}
	words, err := settings.unwanted(lib, fsys)
	if err != nil {
		return nil, nil, err
	}
	return lib, settings.apply(append(problems, words...)), nil
}
