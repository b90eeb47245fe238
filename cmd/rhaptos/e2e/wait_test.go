package e2e

import (
	"testing"
	"time"
)

// within waits until f holds, for half a minute at the most.
func within(t testing.TB, what string, f func() bool) {
	t.Helper()
	for range 600 {
		if f() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("it did not happen that %s", what)
}
