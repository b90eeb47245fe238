package web

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
	"github.com/rhaptos/rhaptos/publish/release"
)

// sharedCaches are Debian's caching proxies with nothing configured but that they
// cache. LISTEN is the port, BACKEND the server's address, DIR a folder.
var sharedCaches = []struct {
	name, program, config string
	args, purge           []string
}{
	{"nginx", "/usr/sbin/nginx", `daemon off; master_process off; pid DIR/pid; error_log DIR/error.log; USER
events {}
http {
	access_log off; client_body_temp_path DIR/body; proxy_temp_path DIR/proxy; fastcgi_temp_path DIR/fastcgi;
	uwsgi_temp_path DIR/uwsgi; scgi_temp_path DIR/scgi;
	proxy_cache_path DIR/cache keys_zone=books:1m;
	server { listen 127.0.0.1:LISTEN; location / { proxy_pass http://BACKEND; proxy_cache books; proxy_cache_revalidate on; } }
}
`, []string{"-p", "DIR", "-c", "DIR/config", "-e", "DIR/error.log"},
		[]string{"find", "DIR/cache", "-type", "f", "-delete"}},
	{"varnish", "/usr/sbin/varnishd", "", []string{"-F", "-j", "none", "-n", "DIR/varnish", "-a", "127.0.0.1:LISTEN", "-b", "BACKEND", "-s", "malloc,16m"},
		[]string{"varnishadm", "-n", "DIR/varnish", "ban req.url ~ ^/"}},
	{"haproxy", "/usr/sbin/haproxy", `global
	maxconn 100
defaults
	mode http
	timeout connect 10s
	timeout client 60s
	timeout server 60s
cache books
	total-max-size 16
	max-age 3600
	process-vary on
frontend front
	bind 127.0.0.1:LISTEN
	http-request cache-use books
	http-response cache-store books
	default_backend back
backend back
	server rhaptos BACKEND
`, []string{"-f", "DIR/config"}, nil},
}

// inFront starts the proxy in front of the server. It returns its URL, and what
// purges it; nil if that takes a restart.
func inFront(t *testing.T, i int, backend string) (url string, purge func()) {
	t.Helper()
	proxy := sharedCaches[i]
	if _, err := os.Stat(proxy.program); err != nil {
		testenv.Missing(t, proxy.name, ".ci/install "+filepath.Base(proxy.program))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(address)
	user := ""
	if os.Getuid() == 0 {
		user = "user root;" // it could not read the folder of a test otherwise
	}
	dir := t.TempDir()
	fill := strings.NewReplacer("DIR", dir, "LISTEN", port, "BACKEND", strings.TrimPrefix(backend, "http://"), "USER", user).Replace
	if err := os.WriteFile(filepath.Join(dir, "config"), []byte(fill(proxy.config)), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(proxy.program)
	for _, arg := range proxy.args {
		cmd.Args = append(cmd.Args, fill(arg))
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
	})
	for range 600 { // Varnish compiles its configuration
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			if proxy.purge == nil {
				return "http://" + address, nil
			}
			return "http://" + address, func() {
				args := strings.Split(fill(strings.Join(proxy.purge, "\x00")), "\x00")
				if said, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
					t.Errorf("%q: %v\n%s", args, err, said)
				}
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	said, _ := os.ReadFile(log.Name())
	t.Fatalf("%s does not answer\n%s", proxy.name, said)
	return "", nil
}

// books is a server that counts its requests.
func books(t *testing.T, sharedMaxAge time.Duration) (b *bench, url string, requests *atomic.Int64) {
	b = newBench(t, func(c *Config) {
		c.Archive = &archiveInMemory{planned: true}
		c.Search = &shelf{}
		c.SharedMaxAge = sharedMaxAge
	})
	requests = &atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		b.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return b, server.URL, requests
}

// ask returns the status and content that the user gets.
func ask(t *testing.T, base, target, user string) string {
	t.Helper()
	r, err := http.NewRequest("GET", base+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	if user != "" {
		r.SetBasicAuth(user, "x")
	}
	answer, err := http.DefaultTransport.RoundTrip(r) // which follows no redirect
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d %s", answer.StatusCode, content)
}

// cacheable are addresses whose responses caches may keep for some time.
var cacheable = []string{
	"/ann/geometry/shapes@1.10/1-angles", "/ann/geometry/shapes@1.10/2-coded", "/ann/geometry/shapes@1.10/media/a%20b.png", "/ann/geometry/shapes@1.10/-/style.css",
	"/ann/geometry/shapes@1.10", "/ann/geometry/shapes@1.10.json", "/ann/geometry/shapes@1.10/m10001", "/ann/geometry/shapes@1.10/search?q=angle",
	"/ann/geometry/shapes@1.9...1.10", "/ann/geometry/-/search?q=angle", "/ann/geometry/-/sitemap.xml", "/contents/" + bookID + "@1.10.json",
	"/resources/" + strings.Repeat("a", 40), "/search?q=angle", "/search.json?q=angle", "/", "/-/releases.atom", "/sitemap.xml", "/ann/geometry", "/ann/secret/shapes@1.1/1-angles",
	"/ann/geometry/shapes",
}

// TestSharedCachesAtOnce: through shared caches everybody gets what the server
// sends at that moment to them, whatever others were sent before: a release that
// was withdrawn or blocked, or whose repository is private now, is gone at once.
func TestSharedCachesAtOnce(t *testing.T) {
	testenv.Slow(t, "starts nginx, Varnish and HAProxy")
	for i, proxy := range sharedCaches {
		t.Run(proxy.name, func(t *testing.T) {
			b, server, _ := books(t, 0)
			front, _ := inFront(t, i, server)
			find := func(minor int) *release.Release {
				for _, r := range b.store.releases {
					if r.RepositoryID == "1" && r.Book == "shapes" && r.Number.Minor == minor {
						return r
					}
				}
				return nil
			}
			repository := b.config.Repositories.(repositoriesInMemory)[0]
			changes := []struct {
				name string
				do   func()
			}{
				{"at first", func() {}},
				{"withdrawn", func() { find(10).State = release.Withdrawn }},
				{"restored", func() { find(10).State = release.Current }},
				{"blocked", func() { find(10).State = release.Blocked }},
				{"restored again", func() { find(10).State = release.Current }},
				{"private", func() { repository.Private = true }},
				{"public", func() { repository.Private = false }},
			}
			for _, change := range changes {
				change.do()
				for _, target := range cacheable {
					for _, user := range []string{"", "ann", "", "bob", wrongUser} {
						if got, want := ask(t, front, target, user), ask(t, server, target, user); got != want {
							t.Errorf("%s: %s for %q: got\n%.300s\nwant\n%.300s", change.name, target, user, got, want)
						}
					}
				}
			}
		})
	}
}

// TestSharedMaxAge: shared caches serve a release without asking the server for as
// long as the operator allows, and no longer.
func TestSharedMaxAge(t *testing.T) {
	testenv.Slow(t, "starts nginx, Varnish and HAProxy")
	const target, allowed = "/ann/geometry/shapes@1.10/1-angles", 4 * time.Second
	for i, proxy := range sharedCaches {
		t.Run(proxy.name, func(t *testing.T) {
			b, server, requests := books(t, allowed)
			front, _ := inFront(t, i, server)
			var first string
			kept := false
			for range 5 { // the first moments may be over before the machine has had time
				start := time.Now()
				first = ask(t, front, target, "")
				before := requests.Load()
				again := ask(t, front, target, "")
				if time.Since(start) < allowed/2 {
					if kept = requests.Load() == before && again == first; kept {
						break
					}
				}
				time.Sleep(allowed)
			}
			if !kept {
				t.Errorf("the server is asked each time: %.100s", first)
			}
			for _, r := range b.store.releases {
				r.State = release.Withdrawn
			}
			time.Sleep(allowed + 1500*time.Millisecond) // caches count seconds
			if got := ask(t, front, target, ""); !strings.HasPrefix(got, "410 ") {
				t.Errorf("later: %.100s", got)
			}
		})
	}
}

// TestPurge: what docs/operators.md says about purging makes a cache ask again.
func TestPurge(t *testing.T) {
	testenv.Slow(t, "starts nginx and Varnish")
	const target = "/ann/geometry/shapes@1.10/1-angles"
	for i, proxy := range sharedCaches {
		if proxy.purge == nil {
			continue
		}
		t.Run(proxy.name, func(t *testing.T) {
			b, server, _ := books(t, time.Hour)
			front, purge := inFront(t, i, server)
			ask(t, front, target, "")
			for _, r := range b.store.releases {
				r.State = release.Withdrawn
			}
			if got := ask(t, front, target, ""); !strings.HasPrefix(got, "200 ") {
				t.Errorf("before: %.100s", got)
			}
			purge()
			if got := ask(t, front, target, ""); !strings.HasPrefix(got, "410 ") {
				t.Errorf("after: %.100s", got)
			}
		})
	}
}

// TestCacheControl: what shared caches may do with the responses.
func TestCacheControl(t *testing.T) {
	bundle := strings.Repeat("a", 40) + ".bundle"
	for _, tt := range []struct {
		age                         time.Duration
		target, user, control, vary string
	}{
		{0, "/ann/geometry/shapes@1.10/1-angles", "", "public, max-age=31536000, immutable, s-maxage=0", ""},
		{0, "/ann/geometry/shapes@1.10/m10001", "", "public, max-age=31536000, immutable, s-maxage=0", ""},
		{0, "/ann/geometry/shapes@1.10", "", "public, max-age=300, s-maxage=0", "Accept"},
		{time.Minute, "/ann/geometry/shapes@1.10", "", "public, max-age=300, s-maxage=60, stale-while-revalidate=0", "Accept"},
		{time.Hour, "/ann/geometry/shapes@1.10", "", "public, max-age=300, s-maxage=300, stale-while-revalidate=0", "Accept"},
		{time.Hour, "/ann/geometry/-/bundles/" + bundle, "", "public, max-age=86400, immutable, s-maxage=3600, stale-while-revalidate=0", ""},
		{0, "/ann/geometry/-/bundles/" + bundle, "", "public, max-age=86400, immutable, s-maxage=0", ""},
		{time.Hour, "/ann/secret/shapes@1.1/1-angles", "ann", "private, max-age=31536000, immutable", ""},
		{time.Hour, "/ann/geometry", "", "public, no-cache", "Accept"},
		{0, "/ann/geometry/info/refs?service=git-upload-pack", "", "no-cache, max-age=0, must-revalidate", ""},
		{0, "/ann/secret/info/refs?service=git-upload-pack", "ann", "private, no-cache, max-age=0, must-revalidate", ""},
		{time.Hour, "/", "", "no-cache", "Authorization, Accept"},
		{time.Hour, "/-/releases.atom", "", "no-cache", "Authorization"},
		{time.Hour, "/sitemap.xml", "", "public, max-age=3600, s-maxage=3600, stale-while-revalidate=0", "Authorization"},
		{time.Hour, "/search?q=angle", "", "public, max-age=60, s-maxage=60, stale-while-revalidate=0", "Authorization, Accept"},
		{time.Hour, "/search?q=angle", "ann", "private, no-cache", "Authorization, Accept"},
		{time.Hour, "/search.json?q=angle", "", "public, max-age=60, s-maxage=60, stale-while-revalidate=0", "Authorization"},
		{time.Hour, "/contents/" + bookID + "@1.10.json", "", "public, max-age=3600, s-maxage=3600, stale-while-revalidate=0", "Authorization"},
	} {
		b, _, _ := books(t, tt.age)
		fields := []string{"User", tt.user}
		if tt.user == "" {
			fields = nil
		}
		answer := b.do("GET", tt.target, fields...)
		if got, vary := answer.Header.Get("Cache-Control"), answer.Header.Get("Vary"); got != tt.control || vary != tt.vary {
			t.Errorf("%s: %d, Cache-Control %q, Vary %q; want %q and %q", tt.target, answer.StatusCode, got, vary, tt.control, tt.vary)
		}
	}
}
