package probe

import (
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
	"github.com/rhaptos/rhaptos/web/probe/report"
)

// site is a folder with a page and a folder in it.
func site(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	page := filepath.Join(dir, "page.html")
	then := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	for _, err := range []error{
		os.WriteFile(page, []byte(strings.Repeat("0123456789", 480)), 0o644),
		os.Chtimes(page, then, then),
		os.Mkdir(filepath.Join(dir, "folder"), 0o755),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// paths are addresses of a page, of what has moved, and of nothing.
var paths = []string{"/page.html", "/folder", "/missing"}

func at(base string, paths []string) []string {
	var all []string
	for _, p := range paths {
		all = append(all, base+p)
	}
	return all
}

// contradicts compares what a server gets wrong with what it is known to.
func contradicts(t *testing.T, r *report.Report, want ...string) {
	t.Helper()
	found := contradictions(r)
	got := slices.Sorted(maps.Keys(found))
	if !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		t.Errorf("found %q\nwanted %q", got, want)
		for recipe, why := range found {
			t.Log(recipe, why)
		}
	}
	t.Log(r.Summary())
}

// TestFileServer tells what Go's own file server gets wrong.
func TestFileServer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.FileServer(http.Dir(site(t))))
	defer server.Close()
	contradicts(t, run(t, at(server.URL, paths), true),
		"W6- length and chunks",             // takes both, and goes on with the connection
		"S2- BREW",                          // any method is GET to it
		"M2- TRACE",                         //
		"M2- POST", "M2- PUT", "M2- DELETE", //
		"M9+",               // 200 with the page in it
		"G2- unknown unit",  // 416
		"G2- HEAD",          // 206
		"G5- no last bytes", // 206 of no bytes
	)
}

// TestTLS: over https nothing is different, but for a certificate that has to
// be trusted.
func TestTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.FileServer(http.Dir(site(t))))
	defer server.Close()
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	trust := server.Client().Transport.(*http.Transport).TLSClientConfig
	targets := at(server.URL, paths[:1])
	rep, err := Probe(t.Context(), targets, Options{Patience: time.Millisecond, TLS: trust})
	if err != nil || rep.Count(report.Walked) < 50 || contradictions(rep)["G2- HEAD"] == "" {
		t.Errorf("%v, %v", rep, err)
	}
	if rep, err := Probe(t.Context(), targets, Options{}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("%v, %v", rep, err)
	}
}

// nginxProgram is where nginx is, or would be.
func nginxProgram() string {
	if program, err := exec.LookPath("nginx"); err == nil {
		return program
	}
	return "/usr/sbin/nginx" // not in everybody's path
}

// nginx starts Debian's nginx with the lines of a server, and returns its
// address.
func nginx(t *testing.T, lines string) string {
	t.Helper()
	testenv.Slow(t, "starts nginx")
	program := nginxProgram()
	if _, err := os.Stat(program); err != nil {
		testenv.Missing(t, "nginx", ".ci/install nginx")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	dir := t.TempDir()
	user := ""
	if os.Getuid() == 0 {
		user = "user root;\n" // it could not read the folder of a test otherwise
	}
	config := filepath.Join(dir, "nginx.conf")
	text := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/error.log; %[2]s
events {}
http {
	access_log off; types { text/html html; } client_header_timeout 1s;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	server { listen %[3]s; %[4]s }
}
`, dir, user, address, lines)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-p", dir, "-c", config, "-e", filepath.Join(dir, "error.log"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for range 100 {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
			return "http://" + address
		}
		time.Sleep(50 * time.Millisecond)
	}
	log, _ := os.ReadFile(filepath.Join(dir, "error.log"))
	t.Fatalf("nginx does not answer\n%s", log)
	return ""
}

// proxy is how docs/operators.md has nginx stand in front of the server.
const proxy = `
	client_max_body_size 0;
	location / {
		proxy_pass http://BACKEND;
		proxy_http_version 1.1;
		proxy_set_header Host $http_host;
		proxy_set_header X-Forwarded-For $remote_addr;
		proxy_set_header Connection "";
		proxy_request_buffering off;
		proxy_buffering off;
		proxy_read_timeout 1h;
	}`

// TestNginx tells what Debian's nginx gets wrong with static files.
func TestNginx(t *testing.T) {
	t.Parallel()
	contradicts(t, run(t, at(nginx(t, "root "+site(t)+";"), paths), true),
		"W1- line without a colon", // is left out
		"S2- BREW",                 // 405
		"M2- TRACE",                // 405 without Allow, and so below
		"M2- POST", "M2- PUT", "M2- DELETE",
		"K3+ and If-Unmodified-Since", // which is looked at
		"K4- no date",                 // 412
		"G2- HEAD",                    // 206
	)
}

// TestProxy: through nginx our server does as it does directly, but for what
// nginx answers by itself.
func TestProxy(t *testing.T) {
	t.Parallel()
	direct := serve(t, true, nil)
	host := strings.TrimPrefix(strings.TrimSuffix(direct[0], "/answer"), "http://")
	base := nginx(t, strings.ReplaceAll(proxy, "BACKEND", host))
	var through []string
	for _, address := range direct {
		through = append(through, base+strings.TrimPrefix(address, "http://"+host))
	}
	rep := runPatiently(t, through, true, 5*time.Second)
	got := unwalked(rep)
	delete(got, "N2+") // nginx says the length if the chunks come with the head, and not if they come later
	if want := (map[string]report.Verdict{
		"W10-": report.Unseen,       // nginx hangs up without an answer
		"W4-":  report.Unseen,       // and says 400
		"W1-":  report.Contradicted, // it leaves lines out that are no fields
		"S4-":  report.Unseen,       // and expectations that it does not know
		"M2-":  report.Contradicted, // it refuses TRACE itself, without Allow
		"M8+":  report.Contradicted,
	}); !maps.Equal(got, want) {
		t.Errorf("not walked: %v\nwanted: %v", got, want)
	}
	contradicts(t, rep, "W1- line without a colon", "M2- TRACE", "M8+")
}
