package e2e

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// With the files of docs/deploy, readers and authors notice nothing of a server that is
// stopped and started, and of one that is killed at most a connection that ends, after
// which their next attempt succeeds.
func TestLoadBalancers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		flags []string
	}{
		{"nginx", nil},
		{"haproxy", []string{"--drain", "4s"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := startFleet(t, 2, append([]string{"--trusted-proxies", "127.0.0.1/32"}, tt.flags...)...)
			l := newLoad(t, f, startBalancer(t, tt.name, f))
			l.begin()
			time.Sleep(time.Second)
			f.servers[0].halt()
			f.servers[0].start()
			l.await()
			if n := l.again.Load(); n > 0 {
				t.Errorf("%d requests had to be repeated when a server was stopped", n)
			}
			f.servers[1].kill()
			time.Sleep(time.Second)
			f.servers[1].start()
			l.await()
			l.end()
		})
	}
}

// The servers behind nginx are stopped and started, one after the other, as for a new
// version of the program. RHAPTOS_ROLLS is how often.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	rolls, err := strconv.Atoi(os.Getenv("RHAPTOS_ROLLS"))
	if err != nil {
		rolls = 1
	}
	f := startFleet(t, 2, "--trusted-proxies", "127.0.0.1/32")
	l := newLoad(t, f, startBalancer(t, "nginx", f))
	l.begin()
	for range rolls {
		for _, s := range f.servers {
			s.halt()
			s.start()
			l.await()
		}
	}
	l.end()
	if n := l.again.Load(); n > 0 {
		t.Errorf("%d requests had to be repeated", n)
	}
}
