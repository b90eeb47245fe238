package access

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/clienterror"
)

// SendersConfig configures [Senders].
type SendersConfig struct {
	Access interface {
		ByToken(ctx context.Context, name, token string) (Principal, error)
	}
	Proxies []netip.Prefix // addresses whose X-Forwarded-For is believed
	Log     *slog.Logger

	// Wrong is how many wrong credentials an address may send at once; 20 if zero.
	Wrong int
}

// Senders identifies the senders of HTTP requests. An address that has sent many
// wrong credentials has to wait before it may send others. One value serves all
// transports over HTTP, so that their wrong credentials are counted together.
type Senders struct {
	config  SendersConfig
	guesses *guesses
}

// NewSenders returns Senders that have counted nothing yet.
func NewSenders(c SendersConfig) *Senders {
	return &Senders{config: c, guesses: newGuesses(cmp.Or(c.Wrong, 20))}
}

// Principal returns the principal of a request; an anonymous one if it has no
// credentials. The error is a [clienterror.Error] of kind Unauthenticated if they
// are wrong, and of kind TooMany if the address has to wait.
func (s *Senders) Principal(r *http.Request) (Principal, error) {
	name, token, given, ok := ParseAuthorization(r.Header)
	switch {
	case !given:
		return Principal{}, nil
	case !ok:
		return Principal{}, clienterror.New(clienterror.Unauthenticated, "the Authorization header is not understood: send Basic with NAME:TOKEN, or Bearer with TOKEN")
	}
	from := s.Address(r)
	guess := guessOf(from, name, token)
	if wait := s.guesses.wait(from, guess, time.Now()); wait > 0 {
		return Principal{}, tooMany(wait)
	}
	p, err := s.config.Access.ByToken(r.Context(), name, token)
	if err == nil {
		s.guesses.right(guess, time.Now())
	}
	if !errors.Is(err, ErrUnauthenticated) {
		return p, err
	}
	if s.guesses.wrong(from, guess, time.Now()) {
		s.config.Log.WarnContext(r.Context(), "many wrong credentials from one address, which has to wait now (a proxy must be one of the trusted proxies)", "address", from)
	}
	return Principal{}, clienterror.New(clienterror.Unauthenticated, "the name or the token is wrong, or the token has ended: sign in with your account's name, and a token as the password")
}

func tooMany(wait time.Duration) error {
	return &clienterror.Error{
		Kind: clienterror.TooMany, Retry: wait,
		Text: fmt.Sprintf("too many wrong names or tokens from your address: try again in %d seconds, or without credentials", int((wait+time.Second-1)/time.Second)),
	}
}

// Address returns the address that a request comes from, as far as trusted proxies
// know it: each of them adds an address to the end of X-Forwarded-For. Of an IPv6
// address only the network counts, its first 64 bits, because one customer has all
// addresses of it (RFC 6177).
func (s *Senders) Address(r *http.Request) string {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	at := from.Addr().Unmap()
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, f := range slices.Backward(forwarded) {
		if !slices.ContainsFunc(s.config.Proxies, func(p netip.Prefix) bool { return p.Contains(at) }) {
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
