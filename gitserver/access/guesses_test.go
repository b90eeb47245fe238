package access

import (
	"fmt"
	"testing"
	"time"
)

const guessBurst = 20

func TestGuesses(t *testing.T) {
	g, now := newGuesses(guessBurst), time.Now()
	try := func(address, token string) time.Duration {
		wait := g.wait(address, guessOf(address, "ann", token), now)
		if wait == 0 {
			g.wrong(address, guessOf(address, "ann", token), now)
		}
		return wait
	}
	for i := range guessBurst {
		if wait := try("192.0.2.1", fmt.Sprint(i)); wait != 0 {
			t.Fatalf("wrong credentials %d: has to wait %v", i, wait)
		}
	}
	if wait := try("192.0.2.1", "next"); wait != guessEvery {
		t.Errorf("after %d wrong credentials: has to wait %v, want %v", guessBurst, wait, guessEvery)
	}
	if wait := try("192.0.2.2", "next"); wait != 0 {
		t.Errorf("another address has to wait %v", wait)
	}
	now = now.Add(guessEvery)
	if wait := try("192.0.2.1", "later"); wait != 0 {
		t.Errorf("after the time that was named: has to wait %v", wait)
	}
	if wait := try("192.0.2.1", "too soon"); wait != guessEvery {
		t.Errorf("the next one: has to wait %v, want %v", wait, guessEvery)
	}
	now = now.Add(guessBurst * guessEvery)
	for i := range guessBurst {
		if wait := try("192.0.2.1", fmt.Sprint(i)); wait != 0 {
			t.Fatalf("after a long time, wrong credentials %d: has to wait %v", i, wait)
		}
	}
}

// Credentials that were right pass while their address has to wait, until they are
// wrong themselves.
func TestGuessesRight(t *testing.T) {
	g, now := newGuesses(guessBurst), time.Now()
	right, other := guessOf("192.0.2.1", "ann", "right"), guessOf("192.0.2.1", "bob", "never seen")
	g.right(right, now)
	starts := 0
	for i := range 1000 { // many at the same time, before the first was answered
		if g.wrong("192.0.2.1", guessOf("192.0.2.1", "eve", fmt.Sprint(i)), now) {
			starts++
		}
	}
	if starts != 1 {
		t.Errorf("the wait began %d times", starts)
	}
	if wait := g.wait("192.0.2.1", right, now); wait != 0 {
		t.Errorf("right credentials have to wait %v", wait)
	}
	if wait := g.wait("192.0.2.1", other, now); wait != mostWait {
		t.Errorf("unknown credentials have to wait %v, want %v", wait, mostWait)
	}
	if wait := g.wait("192.0.2.1", right, now.Add(rightFor)); wait != 0 {
		t.Errorf("after %v everything is forgotten: has to wait %v", rightFor, wait)
	}
	g.wrong("192.0.2.1", right, now) // revoked
	if wait := g.wait("192.0.2.1", right, now); wait == 0 {
		t.Error("credentials that are wrong now do not have to wait")
	}
}

// However many addresses there are, memory is bounded.
func TestGuessesBounded(t *testing.T) {
	g, now := newGuesses(guessBurst), time.Now()
	for i := range 3 * guessMemory {
		address := fmt.Sprintf("2001:db8:%x:%x::/64", i>>16, i&0xffff)
		g.wrong(address, guessOf(address, "", ""), now)
		g.right(guessOf(address, "a", "b"), now)
	}
	count := 0
	g.filled.Delete(func(string, time.Time) bool { count++; return false })
	g.proven.Delete(func(guess, time.Time) bool { count++; return false })
	if count > 2*guessMemory {
		t.Errorf("%d entries are kept", count)
	}
}
