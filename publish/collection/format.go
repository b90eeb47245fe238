package collection

import (
	"context"
	"errors"
	"io/fs"
)

// Format reads one layout of books. The trees it is given are safe for use by
// many goroutines.
type Format interface {
	// Detect reports whether the tree is laid out in this format.
	Detect(fsys fs.FS) bool

	// Read reads the library. It always returns as much of it as can be
	// understood, with problems for the rest; an error means that the tree
	// itself could not be read (a storage fault, a cancelled context), which
	// says nothing about the books. Of files whose facts are kept only the text
	// is read.
	Read(ctx context.Context, fsys fs.FS, facts Facts) (*Library, []Problem, error)

	// Judge finds the same books and the same problems as Read, without the
	// text of the modules. Files whose facts are kept are not opened.
	Judge(ctx context.Context, fsys fs.FS, facts Facts) (*Library, []Problem, error)
}

// ErrNoBooks says that a tree holds no books in any format.
var ErrNoBooks = errors.New("no books found")

// Read reads the library with the first format that detects it. A tree without
// books gives ErrNoBooks.
func Read(ctx context.Context, fsys fs.FS, facts Facts, formats ...Format) (*Library, []Problem, error) {
	f, err := detect(fsys, formats)
	if err != nil {
		return nil, nil, err
	}
	lib, problems, err := f.Read(ctx, fsys, facts)
	SortProblems(problems)
	return lib, problems, err
}

// Judge judges the library with the first format that detects it. A tree
// without books gives ErrNoBooks.
func Judge(ctx context.Context, fsys fs.FS, facts Facts, formats ...Format) (*Library, []Problem, error) {
	f, err := detect(fsys, formats)
	if err != nil {
		return nil, nil, err
	}
	lib, problems, err := f.Judge(ctx, fsys, facts)
	SortProblems(problems)
	return lib, problems, err
}

func detect(fsys fs.FS, formats []Format) (Format, error) {
	for _, f := range formats {
		if f.Detect(fsys) {
			return f, nil
		}
	}
	return nil, ErrNoBooks
}
