package access

import (
	"net/http"
	"net/netip"
	"testing"
)

// H10: an address is believed from the proxies only, and from them only as far
// as they go.
func TestAddress(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/24"), netip.MustParsePrefix("::1/128")}
	for _, c := range []struct {
		remote    string
		forwarded []string
		want      string
	}{
		{"192.0.2.1:1234", nil, "192.0.2.1"},
		{"192.0.2.1:1234", []string{"198.51.100.7"}, "192.0.2.1"},
		{"127.0.0.1:1234", nil, "127.0.0.1"},
		{"127.0.0.1:1234", []string{"198.51.100.7"}, "198.51.100.7"},
		{"127.0.0.1:1234", []string{"203.0.113.9, 198.51.100.7"}, "198.51.100.7"},
		{"127.0.0.1:1234", []string{"203.0.113.9", "198.51.100.7, 10.0.0.3"}, "198.51.100.7"},
		{"127.0.0.1:1234", []string{"203.0.113.9, nonsense"}, "127.0.0.1"},
		{"127.0.0.1:1234", []string{"", ","}, "127.0.0.1"},
		{"127.0.0.1:1234", []string{"10.0.0.1,10.0.0.2"}, "10.0.0.1"},
		{"[::1]:1234", []string{"2001:db8:1:2:3:4:5:6"}, "2001:db8:1:2::/64"},
		{"[2001:db8:1:2:3:4:5:6%eth0]:1", nil, "2001:db8:1:2::/64"},
		{"[::ffff:192.0.2.1]:1", nil, "192.0.2.1"},
		{"pipe", []string{"192.0.2.1"}, "pipe"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{"X-Forwarded-For": c.forwarded}}
		if got := (&Senders{config: SendersConfig{Proxies: proxies}}).Address(r); got != c.want {
			t.Errorf("%s, %q: %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}
