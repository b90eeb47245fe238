package e2e

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// Servers whose database is behind PgBouncer in transaction mode do all that others do:
// each transaction may be on another session.
func TestPgBouncer(t *testing.T) {
	t.Parallel()
	testenv.Slow(t, "starts PostgreSQL, PgBouncer and an S3 server")
	direct, err := newPostgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := startFleetOn(t, pooled(t, direct)+"&default_query_exec_mode=exec", 2)
	f.rhaptos("user", "add", "ann")
	token := f.rhaptos("token", "create", "ann")
	var authors sync.WaitGroup
	for i := range 4 {
		repo := fmt.Sprint("ann/tides", i)
		f.rhaptos("repo", "create", repo)
		work := filepath.Join(f.dir, "work", fmt.Sprint(i))
		writeFiles(t, work, map[string]string{"book.toml": "[book]\ntitle = \"Tides\"\nlanguage = \"en\"\nauthors = [\"Ann\"]\n", "src/SUMMARY.md": "# Summary\n\n- [The moon](moon.md)\n"})
		git(t, work, "init", "-q", "-b", "main")
		authors.Go(func() {
			for version := range 4 {
				writeFiles(t, work, map[string]string{"src/moon.md": fmt.Sprintf("# The moon\n\nThis is version %d.\n", version)})
				for _, args := range [][]string{{"add", "."}, {"commit", "-q", "-m", "Change"}, {"push", "-q", f.servers[version%2].remote("ann", token, repo), "main"}} {
					if out, err := gitTry(work, args...); err != nil {
						t.Errorf("git %s: %v\n%s", args[0], err, out)
						return
					}
				}
			}
		})
	}
	authors.Wait()
	if t.Failed() {
		return
	}
	f.servers[0].kill() // what it was publishing is taken over
	for i := range 4 {
		page := fmt.Sprintf("%s/ann/tides%d/tides@1.4/moon", f.servers[1].url, i)
		if body, err := await(t.Context(), page); err != nil || !strings.Contains(body, "version 3") {
			t.Errorf("%s: %v\n%.300s", page, err, body)
		}
		if list := f.rhaptos("release", "list", fmt.Sprint("ann/tides", i)); strings.Count(list, "\n") != 3 {
			t.Errorf("not 4 releases:\n%s", list)
		}
	}
	if _, err := await(t.Context(), f.servers[1].url+"/ann/tides0/tides@1.4/search.json?q=moon"); err != nil {
		t.Error(err)
	}
}

// pooled starts PgBouncer in transaction mode and returns the database's URL through it.
func pooled(t *testing.T, direct string) string {
	t.Helper()
	program := "/usr/sbin/pgbouncer" // not in everybody's PATH
	if _, err := os.Stat(program); err != nil {
		testenv.Missing(t, "PgBouncer", ".ci/install pgbouncer")
	}
	u, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	address := testenv.FreeAddress(t)
	host, port, _ := net.SplitHostPort(address)
	password, _ := u.User.Password()
	dir, user := t.TempDir(), ""
	if os.Getuid() == 0 {
		user = "user = nobody\n" // it does not run as root
		for folder := dir; folder != os.TempDir() && folder != "/"; folder = filepath.Dir(folder) {
			if err := os.Chmod(folder, 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	writeFiles(t, dir, map[string]string{
		"users": fmt.Sprintf("%q %q\n", u.User.Username(), password),
		"pgbouncer.ini": fmt.Sprintf(`[databases]
* = host=%s port=%s
[pgbouncer]
listen_addr = %s
listen_port = %s
unix_socket_dir =
auth_type = plain
auth_file = %s
pool_mode = transaction
default_pool_size = 20
max_client_conn = 500
ignore_startup_parameters = extra_float_digits
%s`, u.Hostname(), u.Port(), host, port, filepath.Join(dir, "users"), user),
	})
	for _, name := range []string{"users", "pgbouncer.ini"} {
		if err := os.Chmod(filepath.Join(dir, name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	log := &record{}
	cmd := exec.Command(program, filepath.Join(dir, "pgbouncer.ini"))
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("PgBouncer said:\n%s", log)
		}
	})
	within(t, "PgBouncer listens", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	u.Host = address
	return u.String()
}
