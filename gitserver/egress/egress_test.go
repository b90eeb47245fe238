package egress

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

func TestPublic(t *testing.T) {
	for address, public := range map[string]bool{
		"93.184.216.34": true, "2606:4700::1111": true, "172.32.0.1": true, "100.128.0.1": true, "::ffff:8.8.8.8": true,
		"9.255.255.255": true, "11.0.0.0": true, "126.255.255.255": true, "128.0.0.1": true, "169.253.255.255": true, "223.255.255.255": true,
		"127.0.0.1": false, "127.9.9.9": false, "127.255.255.255": false, "0.0.0.0": false, "0.1.2.3": false, "10.1.2.3": false,
		"172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "169.254.169.254": false, "169.254.170.2": false,
		"100.64.0.1": false, "100.100.100.200": false, "100.127.255.255": false, "192.0.0.192": false, "192.0.2.1": false,
		"192.88.99.1": false, "198.18.0.1": false, "198.19.255.255": false, "198.51.100.1": false, "203.0.113.1": false,
		"224.0.0.1": false, "239.255.255.250": false, "240.0.0.1": false, "255.255.255.255": false,
		"::": false, "::1": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false, "::127.0.0.1": false,
		"::ffff:0:127.0.0.1": false, "168.63.129.16": false, "168.63.129.17": true, "::ffff:168.63.129.16": false,
		"1fff::1": false, "2000::1": true, "3ffe::1": true, "4000::1": false, "2a00::1": true,
		"fe80::1": false, "fe80::1%eth0": false, "2606:4700::1111%eth0": false, "febf::1": false, "fec0::1": false,
		"fc00::1": false, "fd00::1": false, "fd00:ec2::254": false, "64:ff9b::7f00:1": false, "64:ff9b::a9fe:a9fe": false, "64:ff9b:1::1": false,
		"2002:7f00:1::": false, "2002:a9fe:a9fe::1": false, "2001::1": false, "2001:db8::1": false, "100::1": false,
		"3fff::1": false, "5f00::1": false, "ff02::1": false, "ff05::2": false,
	} {
		if err := Public(netip.MustParseAddr(address)); (err == nil) != public {
			t.Errorf("%s: got %v, want public %v", address, err, public)
		}
	}
}

func TestPorts(t *testing.T) {
	for _, tt := range []struct {
		guard Guard
		to    string
		ok    bool
	}{
		{Guard{}, "8.8.8.8:25", true},
		{Guard{Ports: []uint16{80, 443}}, "8.8.8.8:443", true},
		{Guard{Ports: []uint16{80, 443}}, "8.8.8.8:22", false},
		{Guard{Ports: []uint16{80, 443}}, "[2606:4700::1111]:6379", false},
		{Guard{Private: true, Ports: []uint16{80}}, "127.0.0.1:6379", true},
		{Guard{Ports: []uint16{80}}, "127.0.0.1:80", false},
	} {
		if err := tt.guard.Allow(netip.MustParseAddrPort(tt.to)); (err == nil) != tt.ok {
			t.Errorf("%+v to %s: %v", tt.guard, tt.to, err)
		}
	}
}

// All the ways in which a URL can name this machine or its network. None of them
// is connected to, whether the name is understood or not.
func TestSpellings(t *testing.T) {
	asked := canary(t)
	_, port, _ := net.SplitHostPort(asked.address)
	client := Guard{}.Client(5*time.Second, 64<<10)
	for _, host := range []string{
		"127.0.0.1", "127.1", "127.0.1", "127.000.000.001", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433", "017700000001", "127.0.0.1.",
		"localhost", "LOCALHOST", "localhost.", "0", "0.0.0.0", "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[0000::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
		"[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[fe80::1%25lo]", "[::1%25lo]", "①②⑦.⓪.⓪.①", "127。0。0。1", "１２７.0.0.1",
		"%31%32%37.0.0.1", "127.0.0.1%2f", "127.0.0.1\\@8.8.8.8", "10.0.0.1", "169.254.169.254",
	} {
		r, err := client.Get("http://" + host + ":" + port + "/")
		if err == nil {
			r.Body.Close()
			t.Errorf("%s was connected to", host)
		}
	}
	if n := asked.requests(); n != 0 {
		t.Errorf("the canary was asked %d times", n)
	}
}

// A name that means a public address when it is looked at and this machine when
// it is connected to, and one that means both at once.
func TestNamesThatChange(t *testing.T) {
	asked := canary(t)
	_, port, _ := net.SplitHostPort(asked.address)
	var mu sync.Mutex
	lookups := map[string]int{}
	resolver := nameserver(t, func(name string) []string {
		mu.Lock()
		defer mu.Unlock()
		lookups[name]++
		switch {
		case name == "rebinding.example." && lookups[name] == 1:
			return []string{"192.0.2.1"}
		case name == "rebinding.example.":
			return []string{"127.0.0.1"}
		case name == "mixed.example.":
			return []string{"127.0.0.1", "10.0.0.1", "169.254.169.254"}
		}
		return nil
	})
	client := Guard{Resolver: resolver}.Client(5*time.Second, 64<<10)
	for _, name := range []string{"rebinding.example", "rebinding.example", "rebinding.example", "mixed.example", "mixed.example"} {
		r, err := client.Get("http://" + name + ":" + port + "/")
		if err == nil {
			r.Body.Close()
			t.Errorf("%s was connected to", name)
		} else if !strings.Contains(err.Error(), "not an address of the public internet") {
			t.Errorf("%s: %v", name, err)
		}
	}
	mu.Lock()
	if n := asked.requests(); n != 0 || lookups["rebinding.example."] < 3 {
		t.Errorf("the canary was asked %d times, the name server %v", n, lookups)
	}
	mu.Unlock()
	// The same names reach the canary where that is allowed: the test can fail.
	if r, err := (Guard{Resolver: resolver, Private: true}).Client(5*time.Second, 64<<10).Get("http://mixed.example:" + port + "/"); err != nil {
		t.Error(err)
	} else {
		r.Body.Close()
	}
	if asked.requests() != 1 {
		t.Error("the canary was not asked")
	}
}

// No redirect is followed, wherever it leads, and no proxy of the environment is
// asked.
func TestNoDetours(t *testing.T) {
	asked := canary(t)
	t.Setenv("HTTP_PROXY", "http://"+asked.address)
	t.Setenv("http_proxy", "http://"+asked.address)
	client := Guard{Private: true}.Client(5*time.Second, 64<<10)
	for _, to := range []string{"http://" + asked.address + "/", "file:///etc/passwd", "gopher://" + asked.address + "/", "//" + asked.address, "https://" + asked.address} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			s := httptest.NewServer(http.RedirectHandler(to, status))
			r, err := client.Post(s.URL, "text/plain", strings.NewReader("x"))
			if err != nil || r.StatusCode != status {
				t.Errorf("%d to %s: %v", status, to, err)
			} else {
				r.Body.Close()
			}
			s.Close()
		}
	}
	for _, address := range []string{"file:///etc/passwd", "gopher://" + asked.address + "/", "unix:///run/x"} {
		if _, err := client.Get(address); err == nil {
			t.Errorf("%s was asked for", address)
		}
	}
	if n := asked.requests(); n != 0 {
		t.Errorf("the canary was asked %d times", n)
	}
}

// An answer that drips, or whose header is too large, or that swells when it is
// decompressed.
func TestAnswersOfIllWill(t *testing.T) {
	done := make(chan struct{})
	defer close(done)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/drip":
			for {
				select {
				case <-done:
					return
				case <-r.Context().Done():
					return
				case <-time.After(20 * time.Millisecond):
					w.Write([]byte("x"))
					w.(http.Flusher).Flush()
				}
			}
		case "/header":
			w.Header().Set("X", strings.Repeat("x", 100<<10))
		case "/gzip":
			w.Header().Set("Content-Encoding", "gzip")
			w.Write([]byte("\x1f\x8b not really"))
		}
	}))
	defer s.Close()
	client := Guard{Private: true}.Client(300*time.Millisecond, 64<<10)
	r, err := client.Get(s.URL + "/drip")
	if err == nil {
		buf := make([]byte, 1<<20)
		for err == nil {
			_, err = r.Body.Read(buf)
		}
		r.Body.Close()
	}
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("an answer that drips ended with %v", err)
	}
	if _, err := client.Get(s.URL + "/header"); err == nil {
		t.Error("a header of 100 KiB was taken")
	}
	r, err = client.Get(s.URL + "/gzip")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.Header.Get("Content-Encoding") != "gzip" || r.Uncompressed {
		t.Error("the answer was decompressed")
	}
}

// counted is a server that nobody should ask.
type counted struct {
	address string
	mu      sync.Mutex
	n       int
}

func (c *counted) requests() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

func canary(t *testing.T) *counted {
	t.Helper()
	c := &counted{}
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.n++
	}))
	t.Cleanup(s.Close)
	c.address = s.Listener.Addr().String()
	return c
}

// nameserver answers queries for IPv4 addresses over UDP.
func nameserver(t *testing.T, answer func(name string) []string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
			q := m.Questions[0]
			if q.Type == dnsmessage.TypeA {
				for _, a := range answer(q.Name.String()) {
					m.Answers = append(m.Answers, dnsmessage.Resource{
						Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
						Body:   &dnsmessage.AResource{A: netip.MustParseAddr(a).As4()},
					})
				}
			}
			packed, err := m.Pack()
			if err == nil {
				conn.WriteTo(packed, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}
