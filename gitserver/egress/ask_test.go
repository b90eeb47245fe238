package egress

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A server that is silent is given up, before its answer and in the middle; one
// that is slow is not, and neither is one whose reader is.
func TestPatience(t *testing.T) {
	done := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range 8 {
			if r.URL.Path == "/silent" {
				<-done
				return
			}
			io.WriteString(w, "x")
			w.(http.Flusher).Flush()
			if r.URL.Path == "/stops" {
				<-done
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}))
	defer s.Close()
	defer close(done)
	for path, want := range map[string]string{"/silent?key=tiger": "", "/stops": "x", "/slow": "xxxxxxxx"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []byte
		answer, err := ask(Guard{Private: true}.Client(0, 64<<10), r, 500*time.Millisecond)
		if err == nil {
			if path == "/slow" {
				time.Sleep(700 * time.Millisecond)
			}
			got, err = io.ReadAll(answer.Body)
			answer.Body.Close()
		}
		if string(got) != want || errors.Is(err, errSilent) != (path != "/slow") || path == "/slow" && err != nil || err != nil && strings.Contains(err.Error(), "tiger") {
			t.Errorf("%s: got %q, %v", path, got, err)
		}
	}
}
