package egress

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// What is checked beforehand is refused exactly if a connection would be.
func TestCheck(t *testing.T) {
	resolver := nameserver(t, func(name string) []string {
		return map[string][]string{
			"public.example.": {"93.184.216.34"}, "inside.example.": {"10.1.2.3", "127.0.0.1"}, "mixed.example.": {"10.1.2.3", "93.184.216.34"},
		}[strings.ToLower(name)]
	})
	guard := Guard{Resolver: resolver, Ports: []uint16{80, 443}}
	private := Guard{Resolver: resolver, Private: true, Ports: []uint16{80, 443}}
	for _, tt := range []struct {
		guard   Guard
		url     string
		refused string
	}{
		{guard, "https://public.example/x", ""}, {guard, "http://public.example", ""}, {guard, "http://93.184.216.34/", ""}, {guard, "https://[2606:4700::1111]/", ""},
		{guard, "https://mixed.example/", ""}, {guard, "https://none.example/", ""},
		{guard, "https://public.example:8443/", "port 8443"}, {guard, "http://public.example:22/", "port 22"}, {guard, "http://93.184.216.34:25/", "port 25"},
		{guard, "https://public.example:0/", "not a port"}, {guard, "https://public.example:65536/", "not a port"}, {private, "http://public.example:65536/", "not a port"},
		{guard, "https://inside.example/", "inside.example is not on the public internet"}, {guard, "https://INSIDE.example./", "not on the public internet"},
		{guard, "http://localhost/", "localhost is not on the public internet"},
		{guard, "http://127.0.0.1/", "127.0.0.1 is not an address of the public internet"}, {guard, "http://[::1]/", "public internet"},
		{guard, "http://[::ffff:10.0.0.1]/", "public internet"}, {guard, "http://[fe80::1%25lo]/", "public internet"}, {guard, "http://169.254.169.254/", "public internet"},
		{guard, "http://127.1/", "neither a name nor an address"}, {guard, "http://0x7f000001/", "neither a name nor an address"}, {guard, "http://2130706433/", "neither"},
		{guard, "http://127.0.0.1./", "neither"}, {guard, "http://a.09/", "neither"}, {guard, "http://a.0x7f/", "neither"},
		{private, "http://127.0.0.1:6379/", ""}, {private, "https://inside.example:8443/", ""},
		{Guard{Resolver: resolver}, "https://public.example:8443/", ""},
	} {
		err := tt.guard.Check(t.Context(), tt.url)
		if (err == nil) != (tt.refused == "") || err != nil && !strings.Contains(err.Error(), tt.refused) {
			t.Errorf("%s: %v, want %q", tt.url, err, tt.refused)
		}
		if err != nil && strings.Contains(err.Error(), "10.1.2.3") {
			t.Errorf("%s: %v has the address that a name leads to", tt.url, err)
		}
	}
}

// No reason has an address of the machine's own: neither that of its name server nor
// that of its end of a connection.
func TestReasonHasNoAddressOfOurs(t *testing.T) {
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	refusing, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refusing.Close()
	for name, server := range map[string]string{"silent": silent.LocalAddr().String(), "not there": refusing.Addr().String()} {
		network := map[string]string{"silent": "udp", "not there": "tcp"}[strings.ToLower(name)]
		guard := Guard{Resolver: &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server)
		}}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, "GET", "http://books.example/", nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Ask(guard.Client(0, 64<<10), r)
		if err == nil || strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("a name server that is %s: %v", name, err)
		}
	}
	from, to := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 9), Port: 50000}, &net.TCPAddr{IP: net.IPv4(93, 184, 216, 34), Port: 443}
	broken := &url.Error{Op: "Post", URL: "https://books.example/secret", Err: &net.OpError{Op: "write", Net: "tcp", Source: from, Addr: to, Err: errors.New("broken pipe")}}
	lookup := &url.Error{Op: "Post", URL: "https://books.example/secret", Err: &net.OpError{Op: "dial", Net: "tcp",
		Err: &net.DNSError{Err: "read udp 10.0.0.9:4444->10.0.0.53:53: i/o timeout", Name: "books.example", Server: "10.0.0.53:53", IsTimeout: true}}}
	for err, want := range map[error]string{
		broken: "write tcp 93.184.216.34:443: broken pipe",
		lookup: "lookup books.example: the name server did not respond in time",
		&net.DNSError{Err: "no such host", Name: "books.example", Server: "10.0.0.53:53", IsNotFound: true}:        "lookup books.example: no such host",
		&net.DNSError{Err: "server misbehaving", Name: "books.example", Server: "10.0.0.53:53", IsTemporary: true}: "lookup books.example: the name server failed",
	} {
		if got := Reason(err); got.Error() != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
	if timeout := (net.Error)(nil); !errors.As(Reason(lookup), &timeout) || !timeout.Timeout() {
		t.Error("a timeout is none any more")
	}
}
