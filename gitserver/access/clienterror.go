package access

import (
	"errors"

	"github.com/rhaptos/rhaptos/gitserver/clienterror"
)

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
