package release

import (
	"bytes"
	"slices"
	"strings"
)

// Equivalent reports whether two manifests are the same book to its readers: its
// data, its contents, its pages and media. How files were made and coded is
// nothing to them, and what the theme brings along (below "-/") is not the
// author's: a style sheet that has changed comes with the next release, and
// makes none by itself.
func (m *Manifest) Equivalent(other *Manifest) bool {
	a, err := m.seen().Encode()
	if err != nil {
		return false
	}
	b, err := other.seen().Encode()
	return err == nil && bytes.Equal(a, b)
}

// seen is the manifest without what makes no difference to readers.
func (m *Manifest) seen() *Manifest {
	c := *m
	c.Files = slices.DeleteFunc(slices.Clone(m.Files), func(f File) bool { return strings.HasPrefix(f.Path, "-/") })
	for i := range c.Files {
		c.Files[i].Source, c.Files[i].Variants = "", nil
	}
	return &c
}
