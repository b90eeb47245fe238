package publish

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// Examine judges a tree as Judge does, and then by the settings in the tree
// itself: the severities that rules have there, the words that are not wanted,
// and what is wrong with the settings. It is the verdict on which a push, a
// publication and the check command agree. A tree without books gives a
// judgement without books; any error means that the tree could not be read. A
// tree may have a method Missing that lists the files which it has no content of.
func Examine(ctx context.Context, fsys fs.FS, facts collection.Facts) (*Judgement, error) {
	settings, faults := ReadSettings(fsys, "")
	j, err := settings.judge(ctx, fsys, facts)
	switch {
	case errors.Is(err, collection.ErrNoBooks):
		j = &Judgement{}
	case err != nil:
		return nil, err
	}
	var slugs []string
	for _, b := range j.Books {
		slugs = append(slugs, b.Slug)
	}
	j.Problems = slices.Concat(settings.apply(j.Problems), faults, settings.strangers(slugs))
	collection.SortProblems(j.Problems)
	return j, nil
}

func (s *Settings) judge(ctx context.Context, fsys fs.FS, facts collection.Facts) (*Judgement, error) {
	if len(s.Words) == 0 {
		return Judge(ctx, fsys, facts)
	}
	// The text is needed, which is not among the facts.
	lib, problems, err := Read(ctx, fsys, facts)
	if err != nil {
		return nil, err
	}
	words, err := s.unwanted(lib, fsys)
	if err != nil {
		return nil, err
	}
	return judgementOf(lib, append(problems, words...)), nil
}

func judgementOf(lib *collection.Library, problems []collection.Problem) *Judgement {
	j := &Judgement{Formats: lib.Formats, Problems: problems}
	for _, b := range lib.Books {
		j.Books = append(j.Books, JudgedBook{Slug: b.Slug, Title: b.Title})
	}
	return j
}

// readSettled is Read with the problems of Examine, for who needs the books'
// text too.
func readSettled(ctx context.Context, fsys fs.FS, facts collection.Facts) (*collection.Library, []collection.Problem, error) {
	settings, faults := ReadSettings(fsys, "")
	lib, problems, err := Read(ctx, fsys, facts)
	if err != nil {
		return nil, nil, err
	}
	words, err := settings.unwanted(lib, fsys)
	if err != nil {
		return nil, nil, err
	}
	var slugs []string
	for _, b := range lib.Books {
		slugs = append(slugs, b.Slug)
	}
	problems = slices.Concat(settings.apply(append(problems, words...)), faults, settings.strangers(slugs))
	settings.describe(lib.Books)
	collection.SortProblems(problems)
	return lib, problems, nil
}
