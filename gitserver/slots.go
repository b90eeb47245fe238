package gitserver

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// FetchLimits bound how much native git works for fetches at the same time.
// What is answered from memory or from an answer that is there counts nowhere.
type FetchLimits struct {
	All       int           // processes in all
	PerClient int           // processes for one client
	Wait      time.Duration // how long a client waits for its turn before it is sent away
}

// BusyError says that a fetch found no place within the [FetchLimits].
type BusyError struct {
	Own        bool // the client itself has all that it may
	RetryAfter time.Duration
}

func (e *BusyError) Error() string {
	who := "too many fetches are under way"
	if e.Own {
		who = "too many fetches of yours are under way"
	}
	return fmt.Sprintf("%s: try again in %d seconds", who, int(e.RetryAfter.Seconds()))
}

// slots counts the processes that work for fetches.
type slots struct {
	mu      sync.Mutex
	all     int
	clients map[string]int
	freed   chan struct{} // closed, and replaced, whenever one ends
}

func newSlots() *slots { return &slots{clients: map[string]int{}, freed: make(chan struct{})} }

// take waits for a place. What it returns gives the place back.
func (s *slots) take(ctx context.Context, limits FetchLimits, client string) (end func(), err error) {
	patience, cancel := context.WithTimeout(ctx, limits.Wait)
	defer cancel()
	for {
		freed, own := s.try(limits, client)
		if freed == nil {
			return sync.OnceFunc(func() { s.free(client) }), nil
		}
		select {
		case <-freed:
			continue
		case <-patience.Done():
		}
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		return nil, &BusyError{Own: own, RetryAfter: max(limits.Wait, time.Second)}
	}
}

// try takes a place, or returns what is closed when it is worth trying again
// and whether it is the client's own limit that is in the way.
func (s *slots) try(limits FetchLimits, client string) (freed <-chan struct{}, own bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	own = s.clients[client] >= limits.PerClient
	if own || s.all >= limits.All {
		return s.freed, own
	}
	s.all++
	s.clients[client]++
	return nil, false
}

func (s *slots) free(client string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.clients[client]--; s.clients[client] == 0 {
		delete(s.clients, client)
	}
	close(s.freed)
	s.freed = make(chan struct{})
}
