package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/web/resource"
)

// Ends of a trace.
const (
	page200   = "K1- K2- K4- K6- K9- A1+ G1- G2- G6+ 200"
	missing   = "X1- X2- X2b- X2d- X3- X4- E1+ 404"
	gone      = "X1- X2- X2b- X2d- X3+ E1+ 410"
	immutable = "public, max-age=31536000, immutable, s-maxage=0"
)

func TestAddresses(t *testing.T) {
	b := newBench(t, nil)
	const (
		release = "/ann/geometry/shapes@1.10"
		draft   = "/ann/geometry/shapes@fix~figures"
	)
	tests := []struct {
		method string // GET if empty
		target string
		fields []string
		status int
		trace  string   // how the trace ends; empty where the decision flow has no part
		have   []string // name, value; "" for an absent field
	}{
		{"", "/", nil, 200, page200, []string{"Content-Type", resource.TypeHTML, "Vary", "Authorization, Accept", "Cache-Control", "no-cache"}},
		{"", "/?utm_source=x", nil, 200, page200, []string{"Content-Type", resource.TypeHTML}},
		{"", "/", []string{"Accept", "application/json"}, 200, page200, []string{"Content-Type", resource.TypeJSON, "Vary", "Authorization, Accept"}},
		{"", "/", []string{"User", "ann"}, 200, page200, []string{"Cache-Control", "private, no-cache"}},
		{"", "/", []string{"Accept", "image/png"}, 406, "C1- C5+ E1- 406", []string{"Vary", "Accept", "Cache-Control", "no-store"}},
		{"DELETE", "/", nil, 405, "M2- E1+ 405", []string{"Allow", "GET, HEAD, OPTIONS"}},
		{"BREW", "/", nil, 501, "S2- E1+ 501", nil},
		{"OPTIONS", "/", nil, 204, "M9+ 204", []string{"Allow", "GET, HEAD, OPTIONS"}},
		{"", "/nowhere", nil, 404, missing, nil},
		{"POST", "/nowhere", nil, 405, "M2- E1+ 405", nil},

		{"", "/ann/geometry", nil, 200, page200, []string{"Content-Type", resource.TypeHTML, "Cache-Control", "public, no-cache"}},
		{"", "/ann/geometry", []string{"Accept", "application/json"}, 200, page200, []string{"Content-Type", resource.TypeJSON}},
		{"", "/ann/geometry/", nil, 308, "X2+ X2a- 308", []string{"Location", "/ann/geometry"}},
		{"", "/ann/geometry.git", nil, 308, "X2+ X2a- 308", []string{"Location", "/ann/geometry"}},
		{"", "/ann/geometry.git/", nil, 308, "X2+ X2a- 308", []string{"Location", "/ann/geometry"}},
		{"", "/ann/secret", nil, 404, "M5+ M5b+ E1+ 404", []string{"WWW-Authenticate", "", "Cache-Control", "no-store"}},
		{"", "/ann/none", nil, 404, "M5+ M5b+ E1+ 404", []string{"WWW-Authenticate", "", "Cache-Control", "no-store"}},
		{"", "/ann/secret?sign-in", nil, 401, "M4- E1+ 401", []string{"WWW-Authenticate", `Basic realm="Rhaptos", charset="UTF-8"`, "Cache-Control", "no-store"}},
		{"", "/ann/secret?sign-in", []string{"User", "ann"}, 200, page200, []string{"Cache-Control", "private, no-cache"}},
		{"", "/ann/none?sign-in", nil, 401, "M4- E1+ 401", nil},
		{"", "/ann/geometry?sign-in", nil, 401, "M4- E1+ 401", nil},
		{"", "/ann", nil, 200, page200, []string{"Content-Type", resource.TypeHTML, "Vary", "Authorization, Accept"}},
		{"", "/ann", []string{"Accept", "application/json"}, 200, page200, []string{"Content-Type", resource.TypeJSON}},
		{"", "/ann/", nil, 308, "X2+ X2a- 308", []string{"Location", "/ann"}},
		{"", "/ann", []string{"User", wrongUser}, 401, "M4- E1+ 401", nil},
		{"", "/ann?sign-in", nil, 401, "M4- E1+ 401", nil},
		{"", "/ann/secret", []string{"User", "bob"}, 404, "M5+ M5b+ E1+ 404", nil},
		{"", "/ann/none", []string{"User", "bob"}, 404, "M5+ M5b+ E1+ 404", nil},
		{"", "/ann/secret", []string{"User", "eve"}, 403, "M5+ M5b- E1+ 403", nil},
		{"", "/ann/secret", []string{"User", "ann"}, 200, page200, []string{"Cache-Control", "private, no-cache"}},
		{"", "/broken/x", []string{"Accept", "text/html"}, 500, "M3- E2+ E1+ 500", nil},

		{"", "/ann/geometry/-/releases", nil, 200, page200, []string{"Content-Type", resource.TypeHTML, "Vary", "Accept"}},
		{"", "/ann/geometry/-/releases", []string{"Accept", "application/json"}, 200, page200, []string{"Content-Location", "/ann/geometry/-/releases.json"}},
		{"", "/ann/geometry/-/releases.json", nil, 200, page200, []string{"Content-Type", resource.TypeJSON, "Vary", ""}},
		{"", "/ann/secret/-/releases", nil, 404, "M5+ M5b+ E1+ 404", []string{"WWW-Authenticate", "", "Cache-Control", "no-store"}},
		{"", "/ann/geometry/-/other", nil, 404, missing, nil},

		{"", "/ann/geometry/shapes", nil, 307, "X2- X2b+ X2c- 307", []string{"Location", release, "Cache-Control", "public, no-cache"}},
		{"", "/ann/geometry/gr%C3%B6%C3%9Fen", nil, 307, "X2- X2b+ X2c- 307", []string{"Location", "/ann/geometry/gr%C3%B6%C3%9Fen@1.1"}},
		{"", "/ann/geometry/withdrawn", nil, 410, gone, nil},
		{"", "/ann/geometry/blocked", nil, 451, "M6+ E1+ 451", nil},
		{"", "/ann/geometry/nobook", nil, 404, missing, nil},
		{"", "/ann/secret/shapes", nil, 404, "M5+ M5b+ E1+ 404", []string{"WWW-Authenticate", "", "Cache-Control", "no-store"}},
		{"", "/ann/secret/shapes", []string{"User", "ann"}, 307, "X2b+ X2c- 307", []string{"Cache-Control", "private, no-cache"}},

		{"", release, nil, 200, page200, []string{"Content-Type", resource.TypeHTML, "Vary", "Accept", "Cache-Control", "public, max-age=300, s-maxage=0", "X-Robots-Tag", ""}},
		{"", "/ann/geometry/shapes%401.10", nil, 200, page200, []string{"Content-Type", resource.TypeHTML}},
		{"", release, []string{"Accept", "application/json"}, 200, page200, []string{"Content-Type", resource.TypeJSON, "Content-Location", release + ".json"}},
		{"", release + ".json", nil, 200, page200, []string{"Content-Type", resource.TypeJSON, "Vary", "", "Last-Modified", "Thu, 13 Feb 2025 04:05:06 GMT"}},
		{"", release + "/", nil, 308, "X2+ X2a- 308", []string{"Location", release}},
		{"", "/ann/geometry/gr%C3%B6%C3%9Fen@1.1/", nil, 308, "X2+ X2a- 308", []string{"Location", "/ann/geometry/gr%C3%B6%C3%9Fen@1.1"}},
		{"", "/ann/geometry/shapes@1.11", nil, 404, missing, nil},
		{"", "/ann/geometry/shapes@01.10", nil, 404, missing, nil},
		{"", "/ann/geometry/shapes@99999999999999999999.1", nil, 404, missing, nil},
		{"", "/ann/geometry/shapes@", nil, 404, missing, nil},
		{"", "/ann/geometry/shapes@1.12", nil, 410, gone, nil},
		{"", "/ann/geometry/shapes@1.12/1-angles", nil, 410, gone, nil},
		{"", "/ann/geometry/shapes@1.12.json", nil, 410, gone, nil},
		{"", "/ann/geometry/shapes@1.2", nil, 451, "M6+ E1+ 451", nil},
		{"", "/ann/geometry/shapes@1.2/media/drawing.svg", nil, 451, "M6+ E1+ 451", nil},
		{"", "/ann/secret/shapes@1.1", nil, 404, "M5+ M5b+ E1+ 404", []string{"WWW-Authenticate", "", "Cache-Control", "no-store"}},
		{"", "/ann/secret/shapes@1.1", []string{"User", "bob"}, 404, "M5b+ E1+ 404", nil},
		{"", "/ann/secret/shapes@1.1", []string{"User", "ann"}, 200, page200, []string{"Cache-Control", "private, max-age=300"}},

		{"", release + "/1-angles", nil, 200, page200, []string{"Content-Type", resource.TypeHTML, "Content-Language", "en", "Cache-Control", immutable,
			"Last-Modified", "Thu, 13 Feb 2025 04:05:06 GMT", "Accept-Ranges", "bytes", "Vary", "", "Content-Security-Policy", resource.ContentPolicy}},
		{"", release + "/1-angles", []string{"Accept-Language", "fr"}, 200, page200, nil},
		{"HEAD", release + "/1-angles", []string{"Range", "bytes=0-3"}, 200, page200, []string{"Content-Length", "64"}},
		{"", release + "/1-angles", []string{"Range", "bytes=0-8"}, 206, "G5+ 206", []string{"Content-Range", "bytes 0-8/64"}},
		{"", release + "/1-angles", []string{"Range", "bytes=64-"}, 416, "G5- E1+ 416", []string{"Content-Range", "bytes */64"}},
		{"", release + "/1-angles", []string{"If-Modified-Since", "Thu, 13 Feb 2025 04:05:06 GMT"}, 304, "K10- 304", []string{"Cache-Control", immutable}},
		{"", release + "/1-angles/", nil, 308, "X2+ X2a- 308", []string{"Location", release + "/1-angles"}},
		{"", release + "/m10001", nil, 308, "X2+ X2a- 308", []string{"Location", release + "/1-angles", "Cache-Control", immutable}},
		{"", release + "/ch01/size", nil, 308, "X2+ X2a- 308", []string{"Location", release + "/ch01/gr%C3%B6%C3%9Fe"}},
		{"", release + "/ch01/gr%C3%B6%C3%9Fe", nil, 200, page200, nil},
		{"", release + "/ch01%2Fgr%C3%B6%C3%9Fe", nil, 404, missing, nil},
		{"", release + "/2-circles", nil, 404, missing, nil},
		{"", release + "/-/style.css", nil, 200, page200, []string{"Content-Type", "text/css; charset=utf-8", "Cache-Control", immutable, "Cross-Origin-Resource-Policy", "same-origin"}},
		{"", release + "/-/edition.css", nil, 200, page200, []string{"Content-Type", "text/css; charset=utf-8", "Cache-Control", "public, max-age=300, s-maxage=0", "Content-Length", "0"}},
		{"", "/ann/geometry/shapes@1.12/-/edition.css", nil, 410, gone, nil},
		{"", "/ann/geometry/shapes@7.7/-/edition.css", nil, 404, missing, nil},
		{"", draft + "/-/edition.css", nil, 200, page200, []string{"Cache-Control", "no-store"}},
		{"", release + "/media/a%20b.png", nil, 200, page200, []string{"Content-Type", "image/png", "Content-Security-Policy", resource.ContentPolicy}},
		{"", release + "/media/drawing.svg", nil, 200, page200, []string{"Content-Type", "image/svg+xml", "Content-Security-Policy", resource.DrawingPolicy}},
		{"", release + "/media/evil.html", nil, 200, page200, []string{"Content-Security-Policy", resource.ProgramPolicy, "Cross-Origin-Resource-Policy", "cross-origin"}},
		{"", release + "/media/what%20is%20this", nil, 200, page200, []string{"Content-Type", resource.TypeUnknown}},
		{"", release + "/media/lost.png", nil, 500, "G6+ E2+ E1+ 500", []string{"Cache-Control", "no-store", "ETag", ""}},
		{"", release + "/../../../etc/passwd", nil, 404, missing, nil},
		{"", release + "/%2e%2e/%2e%2e/etc/passwd", nil, 404, missing, nil},
		{"", release + "/..%2f..%2fetc%2fpasswd", nil, 404, missing, nil},
		{"", release + "/1-angles%00", nil, 404, missing, nil},
		{"", release + "/%c0%ae%c0%ae", nil, 404, missing, nil},
		{"", release + "//1-angles", nil, 404, missing, nil},
		{"", "//ann/geometry", nil, 404, missing, nil},
		{"PUT", release + "/1-angles", nil, 405, "M2- E1+ 405", []string{"Allow", "GET, HEAD, OPTIONS"}},
		{"", "/ann/secret/shapes@1.1/1-angles", []string{"User", "ann"}, 200, page200, []string{"Cache-Control", "private, max-age=31536000, immutable"}},

		{"", draft, nil, 200, page200, []string{"Cache-Control", "no-store", "X-Robots-Tag", "noindex"}},
		{"", draft + ".json", nil, 200, page200, []string{"Content-Type", resource.TypeJSON, "Cache-Control", "no-store", "X-Robots-Tag", "noindex"}},
		{"", draft + "/", nil, 308, "X2+ X2a- 308", []string{"Location", draft}},
		{"", draft + "/1-angles", nil, 200, page200, []string{"Cache-Control", "no-store", "X-Robots-Tag", "noindex", "Last-Modified", ""}},
		{"", draft + "/m10001", nil, 307, "X2b+ X2c- 307", []string{"Location", draft + "/1-angles", "Cache-Control", "no-store"}},
		{"", draft + "/media/drawing.svg", nil, 200, page200, []string{"Cache-Control", "no-store", "X-Robots-Tag", "noindex", "Content-Security-Policy", resource.DrawingPolicy}},
		{"", "/ann/geometry/shapes@fix/figures", nil, 404, missing, nil},
		{"", "/ann/geometry/shapes@odd.json", nil, 200, page200, []string{"Content-Type", resource.TypeHTML}},
		{"", "/ann/geometry/shapes@odd.json.json", nil, 200, page200, []string{"Content-Type", resource.TypeJSON}},
		{"", "/ann/geometry/shapes@1.9/1-angles", nil, 200, page200, []string{"Cache-Control", immutable}},
		{"", "/ann/geometry/shapes@1.77/1-angles", nil, 200, page200, []string{"Cache-Control", "no-store"}},
		{"", "/ann/geometry/shapes@gone", nil, 404, missing, nil},

		{"", "/ann/geometry/-/pushes", nil, 200, page200, []string{"Content-Type", resource.TypeHTML, "Cache-Control", "public, no-cache"}},
		{"", "/ann/geometry/-/pushes/", nil, 308, "X2+ X2a- 308", []string{"Location", "/ann/geometry/-/pushes"}},
		{"", "/ann/geometry/-/pushes.json", nil, 200, page200, []string{"Content-Type", resource.TypeJSON}},
		{"", "/ann/geometry/-/pushes.sarif", nil, 404, missing, nil},
		{"", "/ann/geometry/-/pushes/push-100", nil, 200, page200, []string{"Content-Type", resource.TypeHTML, "Vary", "Authorization, Accept", "Cache-Control", "public, no-cache"}},
		{"", "/ann/geometry/-/pushes/push-100", []string{"Accept", "application/sarif+json"}, 200, page200, []string{"Content-Type", typeSARIF}},
		{"", "/ann/geometry/-/pushes/push-100.json", nil, 200, page200, []string{"Content-Type", resource.TypeJSON}},
		{"", "/ann/geometry/-/pushes/push-100.sarif", nil, 200, page200, []string{"Content-Type", typeSARIF}},
		{"", "/ann/geometry/-/pushes/push-000.sarif", nil, 200, page200, []string{"Content-Type", typeSARIF}},
		{"", "/ann/geometry/-/pushes/none", nil, 404, missing, nil},
		{"", "/ann/geometry/-/pushes/.json", nil, 404, missing, nil},
		{"", "/ann/geometry/-/pushes/push-100/x", nil, 404, missing, nil},
		{"", "/ann/secret/-/pushes/push-100", nil, 404, "M5+ M5b+ E1+ 404", []string{"WWW-Authenticate", "", "Cache-Control", "no-store"}},
		{"", "/ann/secret/-/pushes/push-100", []string{"User", "bob"}, 404, "M5+ M5b+ E1+ 404", nil},
		{"", "/ann/secret/-/pushes/push-100", []string{"User", "ann"}, 200, page200, []string{"Cache-Control", "private, no-cache"}},
		{"", "/-/rules", nil, 200, page200, []string{"Content-Type", resource.TypeHTML}},
		{"", "/-/rules/one-rule", nil, 200, page200, []string{"Content-Type", resource.TypeHTML}},
		{"", "/-/rules/README", nil, 404, missing, nil},
		{"", "/-/rules/none", nil, 404, missing, nil},

		{"", "/-/health", nil, 200, page200, []string{"Content-Type", resource.TypeText, "Cache-Control", "no-store"}},
		{"", "/-/health", []string{"Accept", "image/png"}, 200, page200, nil},
		{"", "/-/ready", nil, 200, page200, nil},
		{"", "/-/theme/style.css", nil, 200, page200, []string{"Content-Type", "text/css; charset=utf-8", "Vary", "Accept-Encoding", "Content-Encoding", ""}},
		{"", "/-/theme/style.css", []string{"Accept-Encoding", "gzip, br"}, 200, page200, []string{"Content-Encoding", "gzip", "Vary", "Accept-Encoding"}},
		{"", "/-/theme/none.css", nil, 404, missing, nil},
		{"", "/-/theme/..%2fthemes.go", nil, 404, missing, nil},
		{"", "/favicon.ico", nil, 200, page200, []string{"Content-Type", "image/svg+xml"}},
		{"", "/robots.txt", nil, 200, page200, []string{"Content-Type", resource.TypeText}},
		{"", "/-/other", nil, 404, missing, nil},

		{"", "/ann/geometry/info/refs?service=git-upload-pack", nil, 200, "G6+ 200", nil},
		{"POST", "/ann/geometry.git/git-receive-pack", nil, 200, "F2+ 200", nil},
		{"POST", "/-/hooks/any", nil, 405, "M2- E1+ 405", nil},
		{"", "/ann/geometry.git/HEAD", nil, 404, missing, nil},
	}
	for _, tt := range tests {
		method := tt.method
		if method == "" {
			method = http.MethodGet
		}
		t.Run(method+" "+tt.target+" "+strings.Join(tt.fields, " "), func(t *testing.T) {
			b.traces = nil
			answer := b.do(method, tt.target, tt.fields...)
			if answer.StatusCode != tt.status || !strings.HasSuffix(b.trace(), tt.trace) || (tt.trace == "") != (b.trace() == "") {
				t.Errorf("%d by %q, want %d by ...%q", answer.StatusCode, b.trace(), tt.status, tt.trace)
			}
			for i := 0; i < len(tt.have); i += 2 {
				if got := strings.Join(answer.Header.Values(tt.have[i]), ", "); got != tt.have[i+1] {
					t.Errorf("%s: %q, want %q", tt.have[i], got, tt.have[i+1])
				}
			}
			checkSecurity(t, tt.target, answer)
			checkCaching(t, answer)
		})
	}
}

// checkSecurity holds for every answer of every route, errors too. Authors'
// files may be loaded by their own documents, which are strangers here; and
// such a document may run scripts, in a sandbox.
func checkSecurity(t *testing.T, target string, answer *http.Response) {
	t.Helper()
	sharing, frames := "same-origin", "frame-ancestors 'none'"
	if strings.Contains(target, "/media/") && !strings.Contains(target, "/secret/") && answer.StatusCode == http.StatusOK {
		sharing = "cross-origin"
		if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
			frames = "frame-ancestors 'self'"
		}
	}
	for field, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": sharing,
	} {
		if got := answer.Header.Get(field); got != want {
			t.Errorf("%s: %q", field, got)
		}
	}
	policies := answer.Header.Values("Content-Security-Policy")
	if len(policies) != 1 {
		t.Fatalf("policies %q", policies)
	}
	form := "form-action 'self'"
	if strings.Contains(policies[0], "sandbox") {
		form = "form-action 'none'"
	}
	for _, directive := range []string{"default-src 'none'", "base-uri 'none'", form, frames} {
		if !slices.Contains(strings.Split(policies[0], "; "), directive) {
			t.Errorf("the policy %q lacks %s", policies[0], directive)
		}
	}
	if strings.Contains(policies[0], "script-src") && !strings.HasPrefix(policies[0], "sandbox allow-scripts; ") {
		t.Errorf("the policy %q allows scripts", policies[0])
	}
}

// checkCaching: an error is never kept, and whatever has a tag says how long it
// may be.
func checkCaching(t *testing.T, answer *http.Response) {
	t.Helper()
	cache := answer.Header.Get("Cache-Control")
	if answer.StatusCode >= 400 && (cache != "no-store" || answer.Header.Get("Vary") == "" || answer.Header.Get("Content-Type") == "") {
		t.Errorf("the error has %v", answer.Header)
	}
	if answer.Header.Get("ETag") != "" && cache == "" {
		t.Errorf("nothing says how long this is kept: %v", answer.Header)
	}
}

func TestHeadEqualsGet(t *testing.T) {
	b := newBench(t, nil)
	for _, target := range []string{
		"/", "/ann/geometry", "/ann/geometry/shapes", "/ann/geometry/shapes@1.10", "/ann/geometry/shapes@1.10/1-angles",
		"/ann/geometry/shapes@1.12", "/ann/secret", "/nowhere", "/-/health", "/-/theme/style.css", "/ann/geometry/shapes@1.10/media/drawing.svg",
	} {
		get, head := b.do("GET", target), b.do("HEAD", target)
		if get.StatusCode != head.StatusCode || !maps.EqualFunc(get.Header, head.Header, slices.Equal[[]string]) {
			t.Errorf("%s:\nGET  %d %v\nHEAD %d %v", target, get.StatusCode, get.Header, head.StatusCode, head.Header)
		}
		if sent := body(t, head); sent != "" {
			t.Errorf("%s: HEAD sent %q", target, sent)
		}
	}
}

// TestValidators asks for everything twice, the second time with the tag of the
// first: it must be 304 and say the same to caches.
func TestValidators(t *testing.T) {
	b := newBench(t, nil)
	for _, target := range []string{
		"/", "/ann/geometry", "/ann/geometry/-/releases", "/ann/geometry/shapes@1.10", "/ann/geometry/shapes@1.10.json",
		"/ann/geometry/shapes@1.10/1-angles", "/ann/geometry/shapes@1.10/media/drawing.svg", "/ann/geometry/shapes@next",
		"/-/theme/style.css", "/favicon.ico", "/robots.txt",
	} {
		first := b.do("GET", target)
		tag := first.Header.Get("ETag")
		if !strings.HasPrefix(tag, `"`) {
			t.Errorf("%s: tag %s", target, tag)
		}
		again := b.do("GET", target, "If-None-Match", tag)
		if again.StatusCode != 304 || body(t, again) != "" {
			t.Errorf("%s: %d", target, again.StatusCode)
		}
		for _, field := range []string{"ETag", "Vary", "Cache-Control", "Content-Location", "Content-Security-Policy", "X-Robots-Tag"} {
			if first.Header.Get(field) != again.Header.Get(field) {
				t.Errorf("%s: %s was %q, is %q", target, field, first.Header.Get(field), again.Header.Get(field))
			}
		}
	}
}

// TestStrangersLearnNothing compares what a private repository and one that is
// not there say, below every kind of address.
func TestStrangersLearnNothing(t *testing.T) {
	b := newBench(t, nil)
	for _, below := range []string{"", "/", "/-/releases", "/shapes", "/shapes@1.1", "/shapes@1.1.json", "/shapes@1.1/1-angles", "/shapes@1.1/none", "/shapes@next", "/-/pushes", "/-/pushes.json", "/-/pushes/push-100", "/-/pushes/none"} {
		for _, fields := range [][]string{nil, {"User", "bob"}, {"User", "bob", "Accept", "text/html"}, {"Accept", "application/json"}} {
			for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST"} {
				there, absent := b.do(method, "/ann/secret"+below, fields...), b.do(method, "/ann/absent"+below, fields...)
				a, c := strings.ReplaceAll(body(t, there), "secret", "absent"), body(t, absent)
				there.Header.Set("Location", strings.ReplaceAll(there.Header.Get("Location"), "secret", "absent"))
				absent.Header.Set("Location", absent.Header.Get("Location"))
				if there.StatusCode != absent.StatusCode || a != c || !maps.EqualFunc(there.Header, absent.Header, slices.Equal[[]string]) {
					t.Errorf("%s %s %v: %d and %d, %q and %q", method, below, fields, there.StatusCode, absent.StatusCode, a, c)
				}
			}
		}
	}
	if s := body(t, b.do("GET", "/")); strings.Contains(s, "secret") {
		t.Error("the catalogue tells a stranger of a private repository")
	}
	if got := b.do("GET", "/ann/secret/-/sitemap.xml", "User", "ann"); got.StatusCode != 404 {
		t.Errorf("a private repository has a sitemap: %d", got.StatusCode)
	}
	if s := body(t, b.do("GET", "/sitemap.xml", "User", "ann")); strings.Contains(s, "secret") {
		t.Error("the sitemap tells of a private repository")
	}
	if s := body(t, b.do("GET", "/", "User", "ann")); !strings.Contains(s, "ann/secret") {
		t.Error("the catalogue does not tell the owner of a private repository")
	}
}

func TestBodies(t *testing.T) {
	b := newBench(t, nil)
	for _, tt := range []struct {
		target string
		accept string
		holds  []string
	}{
		{"/", "text/html", []string{"<!DOCTYPE html>", `href="/ann/geometry"`, `href="/ann/geometry/shapes"`, "Shapes &amp; Sizes", "1.10"}},
		{"/ann/geometry", "text/html", []string{"https://books.example/ann/geometry.git", "ssh://git@books.example:2222/ann/geometry.git", "shapes@1.10", "shapes@fix~figures"}},
		{"/ann/geometry/-/releases", "text/html", []string{`href="/ann/geometry/shapes@1.12"`, "An image was not ours."}},
		{"/ann/geometry/shapes@1.10", "text/html", []string{`href="/ann/geometry/shapes@1.10/1-angles"`, "Part <em>one</em>", "ch01/gr%c3%b6%c3%9fe", "Ann Author"}},
		{"/ann/geometry/shapes@1.9", "text/html", []string{`href="/ann/geometry/shapes@1.10"`}},
		{"/ann/geometry/shapes@fix~figures", "text/html", []string{"fix/figures", "noindex", "shapes@fix~figures/1-angles"}},
		{"/ann/geometry/shapes@1.10/1-angles", "text/html", []string{"An angle is a corner."}},
		{"/ann/geometry/shapes@1.10/none", "text/html", []string{"/ann/geometry/shapes@1.10"}},
		{"/ann/geometry/shapes@1.12", "text/plain", []string{"410 Gone\n", "Release 1.12 of “Shapes & Sizes” has been withdrawn: An image was not ours."}},
		{"/ann/geometry/shapes@1.2", "application/json", []string{`"status":451`, "A court says so."}},
		{"/ann/geometry/withdrawn", "text/html", []string{"Wrong throughout."}},
		{"/-/health", "*/*", []string{"ok\n"}},
		{"/robots.txt", "*/*", []string{"User-agent: *\n", "\nSitemap: https://books.example/sitemap.xml\n"}},
		{"/sitemap.xml", "*/*", []string{"<loc>https://books.example/ann/geometry/-/sitemap.xml</loc>"}},
		{"/ann/geometry/-/sitemap.xml", "*/*", []string{"<loc>https://books.example/ann/geometry/shapes@1.10</loc>",
			"<loc>https://books.example/ann/geometry/shapes@1.10/1-angles</loc><lastmod>2"}},
		{"/ann/geometry/shapes@1.10", "text/html", []string{`<script type="application/ld+json">{"@context":"https://schema.org"`, `citation_author" content="Ann Author"`}},
	} {
		answer := b.do("GET", tt.target, "Accept", tt.accept)
		sent := body(t, answer)
		for _, want := range tt.holds {
			if !strings.Contains(strings.ToLower(sent), strings.ToLower(want)) {
				t.Errorf("%s as %s: %q is not in\n%s", tt.target, tt.accept, want, sent)
			}
		}
	}
	for _, secret := range []string{"tiger", "goroutine"} {
		if s := body(t, b.do("GET", "/broken/x", "Accept", "text/html")); strings.Contains(s, secret) {
			t.Errorf("the error tells %q", secret)
		}
	}
}

func TestJSON(t *testing.T) {
	b := newBench(t, nil)
	var all catalogueJSON
	decode(t, b.do("GET", "/", "Accept", "application/json"), &all)
	if len(all.Repositories) != 1 || len(all.Repositories[0].Books) != 2 {
		t.Fatalf("catalogue %+v", all)
	}
	shapes := all.Repositories[0].Books[slices.IndexFunc(all.Repositories[0].Books, func(x bookJSON) bool { return x.Slug == "shapes" })]
	if shapes.Number != "1.10" || shapes.Releases != 4 || shapes.URL != "/ann/geometry/shapes" || shapes.Language != "en" {
		t.Errorf("book %+v", shapes)
	}
	var repo repositoryJSON
	decode(t, b.do("GET", "/ann/geometry", "Accept", "application/json"), &repo)
	if len(repo.Drafts) != 5 || len(repo.Releases) != 8 || len(repo.Clone) != 2 || repo.DefaultBranch != "main" {
		t.Errorf("repository %+v", repo)
	}
	var list releasesJSON
	decode(t, b.do("GET", "/ann/geometry/-/releases.json"), &list)
	for _, r := range list.Releases {
		if r.Latest != (r.Book == "shapes" && r.Number == "1.10" || r.Book == "größen") {
			t.Errorf("release %+v", r)
		}
		if answer := b.do("GET", r.URL); answer.StatusCode == 404 {
			t.Errorf("%s is not there", r.URL)
		}
	}
	var one contentsJSON
	decode(t, b.do("GET", "/ann/geometry/shapes@1.10.json"), &one)
	if one.Number != "1.10" || one.Branch != "" || one.Commit != strings.Repeat("a", 40) || len(one.Files) != len(files) || one.Book.Slug != "shapes" {
		t.Errorf("contents %+v", one)
	}
	for _, f := range one.Files {
		answer := b.do("GET", address.Page("/ann/geometry/shapes@1.10", f.Path))
		if f.Path != "media/lost.png" && (answer.Header.Get("ETag") != `"`+string(f.Digest)+`"` || body(t, answer) != files[f.Path].content) {
			t.Errorf("%s: %v", f.Path, answer)
		}
	}
	one = contentsJSON{}
	decode(t, b.do("GET", "/ann/geometry/shapes@next.json"), &one)
	if one.Number != "" || one.Branch != "next" || one.Problems != 3 || !one.Published.Equal(published) {
		t.Errorf("draft %+v", one)
	}
}

// TestGitRoutes shows that git gets what the router read, and nothing else gets
// to it.
func TestGitRoutes(t *testing.T) {
	b := newBench(t, nil)
	bundle := strings.Repeat("0123456789", 4) + ".bundle"
	for _, tt := range []struct{ method, target, want, way string }{
		{"GET", "/ann/geometry.git/info/refs?service=git-upload-pack", "refs of ann/geometry for git-upload-pack", "G6+ 200"},
		{"GET", "/ann/geometry/info/refs?service=git-receive-pack", "refs of ann/geometry for git-receive-pack", "G6+ 200"},
		{"HEAD", "/ann/geometry/info/refs?service=git-receive-pack", "", "G6+ 200"},
		{"POST", "/ann/geometry.git/git-upload-pack", "git-upload-pack of ann/geometry", "F2+ 200"},
		{"POST", "/ann/geometry/git-receive-pack", "git-receive-pack of ann/geometry", "F2+ 200"},
		{"POST", "/ann/geometry.git/git-upload-archive", "git-upload-archive of ann/geometry", "F2+ 200"},
		{"OPTIONS", "/ann/geometry/git-receive-pack", "", "M9+ 204"},
		{"GET", "/ann/geometry/-/bundles/" + bundle, "bundle " + bundle + " of ann/geometry", "G6+ 200"},
	} {
		answer := b.do(tt.method, tt.target)
		if got := body(t, answer); got != tt.want || !strings.HasSuffix(b.trace(), tt.way) {
			t.Errorf("%s %s: %q by %s, want %q", tt.method, tt.target, got, b.trace(), tt.want)
		}
		checkSecurity(t, "", answer)
	}
	for _, tt := range []struct{ method, target, way string }{
		{"PATCH", "/ann/geometry/git-receive-pack", "M2- E1+ 405"},
		{"GET", "/ann/geometry/git-receive-pack", "M2- E1+ 405"},
		{"POST", "/ann/geometry/git-receive-pack?x", "M3+ E1+ 400"},
		{"GET", "/ann/geometry/info/refs", "M5b- E1+ 403"},
		{"GET", "/ann/geometry/info/refs?service=x", "M5b- E1+ 403"},
		{"POST", "/ann/geometry/-/bundles/" + bundle, "M2- E1+ 405"},
	} {
		answer := b.do(tt.method, tt.target)
		if got := body(t, answer); strings.Count(got, "\n") != 1 || !strings.HasSuffix(b.trace(), tt.way) {
			t.Errorf("%s %s: %q by %s, want %s", tt.method, tt.target, got, b.trace(), tt.way)
		}
		checkSecurity(t, "", answer)
	}
	for _, target := range []string{
		"/ann/geometry.git.git/info/refs", "/ann/geometry.lock/info/refs", "/ann/geo..metry/info/refs", "/Ann/geometry/info/refs",
		"/ann/geometry%2finfo/refs", "/ann/geometry/info%2frefs", "/%61nn/geometry/info/refs", "/ann/geometry.git/info/refs/",
		"/ann/geometry/info/refs;x", "/ann//geometry/info/refs", "/ann/../ann/geometry/info/refs", "/x/ann/geometry/info/refs",
		"/ann/geometry/-/info/refs", "/-/hooks/a/b", "/-/hooks/", "/-/hooks/a%2fb", "/ann/geometry/info/refs%00",
	} {
		answer := b.do("GET", target)
		if got := body(t, answer); strings.Contains(b.trace(), "F2+") || answer.StatusCode < 400 {
			t.Errorf("%s: %d %q", target, answer.StatusCode, got)
		}
	}
	none := newBench(t, func(c *Config) { c.Git = nil })
	for _, target := range []string{"/ann/geometry/info/refs", "/-/hooks/any"} {
		if answer := none.do("GET", target); answer.StatusCode != 404 {
			t.Errorf("%s without a handler: %d", target, answer.StatusCode)
		}
	}
}

func TestHealth(t *testing.T) {
	down := errors.New("dial tcp 10.0.0.7: refused")
	b := newBench(t, func(c *Config) {
		c.Health = func(context.Context) error { return nil }
		c.Ready = func(context.Context) (any, error) { return map[string]string{"version": "1"}, down }
	})
	if answer := b.do("GET", "/-/health"); answer.StatusCode != 200 {
		t.Errorf("health: %d", answer.StatusCode)
	}
	answer := b.do("GET", "/-/ready")
	if answer.StatusCode != 503 || answer.Header.Get("Retry-After") != "5" || !strings.HasSuffix(b.trace(), "S4+ S1- E1+ 503") {
		t.Errorf("ready: %d %v by %s", answer.StatusCode, answer.Header, b.trace())
	}
	if s := body(t, answer); strings.Contains(s, "10.0.0.7") {
		t.Errorf("the answer tells %q", s)
	}
	down = nil
	answer = b.do("GET", "/-/ready")
	if s := body(t, answer); answer.StatusCode != 200 || s != `{"version":"1"}`+"\n" || answer.Header.Get("Content-Type") != resource.TypeJSON ||
		answer.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("ready: %d %v %s", answer.StatusCode, answer.Header, s)
	}
}

// TestManifestLost: a list shows what it can, a book's own pages are a fault.
func TestManifestLost(t *testing.T) {
	b := newBench(t, nil)
	delete(b.store.manifests, blobstore.Digest("m"))
	for target, want := range map[string]int{
		"/": 200, "/ann/geometry": 200, "/ann/geometry/-/releases": 200, "/ann/geometry/shapes": 307,
		"/ann/geometry/shapes@1.10": 500, "/ann/geometry/shapes@1.10/1-angles": 500, "/ann/geometry/shapes@1.12": 410,
	} {
		if answer := b.do("GET", target); answer.StatusCode != want {
			t.Errorf("%s: %d, want %d", target, answer.StatusCode, want)
		}
	}
}

// TestWrongCredentials: whoever sends credentials that are wrong, or not valid any
// more, gets a 401 with a challenge wherever the response depends on who asks.
func TestWrongCredentials(t *testing.T) {
	b := newBench(t, func(c *Config) {
		c.Archive = &archiveInMemory{planned: true}
		c.Search = &shelf{}
	})
	for _, path := range []string{
		"/", "/ann", "/nobody", "/-/releases.atom", "/sitemap.xml", "/search", "/search?q=angle", "/search.json?q=angle",
		"/ann/geometry", "/ann/geometry/-/releases", "/ann/geometry/-/releases.atom", "/ann/geometry/-/pushes", "/ann/geometry/-/search?q=angle",
		"/ann/geometry/-/sitemap.xml", "/ann/geometry/shapes", "/ann/geometry/shapes@1.10", "/ann/geometry/shapes@1.10/1-angles",
		"/ann/geometry/shapes@1.10/search?q=angle", "/ann/geometry/shapes@1.9...1.10", "/ann/geometry/shapes@next", "/ann/nothing",
		"/contents/" + bookID + "@1.10.json", "/contents/" + bookID + "@1.1.json", "/contents/" + pageID + "@9.9.json", "/resources/" + strings.Repeat("a", 40),
	} {
		for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
			answer := b.do(method, path, "User", wrongUser)
			if answer.StatusCode != 401 || !strings.HasPrefix(answer.Header.Get("Www-Authenticate"), "Basic ") {
				t.Errorf("%s %s: %d %q", method, path, answer.StatusCode, answer.Header.Get("Www-Authenticate"))
			}
		}
		if answer := b.do("GET", path); answer.StatusCode == 500 {
			t.Errorf("%s without credentials: %d", path, answer.StatusCode)
		}
	}
}
