package smarthttp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/smarthttp"
	"github.com/rhaptos/rhaptos/web"
)

// A server that has no room says so with the status for it, and when to come
// again; git shows the sentence.
func TestBusy(t *testing.T) {
	busy := &gitserver.BusyError{RetryAfter: 15 * time.Second}
	s := newSite(t, &recorder{err: fmt.Errorf("fetch: %w", busy)})
	resp, text := s.do(t, "ann", http.MethodPost, "/ann/open"+fetch, strings.NewReader("0009done\n"))
	if resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "15" || text != "too many fetches are under way: try again in 15 seconds\n" {
		t.Errorf("%d %v %q", resp.StatusCode, resp.Header, text)
	}
	if strings.Contains(s.log.String(), "level=ERROR") {
		t.Errorf("an operator is called: %s", s.log)
	}
}

// What was refused in git's own words is no error of the server's.
func TestRefusedInside(t *testing.T) {
	s := newSite(t, &recorder{first: []byte("000eERR no..\n"), err: gitserver.ErrRefused})
	resp, text := s.do(t, "ann", http.MethodPost, "/ann/open"+fetch, strings.NewReader("0009done\n"))
	if resp.StatusCode != 200 || text != "000eERR no..\n" {
		t.Errorf("%d %q", resp.StatusCode, text)
	}
	s.Close()
	if log := s.log.String(); strings.Contains(log, "level=WARN") || strings.Contains(log, "level=ERROR") {
		t.Errorf("log: %s", log)
	}
}

// counting notes for whom fetches are counted, and answers with a file.
type counting struct {
	recorder
	file  string
	ended chan error
}

func (c *counting) UploadPack(_ context.Context, f *gitserver.Fetch, in io.Reader, out io.Writer) error {
	if _, err := io.Copy(io.Discard, in); err != nil {
		return err
	}
	c.note("%s", f.Client)
	file, err := os.Open(c.file)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	err = out.(gitserver.WholeWriter).WriteWhole(file, info.Size())
	if c.ended != nil {
		c.ended <- err
	}
	return err
}

// A whole answer has its length, and all of its bytes.
func TestWholeAnswer(t *testing.T) {
	packs := &counting{file: t.TempDir() + "/answer"}
	s := newSite(t, packs, func(c *smarthttp.Config, _ *web.Config) {
		c.Senders = access.NewSenders(access.SendersConfig{Access: c.Access.(*access.Access), Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	})
	for _, size := range []int{0, 1, 1 << 20, 3<<20 + 17} {
		want := strings.Repeat("0123456789abcde\n", size/16+1)[:size]
		if err := os.WriteFile(packs.file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		resp, text := s.do(t, "", http.MethodPost, "/ann/open"+fetch, strings.NewReader("0000"), "X-Forwarded-For", "192.0.2.1")
		if resp.StatusCode != 200 || resp.ContentLength != int64(size) || text != want || resp.Header.Get("Content-Type") != "application/x-git-upload-pack-result" {
			t.Errorf("%d bytes: %d, length %d, %d bytes", size, resp.StatusCode, resp.ContentLength, len(text))
		}
		if client := packs.taken(); client != "address 192.0.2.1" {
			t.Errorf("counted for %q", client)
		}
	}
	s.do(t, "reader", http.MethodPost, "/ann/open"+fetch, strings.NewReader("0000"))
	if client := packs.taken(); client != "account reader" {
		t.Errorf("counted for %q", client)
	}
}

// H4: a client that does not take its answer is given up, and the answer with
// it.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	packs := &counting{file: t.TempDir() + "/answer", ended: make(chan error, 1)}
	if err := os.WriteFile(packs.file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(packs.file, 1<<30); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, packs, func(_ *smarthttp.Config, w *web.Config) { w.Timeout = 50 * time.Millisecond })
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "POST /ann/open/git-upload-pack HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-git-upload-pack-request\r\nContent-Length: 4\r\n\r\n0000")
	select {
	case err := <-packs.ended:
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("still sending")
	}
}

// shelf has no bundles, or no room.
type shelf struct{ err error }

func (s shelf) Bundle(context.Context, *gitserver.Fetch, string) (*gitserver.Bundle, error) {
	return nil, s.err
}

// Who may have a bundle is who may read the repository.
func TestBundleHeads(t *testing.T) {
	s := newSite(t, &recorder{}, func(c *smarthttp.Config, _ *web.Config) { c.Bundles = shelf{gitserver.ErrNoBundle} })
	name := strings.Repeat("1", 40) + ".bundle"
	for _, c := range []struct {
		as, method, path string
		want             int
	}{
		{"", "GET", "/ann/open/-/bundles/" + name, 404},
		{"", "HEAD", "/ann/open/-/bundles/" + name, 404},
		{"", "POST", "/ann/open/-/bundles/" + name, 405},
		{"", "GET", "/ann/secret/-/bundles/" + name, 401},
		{"", "GET", "/ann/none/-/bundles/" + name, 401},
		{"stranger", "GET", "/ann/secret/-/bundles/" + name, 404},
		{"reader", "GET", "/ann/secret/-/bundles/" + name, 404},
		{"", "GET", "/ann/open.git/-/bundles/" + name, 404},
		{"", "GET", "/ann/open/-/bundles/../" + name, 404},
		{"", "GET", "/ann/open/-/bundles/x" + name, 404},
		{"", "GET", "/ann/open/-/bundles/" + strings.ToUpper(name), 404},
	} {
		resp, text := s.do(t, c.as, c.method, c.path, nil)
		if resp.StatusCode != c.want {
			t.Errorf("%q %s %s: %d %q, want %d", c.as, c.method, c.path, resp.StatusCode, text, c.want)
		}
		if allow := resp.Header.Get("Allow"); (c.want == 405) != (allow == "GET, HEAD, OPTIONS") {
			t.Errorf("%s: Allow %q", c.method, allow)
		}
	}
	busy := newSite(t, &recorder{}, func(c *smarthttp.Config, _ *web.Config) {
		c.Bundles = shelf{&gitserver.BusyError{RetryAfter: time.Second}}
	})
	if resp, _ := busy.do(t, "", http.MethodGet, "/ann/open/-/bundles/"+name, nil); resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "1" {
		t.Errorf("busy: %d", resp.StatusCode)
	}
}
