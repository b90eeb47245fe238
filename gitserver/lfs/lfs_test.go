package lfs

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
)

// An object goes up and comes down as clients do it: by what the batch offers.
func TestTransfer(t *testing.T) {
	s := newSite(t, 0)
	const content = "a figure that is large"
	oid := oidOf(content)
	o := s.batch(t, "ann", "secret", Upload, oid, len(content))
	if !o.Authenticated || o.Error != nil || o.Actions["upload"].Href != s.URL+"/ann/secret.git/info/lfs/objects/"+oid || o.Actions["upload"].ExpiresIn != 1800 {
		t.Fatalf("offered: %+v", o)
	}
	ticket := o.Actions["upload"].Header["Authorization"]
	if got := s.status(t, ticket, "PUT", "secret:objects/"+oid, content, "Content-Type", "application/octet-stream"); got != 200 {
		t.Fatalf("upload: %d", got)
	}
	if got := s.status(t, o.Actions["verify"].Header["Authorization"], "POST", "secret:objects/"+oid+"/verify", fmt.Sprintf(`{"oid":%q,"size":%d}`, oid, len(content))); got != 200 {
		t.Errorf("verify: %d", got)
	}
	if o := s.batch(t, "ann", "secret", Upload, oid, len(content)); o.Actions != nil || o.Error != nil {
		t.Errorf("upload of what is there: %+v", o)
	}
	down := s.batch(t, "reader", "secret", Download, oid, len(content)).Actions["download"].Header["Authorization"]
	for _, c := range []struct {
		fields []string
		status int
		want   string
	}{
		{nil, 200, content},
		{[]string{"Range", "bytes=2-7"}, 206, content[2:8]},
		{[]string{"Range", "bytes=-5"}, 206, content[len(content)-5:]},
		{[]string{"Range", "bytes=7-"}, 206, content[7:]},
		{[]string{"Range", "bytes=99-"}, 416, ""},
		{[]string{"Range", "bytes=7-", "If-Range", `"` + oid + `"`}, 206, content[7:]},
		{[]string{"Range", "bytes=7-", "If-Range", `"x"`}, 200, content},
		{[]string{"If-None-Match", `"` + oid + `"`}, 304, ""},
	} {
		resp, text := s.do(t, down, "GET", "secret:objects/"+oid, "", c.fields...)
		if resp.StatusCode != c.status || c.want != "" && text != c.want {
			t.Errorf("%v: %d %q", c.fields, resp.StatusCode, text)
		}
	}
	resp, _ := s.do(t, down, "HEAD", "secret:objects/"+oid, "")
	if resp.StatusCode != 200 || resp.ContentLength != int64(len(content)) || resp.Header.Get("Content-Type") != "application/octet-stream" || resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("HEAD: %d, %v", resp.StatusCode, resp.Header)
	}
}

// What arrives must be what was said; nothing else is kept (L1).
func TestUploadRefusals(t *testing.T) {
	s := newSite(t, 0)
	const content = "content"
	oid := oidOf(content)
	up := s.batch(t, "ann", "secret", Upload, oid, len(content)).Actions["upload"].Header["Authorization"]
	for what, c := range map[string]struct {
		who, oid, body string
		status         int
		fields         []string
	}{
		"other bytes":          {up, oid, "CONTENT", 422, nil},
		"fewer bytes":          {up, oid, "conten", 422, nil},
		"more bytes":           {up, oid, "content!", 422, nil},
		"no bytes":             {up, oid, "", 422, nil},
		"other bytes, account": {"ann", oid, "CONTENT", 422, nil},
		"fewer, account":       {"ann", oid, "conten", 422, nil},
		"more, account":        {"ann", oid, "content!", 422, nil},
		"compressed":           {"ann", oid, content, 415, []string{"Content-Encoding", "gzip"}},
		"another object":       {up, oidOf("x"), "x", 401, nil},
	} {
		if got := s.status(t, c.who, "PUT", "secret:objects/"+c.oid, c.body, c.fields...); got != c.status {
			t.Errorf("%s: %d, want %d", what, got, c.status)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), "PUT", s.URL+"/ann/secret.git/info/lfs/objects/"+oid, io.MultiReader(strings.NewReader(content)))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("ann", s.tokens["ann"])
	if resp, err := s.Client().Do(req); err != nil || resp.StatusCode != http.StatusLengthRequired {
		t.Errorf("without a length: %v, %v", resp, err)
	}
	if s.has(t, "secret", oid) {
		t.Error("the object is there")
	}
	count := 0
	s.blobs.List(t.Context(), func(blobstore.Info) error { count++; return nil })
	if used, err := s.lfs.Objects.Used(t.Context(), "secret"); count != 0 || used != 0 || err != nil {
		t.Errorf("%d blobs and %d reserved bytes are left, %v", count, used, err)
	}
}

// A client that stops in the middle leaves nothing.
func TestUploadCutOff(t *testing.T) {
	s := newSite(t, 0)
	const content = "content"
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "PUT /ann/secret/info/lfs/objects/%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\ncon",
		oidOf(content), s.tokens["ann"], len(content))
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err == nil && resp.StatusCode < 400 {
		t.Errorf("status %d", resp.StatusCode)
	}
	if s.has(t, "secret", oidOf(content)) {
		t.Error("half an object is there")
	}
	if used, err := s.lfs.Objects.Used(t.Context(), "secret"); used != 0 || err != nil {
		t.Errorf("%d bytes are reserved, %v", used, err)
	}
}

// An object is of the repositories that it was uploaded to, though its bytes
// are in the store for others (L1).
func TestObjectsOfOthers(t *testing.T) {
	s := newSite(t, 0)
	const content = "of the other repository"
	oid := oidOf(content)
	if err := s.lfs.Objects.Put(t.Context(), "other", OID(oid), int64(len(content)), strings.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.blobs.Put(t.Context(), strings.NewReader("a page of a book")); err != nil {
		t.Fatal(err)
	}
	absent := oidOf("of nobody")
	for _, o := range []struct {
		oid  string
		size int
	}{{oid, len(content)}, {oidOf("a page of a book"), 16}, {absent, 9}} {
		if got := s.batch(t, "ann", "secret", Download, o.oid, o.size); got.Error == nil || got.Error.Code != 404 || got.Actions != nil {
			t.Errorf("download: %+v", got)
		}
		if got := s.batch(t, "ann", "secret", Upload, o.oid, o.size); got.Error != nil || got.Actions == nil {
			t.Errorf("upload: %+v", got)
		}
		if got := s.status(t, "ann", "GET", "secret:objects/"+o.oid, ""); got != 404 {
			t.Errorf("GET: %d", got)
		}
		// Whoever names the bytes must have them.
		if got := s.status(t, "ann", "PUT", "secret:objects/"+o.oid, strings.Repeat("x", o.size)); got != 422 {
			t.Errorf("PUT of other bytes: %d", got)
		}
	}
	// A stranger is told the same of what is there and of what is not.
	for _, who := range []string{"stranger", ""} {
		there, absentText := "", ""
		for text, o := range map[*string]string{&there: oid, &absentText: absent} {
			resp, body := s.do(t, who, "GET", "other:objects/"+o, "")
			*text = fmt.Sprint(resp.StatusCode, body)
		}
		if there != absentText {
			t.Errorf("%q is told %s, and %s of nothing", who, there, absentText)
		}
	}
	if used, err := s.lfs.Objects.Used(t.Context(), "secret"); used != 0 || err != nil {
		t.Errorf("%d, %v", used, err)
	}
}

// The room for an object is taken before its bytes, and given back when they
// do not come; others have theirs (L4).
func TestQuota(t *testing.T) {
	s := newSite(t, 100)
	put := func(repo, content string) int {
		t.Helper()
		return s.status(t, "ann", "PUT", repo+":objects/"+oidOf(content), content)
	}
	a, b := strings.Repeat("a", 60), strings.Repeat("b", 50)
	if got := put("secret", a); got != 200 {
		t.Fatalf("the first: %d", got)
	}
	if got := put("secret", a); got != 200 {
		t.Errorf("the first again: %d", got)
	}
	if got := put("secret", b); got != 507 {
		t.Errorf("one too many: %d", got)
	}
	if got := s.batch(t, "ann", "secret", Upload, oidOf(b), len(b)); got.Error == nil || got.Error.Code != 507 || !strings.Contains(got.Error.Message, "60 of 100 bytes") {
		t.Errorf("offer for one too many: %+v", got)
	}
	if got := put("other", b); got != 200 {
		t.Errorf("into another repository: %d", got)
	}
	if got := put("secret", strings.Repeat("c", 40)); got != 200 {
		t.Errorf("to the brim: %d", got)
	}
	// A batch is counted as a whole.
	two := fmt.Sprintf(`{"operation":"upload","objects":[{"oid":%q,"size":30},{"oid":%q,"size":30}]}`, oidOf("x"), oidOf("y"))
	if resp, text := s.do(t, "ann", "POST", "other:objects/batch", two); resp.StatusCode != 200 || strings.Count(text, `"code":507`) != 1 {
		t.Errorf("two of which one has room: %s", text)
	}
}

func TestQuotaInParallel(t *testing.T) {
	s := newSite(t, 100)
	var kept, refused atomic.Int64
	var wg sync.WaitGroup
	for i := range 10 {
		content := strings.Repeat(fmt.Sprint(i), 30)
		wg.Go(func() {
			err := s.lfs.Objects.Put(t.Context(), "secret", OID(oidOf(content)), 30, strings.NewReader(content))
			if errors.Is(err, ErrQuota) {
				refused.Add(1)
			} else if err == nil {
				kept.Add(1)
			} else {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if used, err := s.lfs.Objects.Used(t.Context(), "secret"); kept.Load() != 3 || refused.Load() != 7 || used != 90 || err != nil {
		t.Errorf("%d kept, %d refused, %d bytes, %v", kept.Load(), refused.Load(), used, err)
	}
}

// What a crash has left of an upload counts for a day.
func TestReservationOfACrash(t *testing.T) {
	s := newSite(t, 100)
	for id, begun := range map[string]time.Time{"old": time.Now().Add(-25 * time.Hour), "new": time.Now().Add(-time.Hour)} {
		if _, err := s.db.ExecContext(t.Context(), `INSERT INTO lfs_upload (id, repository_id, size, begun_at) VALUES ($1, 'secret', 50, $2)`,
			id, database.Micros(begun)); err != nil {
			t.Fatal(err)
		}
	}
	content := strings.Repeat("x", 50)
	if err := s.lfs.Objects.Put(t.Context(), "secret", OID(oidOf(content)), 50, strings.NewReader(content)); err != nil {
		t.Error(err)
	}
	if err := s.lfs.Objects.Room(t.Context(), "secret", 1); !errors.Is(err, ErrQuota) {
		t.Errorf("beside one that may still be under way: %v", err)
	}
}

func TestReferencesAndPurge(t *testing.T) {
	s := newSite(t, 0)
	for _, repo := range []string{"secret", "other"} {
		if err := s.lfs.Objects.Put(t.Context(), repo, OID(oidOf("x")), 1, strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	references := func() (all []OID) {
		if err := s.lfs.Objects.References(t.Context(), func(d blobstore.Digest) error { all = append(all, d); return nil }); err != nil {
			t.Fatal(err)
		}
		return all
	}
	for _, repo := range []string{"secret", "other"} {
		if got := references(); len(got) != 1 || got[0] != OID(oidOf("x")) {
			t.Errorf("references before %s goes: %v", repo, got)
		}
		if err := s.db.Write(t.Context(), func(ctx context.Context, tx database.Tx) error { return Purge(ctx, tx, repo) }); err != nil {
			t.Fatal(err)
		}
	}
	if got := references(); len(got) != 0 {
		t.Errorf("references of nobody: %v", got)
	}
}

// The requests that are wrong, and the answer to each.
func TestWrongRequests(t *testing.T) {
	s := newSite(t, 0)
	good := fmt.Sprintf(`{"operation":"download","objects":[{"oid":%q,"size":1}]}`, oidOf("x"))
	for _, c := range []struct {
		name, method, path, body string
		fields                   []string
		status                   int
	}{
		{"good", "POST", "open:objects/batch", good, nil, 200},
		{"no Accept", "POST", "open:objects/batch", good, []string{"Accept", ""}, 200},
		{"any Accept", "POST", "open:objects/batch", good, []string{"Accept", "text/html, */*;q=0.1"}, 200},
		{"charset", "POST", "open:objects/batch", good, []string{"Content-Type", mediaType + "; charset=utf-8"}, 200},
		{"other Accept", "POST", "open:objects/batch", good, []string{"Accept", "text/html"}, 200},
		{"other type", "POST", "open:objects/batch", good, []string{"Content-Type", "application/json"}, 415},
		{"compressed", "POST", "open:objects/batch", good, []string{"Content-Encoding", "gzip"}, 415},
		{"no JSON", "POST", "open:objects/batch", "{", nil, 400},
		{"empty", "POST", "open:objects/batch", "", nil, 400},
		{"two", "POST", "open:objects/batch", good + good, nil, 400},
		{"not an object", "POST", "open:objects/batch", "[]", nil, 400},
		{"no operation", "POST", "open:objects/batch", `{"objects":[]}`, nil, 422},
		{"other operation", "POST", "open:objects/batch", `{"operation":"delete"}`, nil, 422},
		{"other transfer", "POST", "open:objects/batch", `{"operation":"download","transfers":["tus"]}`, nil, 422},
		{"other hash", "POST", "open:objects/batch", `{"operation":"download","hash_algo":"md5"}`, nil, 409},
		{"many objects", "POST", "open:objects/batch", `{"operation":"download","objects":[` + strings.Repeat("{},", 1000) + `{}]}`, nil, 413},
		{"large", "POST", "open:objects/batch", strings.Repeat(" ", maxRequest+1), nil, 413},
		{"method", "GET", "open:objects/batch", "", nil, 405},
		{"method on an object", "DELETE", "open:objects/" + oidOf("x"), "", nil, 405},
		{"nothing there", "GET", "open:objects/" + oidOf("x"), "", nil, 404},
		{"other limit", "GET", "open:locks?limit=x", "", nil, 400},
		{"limit below zero", "GET", "open:locks?limit=-1", "", nil, 400},
		{"other cursor", "GET", "open:locks?cursor=%25", "", nil, 400},
		{"lock of nothing", "POST", "open:locks", `{"path":""}`, nil, 422},
		{"lock outside", "POST", "open:locks", `{"path":"../x"}`, nil, 422},
		{"lock of a control character", "POST", "open:locks", `{"path":"a\u001b"}`, nil, 422},
		{"no such lock", "POST", "open:locks/abc/unlock", `{}`, nil, 404},
	} {
		if got := s.status(t, "ann", c.method, c.path, c.body, c.fields...); got != c.status {
			t.Errorf("%s: %d, want %d", c.name, got, c.status)
		}
	}
	for _, path := range []string{
		"nothing", "", "objects/" + strings.ToUpper(oidOf("x")), "objects/" + oidOf("x")[:63], "objects/..%2f..%2fetc%2fpasswd", "objects/" + oidOf("x") + "/",
	} {
		if resp, _ := s.do(t, "ann", "GET", "open:"+path, ""); resp.StatusCode != 404 {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
	for _, o := range []object{{"../../etc/passwd", 1}, {OID(strings.ToUpper(oidOf("x"))), 1}, {OID(oidOf("x")), -1}, {"", 0}, {OID(oidOf("x")), 1<<63 - 1}} {
		if got := s.batch(t, "ann", "open", Upload, string(o.OID), int(o.Size)); got.Error == nil || got.Error.Code != 422 {
			t.Errorf("%+v: %+v", o, got)
		}
	}
}

// Each route, and who may use it on the private repository (H8).
func TestRoutes(t *testing.T) {
	s := newSite(t, 0)
	const content = "x"
	oid := oidOf(content)
	if err := s.lfs.Objects.Put(t.Context(), "secret", OID(oid), 1, strings.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	read, err := s.access.CreateToken(t.Context(), "ann", access.ScopeRead, 0)
	if err != nil {
		t.Fatal(err)
	}
	verify := fmt.Sprintf(`{"oid":%q,"size":1}`, oid)
	table := map[string]struct {
		path, body string
		writes     bool
		status     int
	}{
		"POST info/lfs/objects/batch":     {"objects/batch", `{"operation":"download","objects":[]}`, false, 200},
		"GET info/lfs/objects/{}":         {"objects/" + oid, "", false, 200},
		"PUT info/lfs/objects/{}":         {"objects/" + oid, content, true, 200},
		"POST info/lfs/objects/{}/verify": {"objects/" + oid + "/verify", verify, true, 200},
		"GET info/lfs/locks":              {"locks", "", false, 200},
		"POST info/lfs/locks":             {"locks", `{"path":"a/b.bin"}`, true, 0}, // 201 once, then 409
		"POST info/lfs/locks/verify":      {"locks/verify", `{}`, true, 200},
		"POST info/lfs/locks/{}/unlock":   {"locks/none/unlock", `{}`, true, 404},
	}
	for _, name := range Routes() {
		c, ok := table[name]
		if !ok {
			t.Errorf("%s is not in the table", name)
			continue
		}
		method, _, _ := strings.Cut(name, " ")
		for who, want := range map[string]int{
			"": 401, "stranger": 404, "Bearer " + read: 403, "reader": 403, "author": c.status, "editor": c.status, "ann": c.status,
			"Bearer nonsense": 401, "Bearer rhl_nonsense": 401, "Digest x": 401, "Basic eDp5": 401, "Bearer " + s.tokens["ann"]: c.status,
		} {
			if !c.writes && want == 403 {
				want = c.status
			}
			got := s.status(t, who, method, "secret:"+c.path, c.body)
			if got != want && !(want == 0 && (got == 201 || got == 409)) {
				t.Errorf("%s by %q: %d, want %d", name, who, got, want)
			}
		}
		if got := s.status(t, "ann", method, "none:"+c.path, c.body); got != 404 {
			t.Errorf("%s of no repository: %d", name, got)
		}
	}
	upload := `{"operation":"upload","objects":[]}`
	for who, want := range map[string]int{"": 401, "stranger": 404, "Bearer " + read: 403, "reader": 403, "author": 200} {
		if got := s.status(t, who, "POST", "secret:objects/batch", upload); got != want {
			t.Errorf("batch of uploads by %q: %d, want %d", who, got, want)
		}
	}
	if got := s.status(t, "", "POST", "open:objects/batch", `{"operation":"download","objects":[]}`); got != 200 {
		t.Errorf("a public repository, by nobody: %d", got)
	}
	if got := s.status(t, "", "POST", "open:objects/batch", upload); got != 401 {
		t.Errorf("upload to a public repository, by nobody: %d", got)
	}
}
