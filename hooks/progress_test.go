package hooks

import (
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
	"time"
)

// At most one line a second, and none in the first.
func TestProgress(t *testing.T) {
	clock := time.Unix(0, 0)
	var told []int
	c := &counted{FS: fstest.MapFS{"a": {}}, now: func() time.Time { return clock }, last: clock, tell: func(n int) { told = append(told, n) }}
	for _, passed := range []time.Duration{0, 600, 600, 0, 300, 900, 100} {
		clock = clock.Add(passed * time.Millisecond)
		if _, err := fs.ReadFile(c, "a"); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(told, []int{3, 6}) {
		t.Errorf("told %v", told)
	}
	// The tree is the same to who reads it.
	if err := fstest.TestFS(c, "a"); err != nil {
		t.Error(err)
	}
}
