package access

import (
	"context"
	"errors"
	"net/http"

	"github.com/rhaptos/rhaptos/gitserver/clienterror"
)

// Sender returns the principal of a request with the header; an anonymous one if
// it has no credentials. For invalid credentials the error is a [clienterror.Error].
// The function by looks tokens up, as [Access.ByToken] does.
func Sender(ctx context.Context, h http.Header, by func(ctx context.Context, name, token string) (Principal, error)) (Principal, error) {
	name, token, given, ok := ParseAuthorization(h)
	switch {
	case !given:
		return Principal{}, nil
	case !ok:
		return Principal{}, clienterror.New(clienterror.Unauthenticated, "the Authorization header is not understood: send Basic with NAME:TOKEN, or Bearer with TOKEN")
	}
	p, err := by(ctx, name, token)
	if errors.Is(err, ErrUnauthenticated) {
		return Principal{}, clienterror.New(clienterror.Unauthenticated, "the name or the token is wrong, or the token has ended: sign in with your account's name, and a token as the password")
	}
	return p, err
}

// ClientError turns an error of [Access.Find] or [Access.Authorize] for the
// repository at a path into a [clienterror.Error]; a missing repository is treated
// as a hidden one. Any other error is returned as it is.
func ClientError(err error, path string) error {
	switch {
	case errors.Is(err, ErrUnauthenticated):
		return clienterror.New(clienterror.Unauthenticated, "sign in with your account's name, and a token as the password")
	case errors.Is(err, ErrNotFound):
		return clienterror.New(clienterror.NotFound, "repository "+path+" not found, or you may not read it")
	case errors.Is(err, ErrForbidden):
		return clienterror.New(clienterror.Forbidden, err.Error())
	}
	return err
}
