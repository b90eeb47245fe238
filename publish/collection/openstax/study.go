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

// fact is what is known about the content of a file.
type fact interface {
	// derive finds them in the tree of the file and reports what is wrong.
	derive(root *cnxml.Node, report *collection.Report)
	// code lists the fields.
	code(*analysis.Coder)
}

// studied are facts with what is wrong inside the file.
type studied[F fact] struct {
	facts    F
	whole    bool // the file could be parsed; there are no facts otherwise
	problems []collection.Problem
}

func (s *studied[F]) code(c *analysis.Coder) {
	c.Flag(&s.whole)
	collection.CodeProblems(c, &s.problems)
	s.facts.code(c)
}

// study finds the facts of an XML file, or takes those that are kept as kind.
// It is nil if there is no such file. content names what is in the file; root
// is its tree if it had to be parsed and could be.
func study[F fact](r *reader, name, kind string, empty func() F) (s *studied[F], content string, root *cnxml.Node, err error) {
	if content, err = r.files.BlobID(name); err != nil {
		return nil, "", nil, err
	}
	if s = recall(r, kind, content, empty); s != nil {
		return s, content, nil, nil
	}
	s = &studied[F]{facts: empty()}
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
		s.facts.derive(root, report)
	}
	s.problems = report.Problems()
	analysis.Store(r.kept, kind, content, s.code)
	return s, content, root, nil
}

func recall[F fact](r *reader, kind, blob string, empty func() F) *studied[F] {
	s := &studied[F]{facts: empty()}
	if !analysis.Load(r.kept, kind, blob, s.code) {
		return nil
	}
	return s
}
