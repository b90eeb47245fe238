package probe

import (
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/web/probe/report"
)

// answered is an answer that a fault may still change.
type answered struct {
	*httptest.ResponseRecorder
	status int
}

// faulty puts a fault into a server.
func faulty(fault func(r *http.Request, a *answered)) func(http.Handler) http.Handler {
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a := &answered{ResponseRecorder: httptest.NewRecorder()}
			h.ServeHTTP(a.ResponseRecorder, r)
			a.status = a.Code
			fault(r, a)
			maps.Copy(w.Header(), a.Header())
			w.WriteHeader(a.status)
			w.Write(a.Body.Bytes())
		})
	}
}

// TestFaults: each fault of a server is found, by the recipe that is about it,
// and nothing else is.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		name    string
		at      string
		writes  bool
		fault   func(r *http.Request, a *answered)
		recipes []string
	}{
		{"no Allow", "page", false, func(_ *http.Request, a *answered) {
			if a.status == 405 {
				a.Header().Del("Allow")
			}
		}, []string{"M2- TRACE"}},
		{"no ETag in 304", "page", false, func(_ *http.Request, a *answered) {
			if a.status == 304 {
				a.Header().Del("Etag")
			}
		}, []string{"K6+", "K7+", "K7+ *", "K7+ list", "K7+ weak", "K8+ GET", "K8+ HEAD", "K9+", "K10-", "K10- later"}},
		{"unknown methods are like GET", "page", false, func(r *http.Request, a *answered) {
			if r.Method == "BREW" {
				a.status = 200
			}
		}, []string{"S2- BREW"}},
		{"parts of HEAD", "page", false, func(r *http.Request, a *answered) {
			if r.Method == "HEAD" && r.Header.Get("Range") != "" {
				a.status = 206
			}
		}, []string{"G2- HEAD"}},
		{"no challenge", "private", false, func(_ *http.Request, a *answered) { a.Header().Del("Www-Authenticate") }, []string{"M4-"}},
		{"precondition on what has moved", "moved", false, func(r *http.Request, a *answered) {
			if a.status == 308 && r.Header.Get("If-Match") != "" {
				a.status = 412
			}
		}, []string{`X2+ If-Match: "probe"`}},
		{"precondition on what is missing", "page", false, func(r *http.Request, a *answered) {
			if a.status == 404 && r.Header.Get("If-Match") != "" {
				a.status = 412
			}
		}, []string{"X4- If-Match: *"}},
		{"nowhere to go", "see-other", false, func(_ *http.Request, a *answered) { a.Header().Del("Location") }, []string{"X2-", "X2b-", "X2d+"}},
		{"406 for what is missing", "page", false, func(r *http.Request, a *answered) {
			if a.status == 404 && r.Header.Get("Accept") == "application/x-probe" {
				a.status = 406
			}
		}, []string{"E1-"}},
		{"another status for what is unacceptable", "page", false, func(_ *http.Request, a *answered) {
			if a.status == 406 {
				a.status = 415
			}
		}, []string{
			"C1- Accept: application/x-probe", "C2- Accept-Language: x-probe, *;q=0", "C3- Accept-Charset: x-probe, *;q=0", "C4- Accept-Encoding: identity;q=0, *;q=0",
		}},
		{"one tag for all codings", "page", false, func(r *http.Request, a *answered) {
			if a.Header().Get("Content-Encoding") != "" && r.Header.Get("Accept-Encoding") == "gzip" {
				a.Header().Set("Etag", plainTag(t, r))
			}
		}, []string{"C4+ gzip"}},
		{"no Vary", "page", false, func(_ *http.Request, a *answered) {
			a.Header().Del("Vary")
			a.Header().Set("Cache-Control", "max-age=60")
		}, []string{"C4+ gzip and Vary"}},
		{"the length is not said", "page", false, func(_ *http.Request, a *answered) {
			if a.status == 416 {
				a.Header().Del("Content-Range")
			}
		}, []string{"G5- behind the end"}},
		{"the place is wrong", "page", false, func(r *http.Request, a *answered) {
			if r.Header.Get("Range") == "bytes=-1" {
				a.Header().Set("Content-Range", "bytes 0-0/1")
			}
		}, []string{"G5+ last byte"}},
		{"the bytes are wrong", "page", false, func(r *http.Request, a *answered) {
			if r.Header.Get("Range") == "bytes=-1" {
				a.Body = bytes.NewBufferString("?")
			}
		}, []string{"G5+ last byte"}},
		{"HEAD has another tag", "page", false, func(r *http.Request, a *answered) {
			if r.Method == "HEAD" && a.status == 200 {
				a.Header().Set("Etag", `"another"`)
			}
		}, []string{"G6+ HEAD"}},
		{"no bytes", "page", false, func(r *http.Request, a *answered) {
			if r.Header.Get("Range") == "bytes=-0" {
				a.status, a.Body = 206, new(bytes.Buffer)
				a.Header().Set("Content-Range", "bytes 4800-4799/4800")
				a.Header().Set("Content-Length", "0")
			}
		}, []string{"G5- no last bytes"}},
		{"TRACE is GET", "page", false, func(r *http.Request, a *answered) {
			if r.Method == "TRACE" {
				a.status = 200
				a.Header().Del("Allow")
			}
		}, []string{"M2- TRACE"}},
		{"TRACE tells secrets", "trace", false, func(r *http.Request, a *answered) {
			if r.Method == "TRACE" && r.Header.Get("Cookie") != "" {
				a.Body.WriteString("Cookie: " + r.Header.Get("Cookie"))
				a.Header().Del("Content-Length")
			}
		}, []string{"M8+"}},
		{"DELETE is done where it is not allowed", "page", true, func(r *http.Request, a *answered) {
			if r.Method == "DELETE" {
				a.status, a.Body = 204, new(bytes.Buffer)
				a.Header().Del("Content-Length")
			}
		}, []string{"M2- DELETE"}},
		{"If-None-Match: * does not keep from overwriting", "document", true, func(r *http.Request, a *answered) {
			if a.status == 412 && r.Header.Get("If-None-Match") == "*" {
				a.status = 204
			}
		}, []string{"K8-"}},
		{"If-Match creates", "new", true, func(r *http.Request, a *answered) {
			if a.status == 412 {
				a.status = 201
			}
		}, []string{"X5+"}},
		{"created, and not said where", "collection", true, func(_ *http.Request, a *answered) { a.Header().Del("Location") }, []string{"P8+ POST"}},
		{"failure for a type that is not taken", "document", true, func(_ *http.Request, a *answered) {
			if a.status == 415 {
				a.status = 500
			}
		}, []string{"N4-", "N5-"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rep := run(t, only(serve(t, false, faulty(tt.fault)), tt.at), tt.writes)
			var got []string
			for _, result := range rep.Results() {
				for _, f := range result.Contradictions() {
					if f.Curl == "" || f.Section == "" || f.Why == "" {
						t.Errorf("%+v", f)
					}
					got = append(got, f.Recipe)
				}
			}
			slices.Sort(got)
			got = slices.Compact(got)
			want := slices.Sorted(slices.Values(tt.recipes))
			if !slices.Equal(got, want) {
				t.Errorf("found %q\nwanted %q", got, want)
			}
		})
	}
}

// plainTag asks the same server for the tag of what it sends without coding.
func plainTag(t *testing.T, r *http.Request) string {
	resp, err := http.Head("http://" + r.Host + r.RequestURI)
	if err != nil {
		t.Error(err)
		return ""
	}
	resp.Body.Close()
	return resp.Header.Get("Etag")
}

// TestLies: a server that tells a way which is none, or not the one that the
// answer shows, is found out.
func TestLies(t *testing.T) {
	t.Parallel()
	for _, lie := range []func(string) string{
		func(way string) string { return strings.Replace(way, "W3+ ", "", 1) },
		func(way string) string { return strings.Replace(way, "K2- ", "K2+ ", 1) },
		func(way string) string { return strings.Replace(way, "W3+", "Z9+", 1) },
		func(way string) string { return way[:len(way)-3] + "299" },
		func(way string) string { return "W10+ W3- 414" },
		func(way string) string { return "?" },
	} {
		rep := run(t, only(serve(t, true, func(h http.Handler) http.Handler {
			return faulty(func(r *http.Request, a *answered) {
				a.Header().Set("Decision-Path", lie(a.Header().Get("Decision-Path")))
			})(h)
		}), "lenient"), false)
		if rep.Count(report.Contradicted) == 0 {
			t.Errorf("%s: %s", lie("W10+ W3+ K2- 200"), rep.Summary())
		}
	}
}
