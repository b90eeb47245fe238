package access

import (
	"context"
	"errors"
	"net/http"

	"github.com/rhaptos/rhaptos/gitserver/refusal"
)

// Sender is who sends a request with the fields: nobody, if it has no
// credentials. The error of credentials that are not good is a
// [refusal.Refusal]; by finds whose they are, as [Access.ByToken].
func Sender(ctx context.Context, h http.Header, by func(ctx context.Context, name, token string) (Principal, error)) (Principal, error) {
	name, token, given, ok := ParseAuthorization(h)
	switch {
	case !given:
		return Principal{}, nil
	case !ok:
		return Principal{}, refusal.New(refusal.Unauthenticated, "the Authorization header is not understood: send Basic with NAME:TOKEN, or Bearer with TOKEN")
	}
	p, err := by(ctx, name, token)
	if errors.Is(err, ErrUnauthenticated) {
		return Principal{}, refusal.New(refusal.Unauthenticated, "the name or the token is wrong, or the token has ended: sign in with your account's name, and a token as the password")
	}
	return p, err
}

// Refuse is the refusal that an error of [Access.Authorize] for the repository
// at a path is to the client. A repository that is not there and one that may
// not be known of get the same. Another error is returned as it is.
func Refuse(err error, path string) error {
	switch {
	case errors.Is(err, ErrUnauthenticated):
		return refusal.New(refusal.Unauthenticated, "sign in with your account's name, and a token as the password")
	case errors.Is(err, ErrNotFound):
		return refusal.New(refusal.NotFound, "repository "+path+" not found, or you may not read it")
	case errors.Is(err, ErrForbidden):
		return refusal.New(refusal.Forbidden, err.Error())
	}
	return err
}
