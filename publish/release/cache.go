package release

import (
	"container/list"
	"sync"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
)

// cache keeps the manifests that were asked for last.
type cache struct {
	mu    sync.Mutex
	size  int
	order *list.List // of cached, the latest in front
	found map[blobstore.Digest]*list.Element
}

type cached struct {
	digest   blobstore.Digest
	manifest *Manifest
}

func newCache(size int) *cache {
	return &cache{size: size, order: list.New(), found: map[blobstore.Digest]*list.Element{}}
}

func (c *cache) get(d blobstore.Digest) *Manifest {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.found[d]
	if e == nil {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(cached).manifest
}

func (c *cache) put(d blobstore.Digest, m *Manifest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.found[d] != nil {
		return
	}
	c.found[d] = c.order.PushFront(cached{d, m})
	for c.order.Len() > c.size {
		last := c.order.Remove(c.order.Back()).(cached)
		delete(c.found, last.digest)
	}
}
