package wire

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// timed is a server's writer that records its read deadlines.
type timed struct {
	*httptest.ResponseRecorder
	reads []time.Time
}

func (w *timed) SetReadDeadline(at time.Time) error { w.reads = append(w.reads, at); return nil }

// TestBudget: who has sent much may pause for as long as who begins, and who has
// sent little for less.
func TestBudget(t *testing.T) {
	for _, tt := range []struct {
		read         int64
		waited, want time.Duration
	}{
		{0, 0, 10 * time.Second},
		{0, 4 * time.Second, 6 * time.Second},
		{100 * MinimumRate, 0, 10 * time.Second},
		{100 * MinimumRate, 99 * time.Second, 10 * time.Second},
		{100 * MinimumRate, 105 * time.Second, 5 * time.Second},
		{10, 30 * time.Second, -20 * time.Second},
	} {
		w := &timed{ResponseRecorder: httptest.NewRecorder()}
		b := &Body{control: http.NewResponseController(w), timeout: 10 * time.Second, read: tt.read, waited: tt.waited}
		_, now, err := b.beforeRead()
		if got := w.reads[0].Sub(now); err != nil || (got-tt.want).Abs() > 10*time.Millisecond {
			t.Errorf("%d bytes in %v: %v, want %v; %v", tt.read, tt.waited, got, tt.want, err)
		}
	}
}
