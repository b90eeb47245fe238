// Package lru keeps what was used last, up to a total cost.
package lru

import (
	"container/list"
	"sync"
)

// Cache maps keys to values. It may be used by many goroutines.
type Cache[K comparable, V any] struct {
	mu    sync.Mutex
	most  int64
	cost  int64
	order *list.List // of entry[K, V], the latest in front
	found map[K]*list.Element
}

type entry[K comparable, V any] struct {
	key   K
	value V
	cost  int64
}

// New makes a cache for values that cost at most so much together.
func New[K comparable, V any](most int64) *Cache[K, V] {
	return &Cache[K, V]{most: most, order: list.New(), found: map[K]*list.Element{}}
}

// Get is the value of a key, which becomes the latest used.
func (c *Cache[K, V]) Get(key K) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.found[key]
	if e == nil {
		return value, false
	}
	c.order.MoveToFront(e)
	return e.Value.(entry[K, V]).value, true
}

// Put sets the value of a key and returns what had to go for it: the value
// that the key had, those used the longest ago, or the new one itself if it
// costs more than all of the cache may.
func (c *Cache[K, V]) Put(key K, value V, cost int64) (gone []V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.found[key]; e != nil {
		gone = append(gone, c.remove(e))
	}
	c.found[key] = c.order.PushFront(entry[K, V]{key, value, cost})
	c.cost += cost
	if cost > c.most {
		return append(gone, c.remove(c.found[key]))
	}
	for c.cost > c.most {
		gone = append(gone, c.remove(c.order.Back()))
	}
	return gone
}

// Remove forgets a key and returns its value, if it has one.
func (c *Cache[K, V]) Remove(key K) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.found[key]
	if e == nil {
		return value, false
	}
	return c.remove(e), true
}

// Delete forgets all keys for which f is true and returns their values.
func (c *Cache[K, V]) Delete(f func(K, V) bool) (gone []V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, e := range c.found {
		if f(key, e.Value.(entry[K, V]).value) {
			gone = append(gone, c.remove(e))
		}
	}
	return gone
}

func (c *Cache[K, V]) remove(e *list.Element) V {
	old := c.order.Remove(e).(entry[K, V])
	delete(c.found, old.key)
	c.cost -= old.cost
	return old.value
}
