package gitserver

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"
)

// FetchLimits bound the native git processes that serve fetches at the same time.
// Responses from memory or from the cache do not count.
type FetchLimits struct {
	All       int           // processes in all
	PerClient int           // processes for one client
	Wait      time.Duration // how long a client waits for its turn
}

func (l FetchLimits) orDefaults() FetchLimits {
	return FetchLimits{All: cmp.Or(l.All, 16), PerClient: cmp.Or(l.PerClient, 8), Wait: cmp.Or(l.Wait, 15*time.Second)}
}

// BusyError reports that a fetch exceeded the [FetchLimits].
type BusyError struct {
	Own        bool // the limit is the client's own
	RetryAfter time.Duration
}

func (e *BusyError) Error() string {
	who := "too many fetches are under way"
	if e.Own {
		who = "too many fetches of yours are under way"
	}
	return fmt.Sprintf("%s: try again in %d seconds", who, int(e.RetryAfter.Seconds()))
}

// limiter counts the processes that serve fetches.
type limiter struct {
	limits FetchLimits

	mu      sync.Mutex
	all     int
	clients map[string]int
	freed   chan struct{} // closed, and replaced, whenever one ends
}

func newLimiter(limits FetchLimits) *limiter {
	return &limiter{limits: limits, clients: map[string]int{}, freed: make(chan struct{})}
}

// take waits until another process may start for the client, and counts it. Call
// end when it has ended.
func (l *limiter) take(ctx context.Context, client string) (end func(), err error) {
	patience, cancel := context.WithTimeout(ctx, l.limits.Wait)
	defer cancel()
	for {
		freed, own := l.try(client)
		if freed == nil {
			return sync.OnceFunc(func() { l.free(client) }), nil
		}
		select {
		case <-freed:
			continue
		case <-patience.Done():
		}
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		return nil, &BusyError{Own: own, RetryAfter: max(l.limits.Wait, time.Second)}
	}
}

// try counts a process for the client. If a limit is reached, freed is closed when
// the next process ends, and own says whether the limit is the client's own.
func (l *limiter) try(client string) (freed <-chan struct{}, own bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	own = l.clients[client] >= l.limits.PerClient
	if own || l.all >= l.limits.All {
		return l.freed, own
	}
	l.all++
	l.clients[client]++
	return nil, false
}

func (l *limiter) free(client string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	if l.clients[client]--; l.clients[client] == 0 {
		delete(l.clients, client)
	}
	close(l.freed)
	l.freed = make(chan struct{})
}
