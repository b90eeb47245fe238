package egress

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// checkTimeout limits how long the lookup of a name may take that is only checked.
const checkTimeout = 3 * time.Second

// Check refuses a URL to which the guard would not let a connection go, so that
// whoever names it learns that at once. A name is refused if it leads to no address
// that is allowed. One that cannot be looked up now is not refused: it may be in
// future. The URL has a scheme, http or https, and a host.
func (g Guard) Check(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return fmt.Errorf("%q is not a port to which connections can be made", port)
	}
	if g.Private {
		return nil
	}
	if at, err := netip.ParseAddr(u.Hostname()); err == nil {
		return g.Allow(netip.AddrPortFrom(at, uint16(n)))
	}
	if err := g.allowPort(uint16(n)); err != nil {
		return err
	}
	if numeric(u.Hostname()) {
		return fmt.Errorf("%q is neither a name nor an address of a host", u.Hostname())
	}
	return g.checkName(ctx, u.Hostname(), uint16(n))
}

// numeric reports whether a host ends in a number, as no name does: programs read
// 127.1 or 0x7f000001 in different ways (WHATWG URL, "ends in a number").
func numeric(host string) bool {
	last := strings.TrimSuffix(host, ".")
	last = last[strings.LastIndexByte(last, '.')+1:]
	_, err := strconv.ParseUint(last, 0, 64)
	return err == nil || last != "" && strings.Trim(last, "0123456789") == ""
}

// checkName refuses a name all of whose addresses are refused.
func (g Guard) checkName(ctx context.Context, name string, port uint16) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	resolver := g.Resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	all, err := resolver.LookupNetIP(ctx, "ip", strings.TrimSuffix(name, "."))
	if err != nil {
		return nil
	}
	for _, at := range all {
		if g.Allow(netip.AddrPortFrom(at.Unmap(), port)) == nil {
			return nil
		}
	}
	return fmt.Errorf("%s is not on the public internet, to which connections are limited here", name)
}
