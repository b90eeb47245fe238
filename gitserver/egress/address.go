package egress

import (
	"fmt"
	"net/netip"

	"code.dny.dev/ssrf"
)

// azure is an address that is public by its number, but in Azure belongs to the
// machine that the server runs on.
var azure = netip.MustParsePrefix("168.63.129.16/32")

// guardian has the special-purpose address registries of IANA (RFC 6890 and its
// successors). Of IPv6 it lets nothing through but global unicast addresses, so that
// NAT64, IPv4-translated, unique local, link-local and multicast addresses are
// refused, and so are new kinds.
var guardian = ssrf.New(ssrf.WithAnyPort(), ssrf.WithDeniedV4Prefixes(azure))

// Public refuses every address that is not on the public internet. It is called
// with the address of the connection, when that is made: what the name meant a
// moment before does not matter.
func Public(to netip.Addr) error {
	if to.Zone() != "" || guardian.SafeAddr(to.Unmap()) != nil {
		return fmt.Errorf("%s is not an address of the public internet, to which connections are limited here", to)
	}
	return nil
}
