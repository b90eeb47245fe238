package access

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/lru"
)

// How many wrong credentials an address may send.
const (
	guessEvery = 6 * time.Second // one in this time, after those that it may send at once
	mostWait   = time.Minute     // however many were sent together

	// Credentials that were right are looked up for this long even while their
	// address has to wait: others behind the same address may be at fault.
	rightFor = time.Hour

	guessMemory = 1 << 14 // addresses, and right credentials, that are remembered
)

// guesses counts wrong credentials by address. Memory is bounded: what was used the
// longest time ago is forgotten. It may be used by many goroutines.
type guesses struct {
	burst  time.Duration // until what an address may send at once is forgotten, but for one
	mu     sync.Mutex
	filled *lru.Cache[string, time.Time] // by address: when all its wrong credentials will be forgotten
	proven *lru.Cache[guess, time.Time]  // when the credentials were right
}

// guess identifies an address together with credentials, without being a secret.
type guess [sha256.Size]byte

func guessOf(address, name, token string) guess {
	return sha256.Sum256([]byte(address + "\x00" + name + "\x00" + token))
}

// newGuesses returns guesses of which an address may send so many at once.
func newGuesses(burst int) *guesses {
	return &guesses{burst: time.Duration(burst-1) * guessEvery, filled: lru.New[string, time.Time](guessMemory), proven: lru.New[guess, time.Time](guessMemory)}
}

// wait returns for how long the credentials must not be looked up; 0: they may be.
func (g *guesses) wait(address string, credentials guess, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if at, ok := g.proven.Get(credentials); ok && now.Sub(at) < rightFor {
		return 0
	}
	filled, _ := g.filled.Get(address)
	return max(filled.Add(-g.burst).Sub(now), 0)
}

// right notes that the credentials were right.
func (g *guesses) right(credentials guess, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.proven.Put(credentials, now, 1)
}

// wrong notes that the credentials were wrong. It reports whether the address has
// to wait from now on. Every wrong credential takes guessEvery to be forgotten.
func (g *guesses) wrong(address string, credentials guess, now time.Time) (starts bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.proven.Remove(credentials)
	filled, _ := g.filled.Get(address)
	if filled.Before(now) {
		filled = now
	}
	limit := now.Add(g.burst)
	after := filled.Add(guessEvery)
	if most := limit.Add(mostWait); after.After(most) {
		after = most
	}
	g.filled.Put(address, after, 1)
	return !filled.After(limit) && after.After(limit)
}
