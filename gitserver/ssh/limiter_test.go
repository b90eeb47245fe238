package ssh

import (
	"net"
	"slices"
	"testing"
	"time"

	gliderssh "github.com/gliderlabs/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// fakeConn remembers its last deadline and whether it was closed.
type fakeConn struct {
	net.Conn
	address  string
	deadline time.Time
	closed   int
}

func (f *fakeConn) RemoteAddr() net.Addr {
	a, err := net.ResolveTCPAddr("tcp", f.address)
	if err != nil {
		panic(err)
	}
	return a
}

func (f *fakeConn) SetDeadline(t time.Time) error { f.deadline = t; return nil }
func (f *fakeConn) Close() error                  { f.closed++; return nil }

func TestDoor(t *testing.T) {
	d := newPreAuthLimiter(Limits{Handshake: time.Second, PerAddress: 2, Unauthenticated: 3})
	var all []*fakeConn
	admit := func(address string) *conn {
		f := &fakeConn{address: address}
		all = append(all, f)
		return d.admit(f, time.Now())
	}
	closed := func(want ...int) {
		t.Helper()
		var got []int
		for i, f := range all {
			if f.closed > 0 {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("closed are %v, want %v", got, want)
		}
	}
	a := admit("192.0.2.1:1")
	a.authenticated(nil)
	admit("192.0.2.1:2")
	admit("192.0.2.1:3") // puts out the one of its address that has not authenticated
	closed(1)
	admit("192.0.2.2:1")
	admit("192.0.2.3:1")
	closed(1)
	admit("192.0.2.4:1") // puts out the longest waiting
	closed(1, 2)
	b := admit("192.0.2.1:4")
	closed(1, 2, 3)
	b.authenticated(nil)
	if c := admit("192.0.2.1:5"); c != nil { // both of its address are in
		t.Error("more from an address than it may have")
	}
	a.Close()
	a.Close()
	if c := admit("192.0.2.1:6"); c == nil {
		t.Error("a place that became free is not given")
	}
	d.shut()
	if c := admit("192.0.2.9:1"); c != nil {
		t.Error("admitted after the limiter was closed")
	}
	if len(d.queue) != 0 || len(d.conns) != 1 || len(d.from) != 1 {
		t.Errorf("left are %d waiting, %d in all from %d addresses; want b alone", len(d.queue), len(d.conns), len(d.from))
	}
	d.empty()
	if len(d.conns) != 0 || len(d.from) != 0 {
		t.Errorf("left are %d", len(d.conns))
	}
}

func TestDeadlines(t *testing.T) {
	d := newPreAuthLimiter(Limits{}.orDefaults())
	now := time.Now()
	f := &fakeConn{address: "192.0.2.1:1"}
	c := d.admit(f, now)
	end := now.Add(10 * time.Second)
	for _, to := range []time.Time{{}, now.Add(time.Hour), end} {
		c.SetDeadline(to)
		if !f.deadline.Equal(end) {
			t.Errorf("before authentication, %v gives %v, want %v", to, f.deadline, end)
		}
	}
	if c.SetDeadline(now.Add(time.Second)); !f.deadline.Equal(now.Add(time.Second)) {
		t.Errorf("an earlier one gives %v", f.deadline)
	}
	c.authenticated(nil)
	if c.SetDeadline(now.Add(time.Hour)); !f.deadline.Equal(now.Add(time.Hour)) {
		t.Errorf("after authentication: %v", f.deadline)
	}
}

func TestAddressOf(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1:22":           "192.0.2.1/32",
		"[::ffff:192.0.2.1]:22":  "192.0.2.1/32",
		"[2001:db8:1:2:3::4]:22": "2001:db8:1:2::/64",
		"[2001:db8:1:2::9]:22":   "2001:db8:1:2::/64",
		"[fe80::1%lo]:22":        "fe80::/64",
	} {
		if got := addressOf((&fakeConn{address: address}).RemoteAddr()); got.String() != want {
			t.Errorf("%s: %v, want %s", address, got, want)
		}
	}
	if got := addressOf(&net.UnixAddr{Name: "x"}); got.IsValid() {
		t.Errorf("a socket: %v", got)
	}
}

func TestCheckAuthentication(t *testing.T) {
	key := func(gliderssh.Context, gliderssh.PublicKey) bool { return true }
	password := func(gliderssh.Context, string) bool { return true }
	interactive := func(gliderssh.Context, gossh.KeyboardInteractiveChallenge) bool { return true }
	for what, g := range map[string]*gliderssh.Server{
		"nothing":     {},
		"password":    {PublicKeyHandler: key, PasswordHandler: password},
		"interactive": {PublicKeyHandler: key, KeyboardInteractiveHandler: interactive},
	} {
		if checkAuthentication(g) == nil {
			t.Errorf("%s: accepted", what)
		}
	}
	if err := checkAuthentication(&gliderssh.Server{PublicKeyHandler: key}); err != nil {
		t.Error(err)
	}
}
