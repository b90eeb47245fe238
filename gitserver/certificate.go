package gitserver

import (
	"context"
	"fmt"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/pushcert"
)

// Signing configures signed pushes. Without it the server does not offer them.
type Signing struct {
	Nonces pushcert.Nonces

	// Keys are the keys of an account. One that is not there has none.
	Keys func(ctx context.Context, account string) (pushcert.Keys, error)
}

// Certificate is the certificate of a signed push and the result of verifying it.
type Certificate struct {
	Text string // as it was sent, with the signature
	pushcert.Verdict
	Nonce pushcert.NonceStatus
}

// certify verifies the certificate of a push, if it has one. One that says what
// is not so refuses the push; one by a key that is not known is as good as none.
func (s *Server) certify(ctx context.Context, push *Push, c *pushcert.Certificate) error {
	if c == nil {
		return nil
	}
	if s.config.Signing == nil {
		return protocolError("a push certificate was not asked for")
	}
	keys, err := s.config.Signing.Keys(ctx, push.Actor)
	if err != nil {
		return fmt.Errorf("keys of %s: %w", push.Actor, err)
	}
	now := time.Now()
	push.Certificate = &Certificate{
		Text:    c.Text(),
		Verdict: c.Verify(keys, now),
		Nonce:   s.config.Signing.Nonces.Check(push.Repository.ID, c.Nonce, now),
	}
	switch {
	case push.Certificate.Nonce == pushcert.NonceExpired:
		push.refuseAll("the push certificate has expired: push again")
	case push.Certificate.Nonce != pushcert.NonceOK:
		push.refuseAll("the push certificate is not for this push")
	case push.Certificate.Status == pushcert.Bad:
		push.refuseAll("the signature of the push certificate is not good: " + printable(push.Certificate.Why))
	}
	return nil
}

// unsigned returns why an update that must be signed is refused; empty if it is not.
func (p *Push) unsigned() string {
	switch {
	case p.Certificate == nil:
		return "pushes here must be signed: git push --signed"
	case p.Certificate.Status != pushcert.Good:
		return "pushes here must be signed: " + printable(p.Certificate.Why)
	}
	return ""
}
