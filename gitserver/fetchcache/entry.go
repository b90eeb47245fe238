package fetchcache

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
)

// errNotAdmitted ends an entry whose producer was not let in.
var errNotAdmitted = errors.New("the producer was not admitted")

// errAbandoned stops a producer.
var errAbandoned = errors.New("the response has no reader left")

// entry is one response: a file that grows until it is whole.
type entry struct {
	cache      *Cache
	repository string
	key        Key
	path       string
	readers    int // guarded by the cache's lock

	mu      sync.Mutex
	changed *sync.Cond
	out     *os.File
	size    int64
	begun   bool
	ended   bool
	err     error // why it is not whole
	cancel  context.CancelCauseFunc
}

// Write implements [io.Writer] for the producer.
func (e *entry) Write(p []byte) (int, error) {
	n, err := e.out.Write(p)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.size += int64(n)
	e.changed.Broadcast()
	return n, err
}

func (e *entry) begin(cancel context.CancelCauseFunc) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.begun, e.cancel = true, cancel
	e.changed.Broadcast()
}

// finish ends the file. Its place in the cache is settled before readers learn
// of it, so that who is turned away does not find it again.
func (e *entry) finish(err error) {
	err = errors.Join(err, e.out.Close())
	e.cache.settle(e, e.size, err) // nobody else writes
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended, e.err = true, err
	e.changed.Broadcast()
}

// abandon stops the producer, if it still runs.
func (e *entry) abandon() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cancel != nil {
		e.cancel(errAbandoned)
	}
}

// remove takes the file away; who has it open reads on. One that cannot be
// removed goes at the next start.
func (e *entry) remove() { _ = os.Remove(e.path) }

func (e *entry) wake() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.changed.Broadcast()
}

// admitted waits until it is known whether the producer may begin.
func (e *entry) admitted(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for !e.begun && !e.ended && ctx.Err() == nil {
		e.changed.Wait()
	}
	switch {
	case e.begun:
		return nil
	case e.ended:
		return e.err
	}
	return context.Cause(ctx)
}

// beyond waits until there is more than offset bytes, and returns how many
// there are. At the end the error is io.EOF, or what went wrong.
func (e *entry) beyond(ctx context.Context, offset int64) (int64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for e.size == offset && !e.ended && ctx.Err() == nil {
		e.changed.Wait()
	}
	switch {
	case e.size > offset:
		return e.size, nil
	case !e.ended:
		return 0, context.Cause(ctx)
	case e.err != nil:
		return 0, e.err
	}
	return 0, io.EOF
}

// Response reads one cached response from its beginning. It is for one goroutine.
type Response struct {
	entry  *entry
	file   *os.File
	ctx    context.Context // of the reader
	stop   func() bool
	offset int64
}

// Whole returns the file and its size in bytes if the response is complete. The
// file's offset is where reading has got to; the file belongs to the response.
func (a *Response) Whole() (file *os.File, size int64, ok bool) {
	a.entry.mu.Lock()
	defer a.entry.mu.Unlock()
	return a.file, a.entry.size, a.entry.ended && a.entry.err == nil
}

// Wait waits until the response is complete; the error says why it never will be.
func (a *Response) Wait() error {
	a.entry.mu.Lock()
	defer a.entry.mu.Unlock()
	for !a.entry.ended && a.ctx.Err() == nil {
		a.entry.changed.Wait()
	}
	if !a.entry.ended {
		return context.Cause(a.ctx)
	}
	return a.entry.err
}

// WriteTo implements [io.WriterTo]: it sends what is there, and what comes, as
// it comes. An error of the producer is returned when all that it wrote is sent.
func (a *Response) WriteTo(w io.Writer) (int64, error) {
	begin := a.offset
	for {
		size, err := a.entry.beyond(a.ctx, a.offset)
		if errors.Is(err, io.EOF) {
			return a.offset - begin, nil
		}
		if err != nil {
			return a.offset - begin, err
		}
		n, err := io.CopyN(w, a.file, size-a.offset)
		a.offset += n
		if err != nil {
			return a.offset - begin, err
		}
	}
}

// Close ends the reading.
func (a *Response) Close() error {
	a.stop()
	a.entry.cache.leave(a.entry)
	return a.file.Close()
}
