package tree

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// ErrTooLarge says that an object was not read for its size.
var ErrTooLarge = errors.New("too large")

// Raw is the content of an object, which must be of the kind. One of more than
// most bytes is [ErrTooLarge], and is not read.
func (o *Objects) Raw(kind plumbing.ObjectType, h plumbing.Hash, most int64) ([]byte, error) {
	size, err := o.size(h)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return nil, fmt.Errorf("%s %s: %w", kind, h, plumbing.ErrObjectNotFound)
	}
	if err != nil {
		return nil, err
	}
	if size > most {
		return nil, fmt.Errorf("%s %s: %w: %d bytes", kind, h, ErrTooLarge, size)
	}
	return o.content(kind, h)
}

// content is the whole content of an object.
func (o *Objects) content(kind plumbing.ObjectType, h plumbing.Hash) ([]byte, error) {
	var b []byte
	err := o.read(kind, h, func(obj plumbing.EncodedObject, _ storer.EncodedObjectStorer) error {
		r, err := obj.Reader()
		if err != nil {
			return err
		}
		defer r.Close()
		b = make([]byte, obj.Size())
		_, err = io.ReadFull(r, b)
		return err
	})
	return b, err
}
