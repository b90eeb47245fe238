package probe

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/web/probe/report"
)

// TestSlowServer: a response that does not come in time, or not to its end, is
// never a contradiction, whichever it is; it is said that it is late.
func TestSlowServer(t *testing.T) {
	for name, late := range map[string]func(r *http.Request) bool{
		"everything":    func(r *http.Request) bool { return true },
		"conditional":   func(r *http.Request) bool { return r.Header.Get("If-None-Match")+r.Header.Get("If-Match") != "" },
		"other methods": func(r *http.Request) bool { return r.Method != "GET" },
		"ranges":        func(r *http.Request) bool { return r.Header.Get("Range") != "" },
		"revalidation":  func(r *http.Request) bool { return r.Header.Get("Cache-Control") != "" },
		"negotiation":   func(r *http.Request) bool { return r.Header.Get("Accept")+r.Header.Get("Accept-Encoding") != "" },
		"the missing":   func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "missing") },
	} {
		for _, part := range []string{"nothing", "half a head", "half the content"} {
			t.Run(name+", "+part, func(t *testing.T) {
				t.Parallel()
				addresses := only(serve(t, false, func(h http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if !late(r) {
							h.ServeHTTP(w, r)
							return
						}
						c, _, err := http.NewResponseController(w).Hijack()
						if err != nil {
							t.Error(err)
							return
						}
						defer c.Close()
						if r.Method == "HEAD" && part == "half the content" {
							io.Copy(io.Discard, c) // it has none
							return
						}
						io.WriteString(c, map[string]string{
							"half a head": "HTTP/1.1 200 OK\r\nContent-", "half the content": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
						}[part])
						io.Copy(io.Discard, c) // until the client gives up
					})
				}), "page")
				rep, err := Probe(t.Context(), addresses, Options{Timeout: 150 * time.Millisecond, Patience: 150 * time.Millisecond})
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range rep.Contradictions() {
					t.Errorf("%s: %s", f.Recipe, f.Why)
				}
				if rep.Count(report.NoAnswer) == 0 {
					t.Error("nothing is late: " + rep.Summary())
				}
			})
		}
	}
}
