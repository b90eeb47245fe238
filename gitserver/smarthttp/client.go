package smarthttp

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/access"
)

// client is whose fetches are counted together: the account, or for nobody the
// address.
func (s *Server) client(r *http.Request, p access.Principal) string {
	if p.Account != nil {
		return "account " + p.Name()
	}
	return "address " + address(r, s.Proxies)
}

// address is where a request comes from, as far as those say who are believed:
// each of the proxies adds an address to the end of X-Forwarded-For. Of an IPv6
// address, which one customer has without number, only the network counts.
func address(r *http.Request, proxies []netip.Prefix) string {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	at := from.Addr().Unmap()
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, f := range slices.Backward(forwarded) {
		if !slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(at) }) {
			break
		}
		next, err := netip.ParseAddr(strings.TrimSpace(f))
		if err != nil {
			break
		}
		at = next.Unmap()
	}
	if at.Is6() {
		network, _ := at.WithZone("").Prefix(64)
		return network.String()
	}
	return at.String()
}
