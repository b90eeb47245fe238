package decision

import (
	"testing"
	"time"
)

func TestLastModifiedIsPast(t *testing.T) {
	before := time.Now().Add(-time.Hour)
	if got := past(before); !got.Equal(before) {
		t.Errorf("%v became %v", before, got)
	}
	if got := past(time.Now().Add(time.Hour)); got.After(time.Now()) {
		t.Errorf("a time to come: %v", got)
	}
}
