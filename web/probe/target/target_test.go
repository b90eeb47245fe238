package target

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/web/decision"
)

// TestWays walks to the ends that make the resources what they are.
func TestWays(t *testing.T) {
	set := All("/x/")
	handler := &decision.Handler{
		Find: func(r *http.Request) decision.Resource {
			return set.Find(strings.TrimPrefix(r.URL.Path, "/x/"))
		},
		Serves: Serves, TooFast: TooFast,
	}
	for _, tt := range []struct {
		method, name, content string
		status                int
		field, value          string
	}{
		{"GET", "page", "", 200, "Vary", "Accept, Accept-Language, Accept-Encoding"},
		{"GET", "page.html", "", 200, "Content-Type", "text/html; charset=utf-8"},
		{"GET", "choose", "", 300, "Link", `</x/page.html>; rel="alternate"; type="text/html; charset=utf-8"; hreflang="en"`},
		{"GET", "empty", "", 204, "", ""},
		{"GET", "moved", "", 308, "Location", "/x/page"},
		{"POST", "new", "", 405, "Allow", "PUT, GET, HEAD, OPTIONS"},
		{"PUT", "new", `{"title":"a"}`, 201, "", ""},
		{"PUT", "new-guarded", `{}`, 428, "", ""},
		{"PUT", "guarded", `{}`, 428, "", ""},
		{"PUT", "document", `{`, 400, "", ""},
		{"PUT", "document", `{"x":1}`, 422, "", ""},
		{"PUT", "document", `[]`, 422, "", ""},
		{"DELETE", "document", "", 204, "", ""},
		{"GET", "document", "", 200, "Content-Type", "application/json"},
		{"QUERY", "query", `{}`, 200, "", ""},
		{"QUERY", "query", `{`, 400, "", ""},
		{"GET", "too-fast", "", 429, "Retry-After", "60"},
		{"GET", "nothing", "", 404, "", ""},
	} {
		r := httptest.NewRequest(tt.method, "/x/"+tt.name, strings.NewReader(tt.content))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != tt.status || w.Header().Get(tt.field) != tt.value {
			t.Errorf("%s %s: %d %v", tt.method, tt.name, w.Code, w.Header())
		}
	}
	if len(set.Names()) != len(set.resources) || set.Names()[0] != "answer" {
		t.Errorf("names: %v", set.Names())
	}
}

// The address of a form's own answers with just that form.
func TestOwnAddress(t *testing.T) {
	set := All("/x/")
	of := func(name string) decision.Representation {
		all, err := set.Find(name).Representations(httptest.NewRequest("GET", "/x/"+name, nil))
		if err != nil {
			t.Fatal(err)
		}
		return all[0]
	}
	if page, alone := of("page"), of("page.html"); page.Location != "/x/page.html" || page.ETag != alone.ETag || alone.Location != "" {
		t.Errorf("%+v and %+v", page, alone)
	}
}

func TestServes(t *testing.T) {
	for authority, want := range map[string]bool{
		"books.example": true, "127.0.0.1:80": true, "[::1]:80": true, "a.invalid": false, "a.invalid.:80": false, "invalid": true,
	} {
		if Serves(authority) != want {
			t.Errorf("%s: %v", authority, !want)
		}
	}
}
