package openstax

import (
	"errors"
	"io/fs"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// fileBytes is the most that one XML file may hold.
const fileBytes = 8 << 20

// memoryFactor is how much memory parsing a file takes at most, as a multiple of its
// size: 58 was measured, of empty elements.
const memoryFactor = 64

// fileAnalysis is what is known about the content of a file.
type fileAnalysis interface {
	// derive finds it in the tree of the file and reports what is wrong.
	derive(root *cnxml.Node, report *collection.Report)
	// code lists the fields.
	code(*analysis.Coder)
}

// analyzed is the analysis of a file, with the problems inside it.
type analyzed[A fileAnalysis] struct {
	result   A
	whole    bool // the file could be parsed; result is empty otherwise
	problems []collection.Problem
}

func (s *analyzed[A]) code(c *analysis.Coder) {
	c.Flag(&s.whole)
	collection.CodeProblems(c, &s.problems)
	s.result.code(c)
}

// analyze returns the analysis of an XML file, or the one that is cached as kind.
// It is nil if there is no such file. content names what is in the file; root
// is its tree if it had to be parsed and could be.
func analyze[A fileAnalysis](r *reader, name, kind string, empty func() A) (s *analyzed[A], content string, root *cnxml.Node, err error) {
	if content, err = r.files.BlobID(name); err != nil {
		return nil, "", nil, err
	}
	if s = recall(r, kind, content, empty); s != nil {
		return s, content, nil, nil
	}
	s = &analyzed[A]{result: empty()}
	end, err := r.files.Begin(name, r.files.Size(name)*memoryFactor)
	if err != nil {
		return nil, "", nil, err
	}
	defer end()
	data, err := r.files.Read(name, fileBytes)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "", nil, nil
	case errors.Is(err, collection.ErrTooLarge):
		s.problems = []collection.Problem{collection.Place{}.Problem(collection.Error, "file-too-large", "the file is larger than 8 MiB; split it")}
		return s, content, nil, nil
	case err != nil:
		return nil, "", nil, err
	}
	if content == "" {
		content = analysis.ContentID(data)
		if known := recall(r, kind, content, empty); known != nil {
			return known, content, nil, nil
		}
	}
	root, faults := cnxml.Parse(data, cnxml.Limits{Bytes: fileBytes})
	report := collection.NewReport("")
	report.Faults(faults)
	if s.whole = root != nil; s.whole {
		s.result.derive(root, report)
	}
	s.problems = report.Problems()
	analysis.Store(r.kept, kind, content, s.code)
	return s, content, root, nil
}

func recall[A fileAnalysis](r *reader, kind, blob string, empty func() A) *analyzed[A] {
	s := &analyzed[A]{result: empty()}
	if !analysis.Load(r.kept, kind, blob, s.code) {
		return nil
	}
	return s
}
