// Package fetchcache caches complete responses to fetches in files.
//
// The response for a key is produced once, however many clients ask for it at
// the same time: one producer writes a file, and all readers follow it as it
// grows. The producer belongs to no reader; it is stopped when the last reader
// has gone. Complete responses are kept up to a number of bytes and evicted least
// recently used first. Failed ones are not kept.
package fetchcache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/rhaptos/rhaptos/gitserver/lru"
)

// Key identifies a response: a digest of everything that it depends on.
type Key [32]byte

// Producer writes a response to w. It returns nil only if the response is
// complete. Its context ends when nobody reads any more.
type Producer func(ctx context.Context, w io.Writer) error

// Admission waits until a producer may begin, and returns what to call when it
// has ended. Its error is that of whoever asked.
type Admission func(ctx context.Context) (end func(), err error)

// ErrNoRoom says that a response cannot be kept, because the folder cannot be written
// to or is about to be full. It may be sent all the same.
var ErrNoRoom = errors.New("no room for the response")

// reserve is how many bytes of the disk the cache leaves free: a response that outgrows
// what is free would be cut off.
const reserve = 256 << 20

// overhead is the cost of a file in bytes beside its content, so that small files
// are bounded too.
const overhead = 4 << 10

// Cache is a folder of responses.
type Cache struct {
	dir string

	mu      sync.Mutex
	growing map[Key]*entry
	whole   *lru.Cache[Key, *entry]
}

// Open opens a cache of at most so many bytes in the folder dir, and empties it: a
// response does not outlive the process. Responses that are being produced do not
// count towards the limit.
func Open(dir string, bytes int64) (*Cache, error) {
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return &Cache{dir: dir, growing: map[Key]*entry{}, whole: lru.New[Key, *entry](bytes)}, nil
}

// Get returns the response for the key. If it is neither cached nor being
// produced, produce is started once admit lets it. The caller closes the response.
// The error of one that cannot be kept matches [ErrNoRoom]; nothing was produced.
func (c *Cache) Get(ctx context.Context, repositoryID string, key Key, admit Admission, produce Producer) (*Response, error) {
	for {
		a, first, err := c.join(ctx, repositoryID, key)
		if err != nil {
			return nil, err
		}
		if first {
			end, err := admit(ctx)
			if err != nil {
				a.entry.finish(errNotAdmitted)
				a.Close()
				return nil, err
			}
			c.start(ctx, a.entry, produce, end)
			return a, nil
		}
		err = a.entry.admitted(ctx)
		if err == nil {
			return a, nil
		}
		a.Close()
		if !errors.Is(err, errNotAdmitted) {
			return nil, err
		}
		// Who was first may not: it is the next one's turn.
	}
}

// join opens the response that is cached or being produced. If there is none it
// creates an entry, and first is true.
func (c *Cache) join(ctx context.Context, repositoryID string, key Key) (a *Response, first bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.growing[key]
	if e == nil {
		e, _ = c.whole.Get(key)
	}
	var file *os.File
	if e != nil {
		// Somebody may have cleared the folder: then it is produced again.
		if file, err = os.Open(e.path); err != nil {
			e = nil
		}
	}
	if e == nil {
		first = true
		if e, file, err = c.create(repositoryID, key); err != nil {
			return nil, false, err
		}
		c.growing[key] = e
	}
	e.readers++
	a = &Response{entry: e, file: file, ctx: ctx}
	a.stop = context.AfterFunc(ctx, e.wake)
	return a, first, nil
}

func (c *Cache) create(repositoryID string, key Key) (*entry, *os.File, error) {
	if free, err := freeBytes(c.dir); err == nil && free < reserve {
		return nil, nil, fmt.Errorf("%w: %d bytes are free", ErrNoRoom, free)
	}
	out, err := os.CreateTemp(c.dir, fmt.Sprintf("%x-", key[:8]))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrNoRoom, err)
	}
	in, err := os.Open(out.Name())
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("cache the response: %w", err), out.Close(), os.Remove(out.Name()))
	}
	e := &entry{cache: c, repository: repositoryID, key: key, path: out.Name(), out: out}
	e.changed = sync.NewCond(&e.mu)
	return e, in, nil
}

// start lets the producer run until it ends or nobody reads.
func (c *Cache) start(ctx context.Context, e *entry, produce Producer, end func()) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	e.begin(cancel)
	go func() {
		defer end()
		defer cancel(nil)
		e.finish(produce(ctx, e))
	}()
}

// settle puts an entry that has ended in its place: kept, or removed.
func (c *Cache) settle(e *entry, size int64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.growing[e.key] != e {
		e.remove() // purged, or nobody wanted it any more
		return
	}
	delete(c.growing, e.key)
	if err != nil {
		e.remove()
		return
	}
	for _, old := range c.whole.Put(e.key, e, size+overhead) {
		old.remove()
	}
}

// leave counts a reader out, and stops the producer behind the last one.
func (c *Cache) leave(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.readers--; e.readers > 0 {
		return
	}
	if c.growing[e.key] == e {
		delete(c.growing, e.key)
	}
	e.abandon()
}

// Purge removes the responses of a repository. Readers of one may read it to its
// end.
func (c *Cache) Purge(repositoryID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, e := range c.growing {
		if e.repository == repositoryID {
			delete(c.growing, key)
		}
	}
	for _, e := range c.whole.Delete(func(_ Key, e *entry) bool { return e.repository == repositoryID }) {
		e.remove()
	}
}
