package e2e

import (
	"testing"
	"time"
)

// within waits until f holds, for three minutes at the most: maintenance yields the
// processor to whatever else the machine does.
func within(t testing.TB, what string, f func() bool) {
	t.Helper()
	for range 3600 {
		if f() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("it did not happen that %s", what)
}
