package lfs

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/egress"
)

func pointerTo(content string) Pointer { return Pointer{OID(oidOf(content)), int64(len(content))} }

// remote is the Git LFS that has the handler, over plain HTTP.
func remote(t *testing.T, h http.HandlerFunc) *Remote {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return &Remote{URL: s.URL + "/book.git/info/lfs", Client: egress.Guard{Private: true}.Client(0, 64<<10), Plain: true, Agent: "test"}
}

// What our own server has of a private repository is fetched with a token, into
// another one, and only what is not there yet.
func TestFetch(t *testing.T) {
	there, here := newSite(t, 0), newSite(t, 0)
	var want []Pointer
	for i := range 2*fetchBatch + 10 {
		content := fmt.Sprint("content ", i)
		p := pointerTo(content)
		want = append(want, p, p)
		if err := there.lfs.Objects.Put(t.Context(), "secret", p.OID, p.Size, strings.NewReader(content)); err != nil {
			t.Fatal(err)
		}
	}
	absent := pointerTo("never pushed")
	want = append(want, absent)
	from := &Remote{URL: RemoteURL(there.URL + "/ann/secret"), Client: egress.Guard{Private: true}.Client(0, 64<<10), Plain: true}
	if _, err := here.lfs.Objects.Fetch(t.Context(), from, "open", want); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("without a token: %v", err)
	}
	from.Authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte("ann:"+there.tokens["ann"]))
	for range 2 {
		lacking, err := here.lfs.Objects.Fetch(t.Context(), from, "open", want)
		if err != nil || len(lacking) != 1 || !strings.Contains(lacking[absent.OID], "404") {
			t.Fatalf("got %v, %v", lacking, err)
		}
		f, err := here.lfs.Objects.Open(t.Context(), "open", want[0].OID)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(f)
		f.Close()
		if err != nil || string(text) != "content 0" {
			t.Errorf("got %q, %v", text, err)
		}
		if all, err := here.lfs.Objects.all("open"); err != nil || len(all) != 2*fetchBatch+10 {
			t.Errorf("%d objects, %v", len(all), err)
		}
	}
	if n, err := here.lfs.Objects.Used(t.Context(), "secret"); n != 0 || err != nil {
		t.Errorf("another repository has %d bytes, %v", n, err)
	}
}

// offering answers a batch with what offer says of each object.
func offering(w http.ResponseWriter, r *http.Request, offer func(object) objectAnswer) {
	var req batchRequest
	if json.NewDecoder(r.Body).Decode(&req) != nil || r.Method != http.MethodPost || r.Header.Get("Accept") != mediaType || r.Header.Get("Content-Type") != mediaType {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	a := batchAnswer{Transfer: basic}
	for _, o := range req.Objects {
		a.Objects = append(a.Objects, offer(o))
	}
	json.NewEncoder(w).Encode(a)
}

func at(href string, header map[string]string) map[string]action {
	return map[string]action{"download": {Href: href, Header: header}}
}

// All that can be wrong with one object or with the server.
func TestFetchFaults(t *testing.T) {
	here, good := newSite(t, 0), pointerTo("good")
	status := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			io.WriteString(w, body)
		}
	}
	// serving offers an address for the object and has the handler there.
	serving := func(h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				offering(w, r, func(o object) objectAnswer { return objectAnswer{object: o, Actions: at("http://"+r.Host+"/x", nil)} })
				return
			}
			h(w, r)
		}
	}
	offer := func(one objectAnswer) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			offering(w, r, func(o object) objectAnswer { one.object = o; return one })
		}
	}
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		lacks   string // why it is lacking, or
		fails   string // why to try again
	}{
		{"all is well", serving(status(200, "good")), "", ""},
		{"no Git LFS", status(404, "<html>"), "no Git LFS: it answers 404", ""},
		{"not built", status(501, ""), "no Git LFS", ""},
		{"wants a token", status(401, `{"message":"Credentials \u001bneeded"}`), "", "token, or another one: Credentials \uFFFDneeded"},
		{"over its quota", status(403, `{"message":"over its data quota"}`), "", "over its data quota"},
		{"busy", status(503, ""), "", "503"},
		{"moved", status(302, ""), "", "302"},
		{"no JSON", status(200, "<html>"), "", "cannot be read"},
		{"endless", func(w http.ResponseWriter, r *http.Request) { io.Copy(w, zeros{}) }, "", "larger than"},
		{"another transfer", status(200, `{"transfer":"tus"}`), "", "basic"},
		{"another hash", status(200, `{"hash_algo":"sha512"}`), "", "sha256"},
		{"says nothing of it", status(200, `{"objects":[]}`), "does not say where", ""},
		{"gone", offer(objectAnswer{Error: &objectError{410, "gone\n"}}), "410 \"gone\uFFFD\"", ""},
		{"error of its own", offer(objectAnswer{Error: &objectError{500, "oh"}}), "", `500 "oh"`},
		{"no actions", offer(objectAnswer{}), "does not say where", ""},
		{"a file of ours", offer(objectAnswer{Actions: at("file:///etc/passwd", nil)}), "", "https only"},
		{"a relative address", offer(objectAnswer{Actions: at("/x", nil)}), "", "https only"},
		{"no address", offer(objectAnswer{Actions: at("http://[::1", nil)}), "", "no address"},
		{"an address with a password", offer(objectAnswer{Actions: at("https://ann:tiger@a/", nil)}), "", "holds a name or password"},
		{"a header of lines", offer(objectAnswer{Actions: at("http://127.0.0.1:1/", map[string]string{"X": "a\r\nY: b"})}), "", "invalid header"},
		{"not there", serving(status(404, "")), "where the upstream says that it is, answers 404", ""},
		{"not for us", serving(status(403, "")), "", "403"},
		{"other bytes", serving(status(200, "evil")), "not the bytes of the object", ""},
		{"too few", serving(status(200, "goo")), "not the bytes of the object", ""},
		{"without end", serving(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, zeros{}) }), "not the bytes of the object", ""},
		{"in a circle", serving(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/y", http.StatusFound) }), "", "redirects"},
		{"to nowhere", serving(status(http.StatusFound, "")), "", "without saying where"},
		{"out of HTTP", serving(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}), "", "https only"},
		{"breaks off again and again", serving(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "4")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}), "", "broke off after 0 of 4 bytes"},
		{"another part", serving(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") == "" {
				w.Header().Set("Content-Length", "4")
				io.WriteString(w, "go")
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			}
			w.Header().Set("Content-Range", "bytes 0-1/4")
			w.WriteHeader(206)
		}), "", "another part"},
	} {
		if _, err := here.db.ExecContext(t.Context(), `DELETE FROM lfs_object`); err != nil {
			t.Fatal(err)
		}
		lacking, err := here.lfs.Objects.Fetch(t.Context(), remote(t, tt.handler), "open", []Pointer{good})
		if (err == nil) != (tt.fails == "") || err != nil && !strings.Contains(err.Error(), tt.fails) || err != nil && strings.Contains(err.Error(), "tiger") {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.fails)
		}
		if why := lacking[good.OID]; err == nil && ((why == "") != (tt.lacks == "") || !strings.Contains(why, tt.lacks)) {
			t.Errorf("%s: lacking %q, want %q", tt.name, why, tt.lacks)
		}
		if has := here.has(t, "open", string(good.OID)); has != (tt.lacks == "" && tt.fails == "") {
			t.Errorf("%s: it is here: %v", tt.name, has)
		}
		if n, err := here.lfs.Objects.Used(t.Context(), "open"); err != nil || n != 0 && n != good.Size {
			t.Errorf("%s: %d bytes are reserved, %v", tt.name, n, err)
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// A repository takes no more than its quota lets it.
func TestFetchQuota(t *testing.T) {
	here := newSite(t, 10)
	from := remote(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			offering(w, r, func(o object) objectAnswer {
				return objectAnswer{object: o, Actions: at(fmt.Sprintf("http://%s/%d", r.Host, o.Size), nil)}
			})
			return
		}
		io.WriteString(w, map[string]string{"/4": "good", "/11": "much better"}[r.URL.Path])
	})
	large := pointerTo("much better")
	lacking, err := here.lfs.Objects.Fetch(t.Context(), from, "open", []Pointer{large, pointerTo("good")})
	if err != nil || len(lacking) != 1 || !strings.Contains(lacking[large.OID], "quota") {
		t.Errorf("got %v, %v", lacking, err)
	}
}

// Over https only, and to the public internet only, unless more is allowed.
func TestFetchGuarded(t *testing.T) {
	var asked atomic.Bool
	from := remote(t, func(w http.ResponseWriter, r *http.Request) { asked.Store(true) })
	from.Plain = false
	here := newSite(t, 0)
	if _, err := here.lfs.Objects.Fetch(t.Context(), from, "open", []Pointer{pointerTo("x")}); err == nil {
		t.Error("asked over http")
	}
	from.Plain, from.Client = true, egress.Guard{}.Client(0, 64<<10)
	if _, err := here.lfs.Objects.Fetch(t.Context(), from, "open", []Pointer{pointerTo("x")}); err == nil || !strings.Contains(err.Error(), "public internet") {
		t.Errorf("got %v", err)
	}
	if asked.Load() {
		t.Error("the upstream was asked")
	}
}

// What shows who asks goes to the origin that it is for, and nowhere else.
func TestFetchCredentials(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]string{} // by what is asked for: Authorization and X-Ticket
	note := func(r *http.Request, name string) {
		mu.Lock()
		defer mu.Unlock()
		seen[name] = r.Header.Get("Authorization") + "|" + r.Header.Get("X-Ticket")
	}
	contents := map[string]string{"/own": "1", "/ticket": "2", "/authenticated": "3", "/elsewhere": "4", "/redirected": "5", "/back": "6"}
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		note(r, "store "+r.URL.Path)
		io.WriteString(w, contents[r.URL.Path])
	}))
	defer store.Close()
	from := remote(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			note(r, "batch")
			offering(w, r, func(o object) objectAnswer {
				one := objectAnswer{object: o}
				for path, content := range contents {
					if oidOf(content) != string(o.OID) {
						continue
					}
					base, header := "http://"+r.Host, map[string]string{}
					if path == "/elsewhere" {
						base = store.URL
					}
					if path != "/own" {
						header["X-Ticket"] = "t"
					}
					if path == "/ticket" {
						header["Authorization"] = "Bearer ticket"
					}
					one.Actions, one.Authenticated = at(base+path, header), path == "/authenticated"
				}
				return one
			})
			return
		}
		note(r, r.URL.Path)
		if r.URL.Path == "/redirected" {
			http.Redirect(w, r, store.URL+"/redirected", http.StatusFound)
			return
		}
		io.WriteString(w, contents[r.URL.Path])
	})
	from.Authorization = "Basic tiger"
	var want []Pointer
	for _, content := range contents {
		want = append(want, pointerTo(content))
	}
	if lacking, err := newSite(t, 0).lfs.Objects.Fetch(t.Context(), from, "open", want); err != nil || len(lacking) > 0 {
		t.Fatal(lacking, err)
	}
	expected := map[string]string{
		"batch": "Basic tiger|", "/own": "Basic tiger|", "/ticket": "Bearer ticket|t", "/authenticated": "|t", "/back": "Basic tiger|t",
		"/redirected": "Basic tiger|t", "store /redirected": "|", "store /elsewhere": "|t",
	}
	if !maps.Equal(seen, expected) {
		t.Errorf("got %q", seen)
	}
}

// A download that breaks off goes on where it was, whether the server knows ranges
// or not.
func TestFetchResumed(t *testing.T) {
	content := strings.Repeat("0123456789", 10_000)
	for _, ranges := range []bool{true, false} {
		var requests atomic.Int64
		from := remote(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				offering(w, r, func(o object) objectAnswer {
					return objectAnswer{object: o, Actions: at("http://"+r.Host+"/x", map[string]string{"Range": "bytes=1-2"})}
				})
				return
			}
			asked := int(requests.Add(1))
			rest := content
			if begin := 0; ranges && r.Header.Get("Range") != "" {
				fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &begin)
				rest = content[begin:]
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", begin, len(content)-1, len(content)))
				w.Header().Set("Content-Length", fmt.Sprint(len(rest)))
				w.WriteHeader(http.StatusPartialContent)
			} else {
				w.Header().Set("Content-Length", fmt.Sprint(len(rest)))
			}
			if asked < 4 {
				io.WriteString(w, rest[:len(rest)/4*asked])
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			}
			io.WriteString(w, rest)
		})
		here := newSite(t, 0)
		if lacking, err := here.lfs.Objects.Fetch(t.Context(), from, "open", []Pointer{pointerTo(content)}); err != nil || len(lacking) > 0 || requests.Load() != 4 {
			t.Errorf("ranges %v: %v, %v, asked %d times", ranges, lacking, err, requests.Load())
		}
	}
}

func TestRemoteURL(t *testing.T) {
	for repository, want := range map[string]string{
		"https://a/b": "https://a/b.git/info/lfs", "https://a/b/": "https://a/b.git/info/lfs",
		"https://a/b.git": "https://a/b.git/info/lfs", "https://a/b/.git": "https://a/b/.git/info/lfs",
	} {
		if got := RemoteURL(repository); got != want {
			t.Errorf("%s: %s", repository, got)
		}
	}
}

// Every pointer of a tree is found, and what two trees have in common is looked
// through once.
func TestPointers(t *testing.T) {
	here := newSite(t, 0)
	p, q := pointerTo("p"), pointerTo("q")
	files := map[string]string{
		".gitattributes": "*.md text\n", "loose.png": p.String(),
		"a/.gitattributes": "*.png filter=lfs diff=lfs merge=lfs -text\n", "a/one.png": p.String(), "a/deep/two.png": q.String(), "a/text.md": "no pointer\n",
		"b/one.png": p.String(),
	}
	seen := map[string]bool{}
	find := func(tree fs.FS) (found []string) {
		t.Helper()
		err := here.lfs.Objects.Tree("open", tree).Pointers(seen, func(path string, p Pointer) { found = append(found, path+" "+string(p.OID)[:4]) })
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	want := []string{"a/deep/two.png " + string(q.OID)[:4], "a/one.png " + string(p.OID)[:4]}
	if got := find(commit(t, files)); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	files["a/text.md"] = "still none\n"
	if got := find(commit(t, files)); !slices.Equal(got, want[1:]) {
		t.Errorf("the next tree: got %q", got)
	}
	files[".gitattributes"] = "*.png filter=lfs\n"
	if got := find(commit(t, files)); !slices.Contains(got, "b/one.png "+string(p.OID)[:4]) || !slices.Contains(got, "loose.png "+string(p.OID)[:4]) {
		t.Errorf("tracked from the root: got %q", got)
	}
	broken := errors.New("broken")
	if err := here.lfs.Objects.Tree("open", brokenFS{broken}).Pointers(map[string]bool{}, nil); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type brokenFS struct{ err error }

func (b brokenFS) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: b.err}
}
