package egress

import (
	"errors"
	"net/url"
	"strings"
)

// longestSaid limits, in bytes, what is kept of a remote server's message.
const longestSaid = 300

// Plain makes what others have said, in an error or in a status line, fit for a
// row and a terminal: one line without control characters, and not a long one.
func Plain(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c >= 0x7f && c < 0xa0 || c == '\uFFFD' {
			return '?'
		}
		return c
	}, s)
	if len(s) > longestSaid {
		s = strings.ToValidUTF8(s[:longestSaid], "") + "..."
	}
	return s
}

// Reason returns why a [Guard.Client] got no response, without the address that it
// connected to: that of a receiver can be secret, and that of a file can contain a
// secret.
func Reason(err error) error {
	if failed := (*url.Error)(nil); errors.As(err, &failed) {
		return failed.Err
	}
	return err
}
