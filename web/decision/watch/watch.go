// Package watch counts how often requests take each edge of the decision table,
// and keeps the traces of the last requests.
//
// A [Watch] observes a [decision.Handler]. Counting allocates nothing and takes
// no lock; traces are kept in a ring of a fixed length.
package watch

import (
	"crypto/rand"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rhaptos/rhaptos/web/decision"
)

// longest limits the bytes of a request target that a record keeps.
const longest = 2 << 10

// Record is a request and how it was answered.
type Record struct {
	Name   string // of the trace; cannot be guessed
	At     time.Time
	Method string
	Target string
	Trace  *decision.Trace
}

// Watch counts edges and keeps traces. It is safe for concurrent use.
type Watch struct {
	counts []atomic.Int64 // two for each decision: yes, no

	mu   sync.Mutex
	ring []*Record // next is the index to be replaced
	next int
}

// New makes a watch that keeps the traces of the last requests, as many as
// traces says; with 0 it only counts.
func New(traces int) *Watch {
	return &Watch{counts: make([]atomic.Int64, 2*len(decision.Table())), ring: make([]*Record, traces)}
}

// Name returns a random name for the trace of a request; empty if traces are
// not kept.
func (w *Watch) Name(*http.Request) string {
	if !w.Keeps() {
		return ""
	}
	return rand.Text()
}

// Keeps reports whether traces are kept.
func (w *Watch) Keeps() bool { return len(w.ring) > 0 }

// Observe counts the edges of a trace, and keeps a copy of it if it has a name.
func (w *Watch) Observe(r *http.Request, t *decision.Trace) {
	for _, s := range t.Steps {
		w.counts[index(decision.Edge{At: s.Decision, Yes: s.Answer})].Add(1)
	}
	if t.Name == "" || !w.Keeps() {
		return
	}
	record := &Record{Name: t.Name, At: time.Now(), Method: r.Method, Target: r.RequestURI[:min(len(r.RequestURI), longest)], Trace: t.Clone()}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ring[w.next] = record
	w.next = (w.next + 1) % len(w.ring)
}

func index(e decision.Edge) int {
	if e.Yes {
		return 2 * int(e.At)
	}
	return 2*int(e.At) + 1
}

// Counts returns how often each edge was walked since the watch was made. Edges
// that never were have no entry.
func (w *Watch) Counts() map[decision.Edge]int64 {
	counts := map[decision.Edge]int64{}
	for _, e := range decision.Edges() {
		if n := w.counts[index(e)].Load(); n > 0 {
			counts[e] = n
		}
	}
	return counts
}

// Find returns the record with the name; nil if it is not kept, or no longer.
func (w *Watch) Find(name string) *Record {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.ring {
		if r != nil && r.Name == name {
			return r
		}
	}
	return nil
}

// Last returns the records that are kept, the latest first.
func (w *Watch) Last() []*Record {
	w.mu.Lock()
	defer w.mu.Unlock()
	var last []*Record
	for i := range w.ring {
		if r := w.ring[(w.next+i)%len(w.ring)]; r != nil {
			last = append(last, r)
		}
	}
	slices.Reverse(last)
	return last
}
