package upstream

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/egress"
	"github.com/rhaptos/rhaptos/gitserver/pktline"
)

func git(t *testing.T, dir string, in io.Reader, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stdin = dir, in
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=a@example.org")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// native serves a folder of repositories by git's own server.
func native(t *testing.T) (root, url string) {
	t.Helper()
	path, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	root = t.TempDir()
	handler := &cgi.Handler{Path: path, Args: []string{"http-backend"}, Env: []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_GLOBAL=/dev/null"}}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, token, ok := r.BasicAuth(); strings.HasPrefix(r.URL.Path, "/private") && (!ok || name != "ann" || token != "secret") {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return root, s.URL
}

func testClient() *Client { return NewClient(egress.Guard{Private: true}, "test") }

// What git's own server sends, whole and beyond what is there already.
func TestFetchFromGit(t *testing.T) {
	root, url := native(t)
	there := filepath.Join(root, "book")
	git(t, root, nil, "init", "-q", "-b", "trunk", there)
	git(t, there, nil, "commit", "-q", "--allow-empty", "-m", "One")
	git(t, there, nil, "tag", "-a", "-m", "x", "v1")
	git(t, root, nil, "clone", "-q", "--bare", "book", "private")
	ctx := t.Context()
	for _, s := range []Source{{URL: url + "/book/.git"}, {URL: url + "/private", Credential: "ann:secret"}} {
		remote, err := testClient().Look(ctx, s)
		if err != nil {
			t.Fatal(err)
		}
		first := git(t, there, nil, "rev-parse", "trunk")
		if remote.Head != "refs/heads/trunk" || len(remote.Refs) != 2 || remote.Refs["refs/heads/trunk"].String() != first ||
			remote.Refs["refs/tags/v1"].String() != git(t, there, nil, "rev-parse", "v1") {
			t.Errorf("got %+v", remote)
		}
	}
	s := Source{URL: url + "/book/.git"}
	here := t.TempDir()
	git(t, here, nil, "init", "-q", "--bare")
	var have []plumbing.Hash
	for i, want := range []int{1, 3} { // objects: a commit; a commit, a tree, a blob
		remote, err := testClient().Look(ctx, s)
		if err != nil {
			t.Fatal(err)
		}
		tip := remote.Refs["refs/heads/trunk"]
		pack, err := testClient().Fetch(ctx, s, remote, []plumbing.Hash{tip}, have)
		if err != nil {
			t.Fatal(err)
		}
		git(t, here, pack, "unpack-objects", "-q")
		if err := pack.Close(); err != nil {
			t.Error(err)
		}
		git(t, here, nil, "fsck", "--strict", "--connectivity-only", tip.String())
		count := git(t, here, nil, "count-objects")
		if i == 0 {
			want++ // and the empty tree
		} else {
			want += 2
		}
		if !strings.HasPrefix(count, fmt.Sprintf("%d ", want)) {
			t.Errorf("fetch %d: %s, want %d", i, count, want)
		}
		have = []plumbing.Hash{tip, plumbing.NewHash(strings.Repeat("ab", 20))} // one that the upstream has not
		if err := os.WriteFile(filepath.Join(there, "page.md"), []byte(fmt.Sprintf("# Page %d\n", i)), 0o600); err != nil {
			t.Fatal(err)
		}
		git(t, there, nil, "add", ".")
		git(t, there, nil, "commit", "-q", "-m", "Two")
	}
	// Nothing new: an empty pack.
	remote, err := testClient().Look(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	pack, err := testClient().Fetch(ctx, s, remote, have[:1], have[:1])
	if err != nil {
		t.Fatal(err)
	}
	defer pack.Close()
	if text, err := io.ReadAll(pack); err != nil || len(text) != 12+20 {
		t.Errorf("got %q, %v", text, err)
	}
}

// What an upstream can do wrong, and how it is told.
func TestLookRefuses(t *testing.T) {
	answer := func(status int, mediaType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", mediaType)
			w.Header().Set("Location", "https://elsewhere.example/book/info/refs?service=git-upload-pack")
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	const refs = "application/x-git-upload-pack-advertisement"
	const start = "001e# service=git-upload-pack\n0000"
	id := strings.Repeat("1", 40)
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{"moved", answer(301, refs, ""), `it may be at "https://elsewhere.example/book" now`},
		{"no token", answer(401, "text/plain", ""), "another one, or the name"},
		{"fault", answer(500, "text/plain", ""), "500"},
		{"dumb", answer(200, "text/plain", id+"\trefs/heads/main\n"), "dumb"},
		{"empty", answer(200, refs, ""), "name of the service"},
		{"another service", answer(200, refs, "001f# service=git-receive-pack\n0000"), "name of the service"},
		{"cut off", answer(200, refs, start+"003d"+id), "ends early"},
		{"no packet", answer(200, refs, start+"zzzz"), "ends early"},
		{"version 2", answer(200, refs, start+"0001"), "another version"},
		{"error", answer(200, refs, start+string(pktline.Append(nil, "ERR go \x1b[31maway"))), `go \x1b[31maway`},
		{"sha256", answer(200, refs, start+string(pktline.Append(nil, strings.Repeat("1", 64), " refs/heads/main\n"))), "sha256"},
		{"shallow", answer(200, refs, start+string(pktline.Append(nil, "shallow ", id))), "shallow"},
		{"no ref", answer(200, refs, start+string(pktline.Append(nil, "nonsense"))), "no ref"},
	} {
		s := httptest.NewServer(tt.handler)
		_, err := testClient().Look(t.Context(), Source{URL: s.URL + "/book"})
		s.Close()
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

// Only public addresses over https are asked, and no address holds a secret.
func TestWhereMirrorsGo(t *testing.T) {
	var asked atomic.Bool
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Store(true) }))
	defer s.Close()
	client := NewClient(egress.Guard{}, "test")
	for _, url := range []string{s.URL + "/book", strings.Replace(s.URL, "http:", "https:", 1) + "/book", "https://localhost/book", "https://[::1]/", "https://169.254.169.254/x"} {
		if _, err := client.Look(t.Context(), Source{URL: url}); err == nil {
			t.Errorf("%s was asked", url)
		}
	}
	if asked.Load() {
		t.Error("the upstream was asked")
	}
	for _, url := range []string{"", "book", "ssh://git@a/b", "git://a/b", "file:///etc", "https://", "https://ann:pw@a/b", "https://a/b?x", "https://a/b#x", "https://a/" + strings.Repeat("x", 2000), "ext::sh -c id", "--upload-pack=x"} {
		if err := checkURL(url); err == nil {
			t.Errorf("%.40q was taken", url)
		}
	}
}

func banded(packets ...string) string {
	var b []byte
	for _, p := range packets {
		if p == "" {
			b = pktline.AppendSpecial(b, pktline.Flush)
			continue
		}
		b = pktline.Append(b, p)
	}
	return string(b)
}

func readPack(body string) (string, error) {
	p := newPack(io.NopCloser(strings.NewReader(body)))
	text, err := io.ReadAll(p)
	return string(text), err
}

func TestPack(t *testing.T) {
	for _, tt := range []struct {
		body, want string
		err        string // what is in it; empty: none
	}{
		{banded("NAK\n", "\x01PACK", "\x02counting", "\x01rest", ""), "PACKrest", ""},
		{banded("ACK "+strings.Repeat("1", 40)+"\n", "\x01PACK", ""), "PACK", ""},
		{banded("NAK\n", "\x01PACK"), "PACK", "unexpected EOF"},
		{banded("NAK\n", "\x01PACK", "\x03out of memory\x1b", ""), "PACK", "out of memory\uFFFD"},
		{banded("ERR upload-pack: not our ref"), "", "not our ref"},
		{banded("NAK\n", ""), "", "no pack"},
		{banded("PACK"), "", "no pack"},
		{"", "", "unexpected EOF"},
		{"zzzz", "", "in the middle"},
	} {
		got, err := readPack(tt.body)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%q: got %q, %v", tt.body, got, err)
		}
	}
}

// Refs that are read are those of an advertisement that says so line by line.
func FuzzReadRemote(f *testing.F) {
	id := strings.Repeat("1", 40)
	f.Add([]byte("001e# service=git-upload-pack\n0000" + string(pktline.AppendSpecial(pktline.Append(nil, id, " HEAD\x00side-band-64k symref=HEAD:refs/heads/main\n"), pktline.Flush))))
	f.Fuzz(func(t *testing.T, body []byte) {
		remote, err := readRemote(bytes.NewReader(body))
		if err != nil {
			return
		}
		for name := range remote.Refs {
			if !bytes.Contains(body, []byte(" "+name)) || name == "HEAD" || strings.HasSuffix(name, "^{}") {
				t.Fatalf("%q is not in it", name)
			}
		}
	})
}

// A pack that is read is the data of the packets in order, whatever comes.
func FuzzPack(f *testing.F) {
	f.Add([]byte(banded("NAK\n", "\x01PACK", "\x02x", "")))
	f.Add([]byte(banded("\x01", "\x01a", "")))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := readPack(string(body))
		if err != nil {
			return
		}
		var want []byte
		packets := pktline.NewReader(bytes.NewReader(body), 1<<40)
		for {
			kind, line, err := packets.Next()
			if err != nil || kind != pktline.Data {
				break
			}
			if line[0] == 1 {
				want = append(want, line[1:]...)
			}
		}
		if got != string(want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

// Many capabilities and many refs are read in their sum of time, not their product.
func TestManyCapabilities(t *testing.T) {
	id := strings.Repeat("1", 40)
	b := pktline.AppendSpecial(pktline.Append(nil, "# service=git-upload-pack\n"), pktline.Flush)
	b = pktline.Append(b, id, " refs/heads/main\x00", strings.Repeat("a ", 30_000), "symref=HEAD:refs/heads/main")
	for i := range 200_000 {
		b = pktline.Append(b, id, " refs/tags/", strconv.Itoa(i))
	}
	begun := time.Now()
	remote, err := readRemote(bytes.NewReader(pktline.AppendSpecial(b, pktline.Flush)))
	if err != nil || len(remote.Refs) != 200_001 || remote.Head != "refs/heads/main" {
		t.Fatalf("got %d refs, %v", len(remote.Refs), err)
	}
	if took := time.Since(begun); took > 15*time.Second {
		t.Errorf("it took %v", took)
	}
}
