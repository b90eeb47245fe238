package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// fleet is several servers on one PostgreSQL database and one bucket.
type fleet struct {
	t       *testing.T
	dir     string
	env     []string // names the database and the bucket
	servers []*frontEnd
}

// frontEnd is a server of a fleet. It keeps its addresses when it starts again.
type frontEnd struct {
	*instance
	fleet     *fleet
	data      string
	http, ssh string
	args      []string
}

// startFleet starts so many servers, with the flags.
func startFleet(t *testing.T, servers int, args ...string) *fleet {
	t.Helper()
	testenv.Slow(t, "starts PostgreSQL and an S3 server")
	url, err := newPostgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return startFleetOn(t, url, servers, args...)
}

// startFleetOn starts so many servers on the database at the URL.
func startFleetOn(t *testing.T, url string, servers int, args ...string) *fleet {
	t.Helper()
	f := &fleet{t: t, dir: t.TempDir()}
	store := objectStore(t)
	credentials, err := store.credentials(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	f.env = []string{"RHAPTOS_DATABASE=" + url, "RHAPTOS_BUCKET=" + store.url(), "RHAPTOS_BUCKET_CREDENTIALS=" + credentials}
	for i := range servers {
		s := &frontEnd{fleet: f, data: filepath.Join(f.dir, strconv.Itoa(i)), http: testenv.FreeAddress(t), ssh: testenv.FreeAddress(t), args: args}
		f.servers = append(f.servers, s)
		s.start()
	}
	t.Cleanup(func() {
		for _, s := range f.servers {
			s.halt()
			if t.Failed() {
				t.Logf("%s said:\n%s", s.http, s.out)
			}
		}
	})
	return f
}

// start starts the server, which must not run.
func (s *frontEnd) start() {
	s.fleet.t.Helper()
	started, err := serve("rhaptos", s.data, s.fleet.env, append([]string{"--http", s.http, "--ssh", s.ssh}, s.args...)...)
	if err != nil {
		s.fleet.t.Fatal(err)
	}
	s.instance = started
}

// halt ends the server with SIGTERM, if it runs.
func (s *frontEnd) halt() {
	s.fleet.t.Helper()
	if s.cmd.ProcessState != nil {
		return
	}
	if err := s.stop(); err != nil {
		s.fleet.t.Errorf("stop: %v\n%s", err, s.out)
	}
}

// rhaptos runs an administration command and returns what it prints.
func (f *fleet) rhaptos(args ...string) string {
	f.t.Helper()
	cmd := exec.Command("rhaptos", append([]string{"--data", filepath.Join(f.dir, "admin")}, args...)...)
	cmd.Env = append(os.Environ(), f.env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		f.t.Fatalf("rhaptos %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}
