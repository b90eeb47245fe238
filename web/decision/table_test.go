package decision

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

func TestTableIsWellFormed(t *testing.T) {
	reached := map[Way]bool{S1: true, E1: true, E2: true}
	ids := map[string]bool{}
	for i, d := range table {
		if d.ID == "" || d.Name == "" || d.Question == "" || d.Section == "" || d.ask == nil {
			t.Errorf("row %d (%s) is not complete", i, d.ID)
		}
		if ids[d.ID] {
			t.Errorf("%s is there twice", d.ID)
		}
		ids[d.ID] = true
		for _, way := range []Way{d.Yes, d.No} {
			status, ends := way.Status()
			switch {
			case ends && http.StatusText(status) == "":
				t.Errorf("%s leads to %d, which is no status", d.ID, status)
			case !ends && way < decisions && way <= Way(i):
				t.Errorf("%s leads back to %s", d.ID, way)
			case !ends && way >= decisions && way < Process:
				t.Errorf("%s leads to %d", d.ID, int(way))
			}
			reached[way] = true
		}
	}
	for i := range decisions {
		if !reached[i] {
			t.Errorf("nothing leads to %s", i)
		}
	}
}

// Beginnings of a way, up to the question that a test is about.
const (
	toM2 = "S1+ S2+ "
	toM3 = toM2 + "M2+ "
	toM4 = toM3 + "M3- "
	toM5 = toM4 + "M4+ "
	toM6 = toM5 + "M5- "
	toX1 = toM6 + "M6- M9- "
	toX2 = toX1 + "X1- "
	toC1 = toX1 + "X1+ "
	toK2 = toC1 + "C1+ C2+ C4+ "
	toK6 = toK2 + "K2- K4- "
	toA1 = toK6 + "K6- K9- "
	toG2 = toA1 + "A1+ "
	toG3 = toG2 + "G2+ "
)

type way struct {
	name    string
	f       *fixture
	method  string // GET if empty
	fields  []string
	want    string // the trace
	present []string
}

func ways() []way {
	german := page()
	german.Language = "de"
	english := page()
	english.Language = "en"
	json := page()
	json.Type, json.ETag = "application/json", `"j1"`
	gzip := page()
	gzip.Coding, gzip.ETag = "gzip", `"v1-gzip"`
	noValidators := page()
	noValidators.ETag, noValidators.Modified = "", time.Time{}
	put := []string{"GET", "HEAD", "PUT", "OPTIONS"}
	writes := func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusCreated)
		return nil
	}
	with := func(change func(*fixture)) *fixture {
		f := one()
		change(f)
		return f
	}
	moved := func(e Existence) *fixture {
		return with(func(f *fixture) { f.state = State{Existence: e, Location: "/y"} })
	}
	strict := map[string]bool{accept: true, acceptLanguage: true, acceptEncoding: true}
	const (
		same  = "Mon, 06 May 2024 07:08:09 GMT"
		older = "Mon, 06 May 2024 07:08:08 GMT"
	)
	return []way{
		{"unavailable", with(func(f *fixture) { f.unavailable, f.retryAfter = true, 1500*time.Millisecond }), "", nil, "S1- E1+ 503", []string{"Retry-After", "2"}},
		{"unknown method", one(), "BREW", nil, "S1+ S2- E1+ 501", nil},
		{"method not allowed", one(), "DELETE", nil, toM2 + "M2- E1+ 405", []string{"Allow", "GET, HEAD, OPTIONS"}},
		{"trace is off", one(), "TRACE", nil, toM2 + "M2- E1+ 405", []string{"Allow", "GET, HEAD, OPTIONS"}},
		{"malformed", with(func(f *fixture) { f.malformed = "no" }), "", nil, toM3 + "M3+ E1+ 400", nil},
		{"unauthorized", with(func(f *fixture) { f.access.Challenge = `Basic realm="x"` }), "", nil, toM4 + "M4- E1+ 401", []string{"WWW-Authenticate", `Basic realm="x"`}},
		{"forbidden", with(func(f *fixture) { f.access.Forbidden = true }), "", nil, toM5 + "M5+ M5b- E1+ 403", nil},
		{"hidden", with(func(f *fixture) { f.access.Hidden = true }), "", nil, toM5 + "M5+ M5b+ E1+ 404", nil},
		{"blocked", with(func(f *fixture) { f.access.Blocked, f.access.BlockedBy = true, "https://court.example/" }), "", nil, toM6 + "M6+ E1+ 451", []string{"Link", `<https://court.example/>; rel="blocked-by"`}},
		{"options", one(), "OPTIONS", nil, toM6 + "M6- M9+ 204", []string{"Allow", "GET, HEAD, OPTIONS"}},

		{"moved permanently", moved(MovedPermanently), "", nil, toX2 + "X2+ 308", []string{"Location", "/y", "Cache-Control", "no-cache"}},
		{"moved temporarily", moved(MovedTemporarily), "", nil, toX2 + "X2- X2b+ 307", []string{"Location", "/y"}},
		{"see other", moved(SeeOther), "", nil, toX2 + "X2- X2b- X2c+ 303", []string{"Location", "/y"}},
		{"gone", moved(Gone), "", nil, toX2 + "X2- X2b- X2c- X3+ E1+ 410", nil},
		{"missing", moved(Missing), "", nil, toX2 + "X2- X2b- X2c- X3- X4- E1+ 404", nil},
		{"create", with(func(f *fixture) {
			f.methods, f.process, f.state = put, writes, State{Existence: Missing, MayCreate: true}
		}), "PUT", nil, toX2 + "X2- X2b- X2c- X3- X4+ X5- process", nil},
		{"replace what is missing", with(func(f *fixture) {
			f.methods, f.state = put, State{Existence: Missing, MayCreate: true}
		}), "PUT", []string{"If-Match", "*"}, toX2 + "X2- X2b- X2c- X3- X4+ X5+ E1+ 412", nil},

		{"no acceptable type", one(), "", []string{"Accept", "image/png"}, toC1 + "C1- C5+ E1- 406", nil},
		{"no acceptable type, served all the same", with(func(f *fixture) { f.strict = map[string]bool{} }), "", []string{"Accept", "image/png"}, toC1 + "C1- C5- K2- K4- K6- K9- A1+ G2- G6+ 200", nil},
		{"type", with(func(f *fixture) { f.representations = []Representation{page(), json} }), "", []string{"Accept", "application/json"}, toG2 + "G2- G6+ 200", []string{"Content-Type", "application/json", "Vary", "Accept", "ETag", `"j1"`}},
		{"no acceptable language", with(func(f *fixture) { f.strict, f.representations = strict, []Representation{german, english} }), "", []string{"Accept-Language", "fr"}, toC1 + "C1+ C2- C5+ E1+ 406", []string{"Vary", "Accept-Language, Accept"}},
		{"no acceptable language, served all the same", with(func(f *fixture) { f.representations = []Representation{german, english} }), "", []string{"Accept-Language", "fr"}, toC1 + "C1+ C2- C5- K2- K4- K6- K9- A1+ G2- G6+ 200", []string{"Content-Language", "de", "Vary", "Accept-Language"}},
		{"no acceptable coding", one(), "", []string{"Accept-Encoding", "identity;q=0"}, toC1 + "C1+ C2+ C4- C5+ E1+ 406", nil},
		{"coding", with(func(f *fixture) { f.representations = []Representation{gzip, page()} }), "", []string{"Accept-Encoding", "gzip"}, toG2 + "G2- G6+ 200", []string{"Content-Encoding", "gzip", "Vary", "Accept-Encoding", "ETag", `"v1-gzip"`}},

		{"if-match fails", one(), "", []string{"If-Match", `"v0"`}, toK2 + "K2+ K3- E1+ 412", nil},
		{"if-match holds", one(), "", []string{"If-Match", `"v0", "v1"`}, toK2 + "K2+ K3+ K6- K9- A1+ G2- G6+ 200", nil},
		{"if-unmodified-since fails", one(), "", []string{"If-Unmodified-Since", older}, toK2 + "K2- K4+ K5- E1+ 412", nil},
		{"if-unmodified-since holds", one(), "", []string{"If-Unmodified-Since", same}, toK2 + "K2- K4+ K5+ K6- K9- A1+ G2- G6+ 200", nil},
		{"if-none-match matches", one(), "", []string{"If-None-Match", `W/"v1"`}, toK6 + "K6+ K7+ K8+ 304", []string{"ETag", `"v1"`, "Cache-Control", "max-age=60"}},
		{"if-none-match does not match", one(), "", []string{"If-None-Match", `"v0"`}, toK6 + "K6+ K7- A1+ G2- G6+ 200", nil},
		{"if-none-match on a change", with(func(f *fixture) { f.methods = put }), "PUT", []string{"If-None-Match", "*"}, toK6 + "K6+ K7+ K8- E1+ 412", nil},
		{"if-modified-since: not", one(), "", []string{"If-Modified-Since", same}, toK6 + "K6- K9+ K10- 304", []string{"ETag", `"v1"`}},
		{"if-modified-since: yes", one(), "", []string{"If-Modified-Since", older}, toK6 + "K6- K9+ K10+ A1+ G2- G6+ 200", nil},
		{"change", with(func(f *fixture) { f.methods, f.process = put, writes }), "PUT", nil, toA1 + "A1- process", nil},

		{"range", one(), "", []string{"Range", "bytes=10-19"}, toG3 + "G3+ G4+ G5+ 206", []string{"Content-Range", "bytes 10-19/4800", "Content-Length", "10"}},
		{"range with another if-range", one(), "", []string{"Range", "bytes=10-19", "If-Range", `"v0"`}, toG3 + "G3- G6+ 200", []string{"Content-Length", "4800"}},
		{"several ranges", one(), "", []string{"Range", "bytes=1-2,5-6"}, toG3 + "G3+ G4- G6+ 200", nil},
		{"range behind the end", one(), "", []string{"Range", "bytes=4800-"}, toG3 + "G3+ G4+ G5- E1+ 416", []string{"Content-Range", "bytes */4800"}},
		{"nothing to send", &fixture{}, "", nil, toG2 + "G2- G6- 204", nil},
		{"no validators", &fixture{representations: []Representation{noValidators}}, "", []string{"If-None-Match", `"v1"`, "If-Modified-Since", same}, toK6 + "K6+ K7- A1+ G2- G6+ 200", nil},

		{"error as HTML", one(), "DELETE", []string{"Accept", "text/html"}, toM2 + "M2- E1+ 405", []string{"Content-Type", formHTML, "Vary", "Accept"}},
		{"error in no form", one(), "DELETE", []string{"Accept", "image/png"}, toM2 + "M2- E1- 405", []string{"Content-Type", formText}},
		{"fault", with(func(f *fixture) { f.failing, f.err = "access", errDisk }), "", nil, toM4 + "E2+ E1+ 500", nil},
		{"panic", with(func(f *fixture) { f.failing = "state" }), "", nil, toX1 + "E2+ E1+ 500", nil},
	}
}

// TestWays walks every way out of every decision, and checks the exact trace.
func TestWays(t *testing.T) {
	type edge struct {
		from Way
		yes  bool
	}
	walked := map[edge]bool{}
	for _, tt := range ways() {
		t.Run(tt.name, func(t *testing.T) {
			method := tt.method
			if method == "" {
				method = http.MethodGet
			}
			answer, trace := ask(t, tt.f, method, tt.fields...)
			for _, s := range trace.Steps {
				walked[edge{s.Decision, s.Answer}] = true
			}
			if got := trace.String(); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
			if trace.Status != 0 && answer.StatusCode != trace.Status {
				t.Errorf("status %d, trace says %d", answer.StatusCode, trace.Status)
			}
			for i := 0; i < len(tt.present); i += 2 {
				if got := answer.Header.Get(tt.present[i]); got != tt.present[i+1] {
					t.Errorf("%s: %q, want %q", tt.present[i], got, tt.present[i+1])
				}
			}
		})
	}
	for i, d := range table {
		for _, yes := range []bool{true, false} {
			if !walked[edge{Way(i), yes}] && (yes || d.No != Never) {
				t.Error("not walked:", fmt.Sprint(d.ID, yes))
			}
		}
	}
}
