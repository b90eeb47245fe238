package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// balancer is a running load balancer in front of a fleet.
type balancer struct {
	https, ssh string // HOST:PORT
	dir        string // has cert.pem
	client     *http.Client
	log        *record
}

// startBalancer starts nginx or haproxy with its file of docs/deploy, in which only
// addresses and paths are replaced.
func startBalancer(t *testing.T, name string, f *fleet) *balancer {
	t.Helper()
	program := filepath.Join("/usr/sbin", name) // not in everybody's PATH
	if _, err := os.Stat(program); err != nil {
		testenv.Missing(t, name, ".ci/install "+name)
	}
	b := &balancer{https: testenv.FreeAddress(t), ssh: testenv.FreeAddress(t), dir: t.TempDir(), log: &record{}}
	b.certify(t)
	cmd := map[string]func(*testing.T, *fleet) *exec.Cmd{"nginx": b.nginx, "haproxy": b.haproxy}[name](t, f)
	cmd.Path = program
	cmd.Stdout, cmd.Stderr = b.log, b.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(b.dir, "error.log"))
			t.Logf("%s said:\n%s%s", name, b.log, log)
		}
	})
	within(t, name+" listens", func() bool {
		c, err := net.Dial("tcp", b.https)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return b
}

// certify makes a certificate, and a client that trusts it.
func (b *balancer) certify(t *testing.T) {
	t.Helper()
	cert, key := filepath.Join(b.dir, "cert.pem"), filepath.Join(b.dir, "key.pem")
	out, err := exec.Command(testenv.Program(t, "openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
		"-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert).CombinedOutput()
	if err != nil {
		t.Fatalf("openssl: %v\n%s", err, out)
	}
	both, pool := []byte{}, x509.NewCertPool()
	for _, name := range []string{cert, key} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		pool.AppendCertsFromPEM(text)
		both = append(both, text...)
	}
	writeFiles(t, b.dir, map[string]string{"cert-and-key.pem": string(both)})
	b.client = &http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, MaxIdleConnsPerHost: 8}}
}

// deployed is a file of docs/deploy with other addresses and paths, in the balancer's
// folder.
func (b *balancer) deployed(t *testing.T, name string, replacements ...string) (path string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	config := string(text)
	for i := 0; i < len(replacements); i += 2 {
		if !strings.Contains(config, replacements[i]) {
			t.Fatalf("%s has no %q", name, replacements[i])
		}
		config = strings.ReplaceAll(config, replacements[i], replacements[i+1])
	}
	writeFiles(t, b.dir, map[string]string{name: config})
	return filepath.Join(b.dir, name)
}

// account is the user of a balancer that root starts: another one could not enter the
// folder of a test.
func account(line string) string {
	if os.Getuid() == 0 {
		return line
	}
	return ""
}

func (b *balancer) nginx(t *testing.T, f *fleet) *exec.Cmd {
	temporary := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temporary += "\t" + kind + "_temp_path " + filepath.Join(b.dir, kind) + ";\n"
	}
	config := b.deployed(t, "nginx.conf",
		"10.0.0.11:8080", f.servers[0].http, "10.0.0.12:8080", f.servers[1].http,
		"10.0.0.11:2222", f.servers[0].ssh, "10.0.0.12:2222", f.servers[1].ssh,
		"listen 80;", "listen "+testenv.FreeAddress(t)+";", "listen 443 ssl;", "listen "+b.https+" ssl;", "listen 2222;", "listen "+b.ssh+";",
		"/etc/ssl/books.example", b.dir, "/var/cache/nginx", b.dir, "/var/log/nginx", b.dir, "/run/nginx.pid", filepath.Join(b.dir, "pid"),
		"user www-data;", account("user root;"), "http {\n", "http {\n"+temporary)
	return exec.Command("nginx", "-c", config, "-e", filepath.Join(b.dir, "error.log"), "-g", "daemon off;")
}

func (b *balancer) haproxy(t *testing.T, f *fleet) *exec.Cmd {
	port := func(s *frontEnd) string { return s.http[strings.LastIndexByte(s.http, ':')+1:] }
	config := b.deployed(t, "haproxy.cfg",
		"10.0.0.11:8080", f.servers[0].http, "10.0.0.12:8080", f.servers[1].http,
		"10.0.0.11:2222 port 8080", f.servers[0].ssh+" port "+port(f.servers[0]), "10.0.0.12:2222 port 8080", f.servers[1].ssh+" port "+port(f.servers[1]),
		"bind :80\n", "bind "+testenv.FreeAddress(t)+"\n", "bind :443 ", "bind "+b.https+" ", "bind :2222", "bind "+b.ssh,
		"/etc/ssl/books.example", b.dir, "\tuser haproxy\n", account("\tuser root\n"), "\tgroup haproxy\n", account("\tgroup root\n"))
	return exec.Command("haproxy", "-W", "-f", config)
}
