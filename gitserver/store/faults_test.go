package store

import (
	"fmt"
	"strings"
	"testing"
)

// What git says is counted by kind, however it is cut, and in bounded memory.
func TestOldFaults(t *testing.T) {
	a, b := strings.Repeat("a", 40), strings.Repeat("b", 40)
	said := "Receiving objects\n" +
		"warning: object " + a + ": badTimezone: invalid author/committer line - bad time zone\n" +
		"warning: object " + a + ": badTimezone: invalid author/committer line - bad time zone\n" +
		"warning: object " + b + ": badTimezone: invalid author/committer line - bad time zone\n" +
		"warning: object " + b + ": zeroPaddedFilemode: contains zero-padded file modes\n" +
		"warning: something else\n" + strings.Repeat("x", 10_000)
	for _, size := range []int{1, 7, len(said)} {
		f := &oldFaults{}
		for rest := said; rest != ""; rest = rest[min(size, len(rest)):] {
			fmt.Fprint(f, rest[:min(size, len(rest))])
		}
		want := "2 objects are accepted with a fault of an old program (badTimezone: invalid author/committer line - bad time zone); the first is aaaaaaaaaa\n" +
			"1 object is accepted with a fault of an old program (zeroPaddedFilemode: contains zero-padded file modes); the first is bbbbbbbbbb"
		if got := strings.Join(f.summary(), "\n"); got != want || len(f.rest) > 4<<10 {
			t.Errorf("in pieces of %d: %s; %d bytes kept", size, got, len(f.rest))
		}
	}
	f := &oldFaults{}
	for i := range 1000 {
		fmt.Fprintf(f, "warning: object %s: kind%d: x\n", a, i)
	}
	if len(f.kinds) > len(tolerated)+1 {
		t.Errorf("%d kinds are kept", len(f.kinds))
	}
}
