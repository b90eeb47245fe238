package egress

import (
	"errors"
	"net"
	"net/url"

	"github.com/rhaptos/rhaptos/gitserver/plaintext"
)

// longestSaid limits, in bytes, what is kept of a remote server's message.
const longestSaid = 300

// Plain makes what others have said, in an error or in a status line, one line for a
// row and a terminal, and not a long one.
func Plain(s string) string { return plaintext.Line(s, longestSaid) }

// Reason returns why a [Guard.Client] got no response, in words for whoever named the
// address: without the URL, which can contain a secret, and without addresses of this
// machine and of its name servers.
func Reason(err error) error {
	if failed := (*url.Error)(nil); errors.As(err, &failed) {
		err = failed.Err
	}
	if lookup := (*net.DNSError)(nil); errors.As(err, &lookup) {
		return &net.DNSError{Err: lookupReason(lookup), Name: lookup.Name, UnwrapErr: lookup.UnwrapErr,
			IsTimeout: lookup.IsTimeout, IsTemporary: lookup.IsTemporary, IsNotFound: lookup.IsNotFound}
	}
	if failed := (*net.OpError)(nil); errors.As(err, &failed) {
		return &net.OpError{Op: failed.Op, Net: failed.Net, Addr: failed.Addr, Err: failed.Err}
	}
	return err
}

// lookupReason returns why a name could not be looked up. The error's own text can
// contain the addresses of both ends of the query.
func lookupReason(e *net.DNSError) string {
	switch {
	case e.IsNotFound:
		return "no such host"
	case e.IsTimeout:
		return "the name server did not respond in time"
	}
	return "the name server failed"
}
