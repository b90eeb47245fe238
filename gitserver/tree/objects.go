// Package tree shows the tree of a commit as an fs.FS, so that whoever reads
// books need not know about git.
package tree

import (
	"errors"
	"fmt"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// Objects reads git objects from one or more git directories, the first that
// has an object wins: a quarantine before the mirror that it belongs to.
// It may be used by many goroutines, and sees the packs that were there when it
// was opened, also when they have been removed since.
type Objects struct {
	mu     sync.Mutex // go-git's storage is not safe for concurrent use
	stores []*filesystem.Storage
	dirs   []*pinned
}

// Open opens the git directories, each a folder that contains objects/pack. No
// pack may be on its way into one of them at that moment: a pack without its
// index is an error.
func Open(dirs ...string) (*Objects, error) {
	o := &Objects{}
	for _, dir := range dirs {
		p, err := pin(dir)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open the objects in %s: %w", dir, err), o.Close())
		}
		o.dirs = append(o.dirs, p)
		// Blobs are read whole: with LargeObjectThreshold go-git streams them,
		// and gives wrong bytes for a delta that copies from behind to before.
		s := filesystem.NewStorageWithOptions(p, cache.NewObjectLRU(16*cache.MiByte), filesystem.Options{KeepDescriptors: true})
		o.stores = append(o.stores, s)
		// Looking for anything makes it read the indexes.
		if err := s.HasEncodedObject(plumbing.ZeroHash); err != nil && !errors.Is(err, plumbing.ErrObjectNotFound) {
			return nil, errors.Join(fmt.Errorf("open the objects in %s: %w", dir, err), o.Close())
		}
	}
	return o, nil
}

// Close gives back the open files.
func (o *Objects) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var errs []error
	for _, s := range o.stores {
		errs = append(errs, s.Close())
	}
	for _, p := range o.dirs {
		p.close()
	}
	return errors.Join(errs...)
}

// read calls f with the object while nobody else reads.
func (o *Objects) read(t plumbing.ObjectType, h plumbing.Hash, f func(plumbing.EncodedObject, storer.EncodedObjectStorer) error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.stores {
		obj, err := s.EncodedObject(t, h)
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("object %s: %w", h, err)
		}
		return f(obj, s)
	}
	return fmt.Errorf("%s %s: %w", t, h, plumbing.ErrObjectNotFound)
}

// Peel follows annotated tags to the object behind them and says its type. An
// object that is no tag is its own peel.
func (o *Objects) Peel(h plumbing.Hash) (plumbing.Hash, plumbing.ObjectType, error) {
	// A tag can only name an object that existed before it, so this ends.
	for {
		next, kind := h, plumbing.InvalidObject
		err := o.read(plumbing.AnyObject, h, func(obj plumbing.EncodedObject, s storer.EncodedObjectStorer) error {
			if kind = obj.Type(); kind != plumbing.TagObject {
				return nil
			}
			tag, err := object.DecodeTag(s, obj)
			if err == nil {
				next = tag.Target
			}
			return err
		})
		if err != nil || kind != plumbing.TagObject {
			return h, kind, err
		}
		h = next
	}
}

// tree reads one tree object.
func (o *Objects) tree(h plumbing.Hash) (*object.Tree, error) {
	var t *object.Tree
	err := o.read(plumbing.TreeObject, h, func(obj plumbing.EncodedObject, s storer.EncodedObjectStorer) (err error) {
		t, err = object.DecodeTree(s, obj)
		return err
	})
	return t, err
}

// blob reads one whole blob.
func (o *Objects) blob(h plumbing.Hash) ([]byte, error) { return o.content(plumbing.BlobObject, h) }

// size is an object's length in bytes, without reading it.
func (o *Objects) size(h plumbing.Hash) (int64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.stores {
		n, err := s.EncodedObjectSize(h)
		if !errors.Is(err, plumbing.ErrObjectNotFound) {
			return n, err
		}
	}
	return 0, fmt.Errorf("object %s: %w", h, plumbing.ErrObjectNotFound)
}

// commit reads one commit.
func (o *Objects) commit(h plumbing.Hash) (*object.Commit, error) {
	var c *object.Commit
	err := o.read(plumbing.CommitObject, h, func(obj plumbing.EncodedObject, s storer.EncodedObjectStorer) (err error) {
		c, err = object.DecodeCommit(s, obj)
		return err
	})
	return c, err
}
