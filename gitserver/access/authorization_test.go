package access_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/access"
)

// What is read from the header is what the standard library reads, and
// nothing is read from what it refuses.
func FuzzParseAuthorization(f *testing.F) {
	for _, s := range []string{"Basic YW5uOng=", "basic  YW5uOng=", "Bearer x", "Basic Og==", "Basic", "", "Bearer", "Negotiate x", "Basic YW5uOng", "Basic YW5u\nOng="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, token, given, ok := access.ParseAuthorization(http.Header{"Authorization": {s}})
		if !given {
			t.Fatal("not seen")
		}
		if !ok {
			if name != "" || token != "" {
				t.Errorf("%q: %q %q though refused", s, name, token)
			}
			return
		}
		if token == "" {
			t.Errorf("%q: no token", s)
		}
		if name == "" {
			if scheme, _, _ := strings.Cut(s, " "); !strings.EqualFold(scheme, "bearer") {
				t.Errorf("%q: no name", s)
			}
			return
		}
		again := http.Request{Header: http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+token))}}}
		if n, p, ok := again.BasicAuth(); !ok || n != name || p != token {
			t.Errorf("%q: %q %q, the library reads %q %q", s, name, token, n, p)
		}
	})
}
