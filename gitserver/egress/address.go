package egress

import (
	"fmt"
	"net/netip"
)

// special are the blocks of IPv4, and of global's, that are not the public
// internet, or lead somewhere else than they say (IANA special-purpose address
// registries, RFC 6890 and its successors).
var special = prefixes(
	"0.0.0.0/8",        // this network
	"10.0.0.0/8",       // private
	"100.64.0.0/10",    // shared by carriers
	"127.0.0.0/8",      // loopback
	"168.63.129.16/32", // public by number, but in Azure the machine that it runs on
	"169.254.0.0/16",   // link-local; clouds' metadata
	"172.16.0.0/12",    // private
	"192.0.0.0/24",     // protocol assignments
	"192.0.2.0/24",     // documentation
	"192.88.99.0/24",   // 6to4 relays
	"192.168.0.0/16",   // private
	"198.18.0.0/15",    // benchmarks
	"198.51.100.0/24",  // documentation
	"203.0.113.0/24",   // documentation
	"224.0.0.0/4",      // multicast
	"240.0.0.0/4",      // reserved, broadcast
	"2001::/23",        // protocol assignments; Teredo
	"2001:db8::/32",    // documentation
	"2002::/16",        // 6to4
	"3fff::/20",        // documentation
)

// global is all of IPv6 that has been given out to be reached from everywhere.
// NAT64, IPv4-translated, unique local, link-local and multicast addresses are
// outside, and so is whatever will be made up next.
var global = netip.MustParsePrefix("2000::/3")

func prefixes(all ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range all {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// Public refuses every address that is not on the public internet. It is asked
// with the address behind a name, when the connection is made: what the name
// meant a moment before does not matter.
func Public(to netip.Addr) error {
	addr := to.Unmap()
	if to.Zone() != "" || addr.Is6() && !global.Contains(addr) {
		return refused(to)
	}
	for _, p := range special {
		if p.Contains(addr) {
			return refused(to)
		}
	}
	return nil
}

func refused(to netip.Addr) error {
	return fmt.Errorf("%s is not an address of the public internet, to which connections are limited here", to)
}
