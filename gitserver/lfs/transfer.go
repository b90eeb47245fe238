package lfs

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/rhaptos/rhaptos/gitserver/clienterror"
)

// findObject looks for the object of the path.
func (q *Request) findObject(ctx context.Context) (err error) {
	q.size, err = q.server.Objects.Size(ctx, q.repo.ID, OID(q.id))
	if errors.Is(err, ErrNoObject) {
		return clienterror.New(clienterror.NotFound, "the object is not here: whoever has it pushes it by git lfs push --all")
	}
	return err
}

// upload answers PUT objects/OID. How long the object is must be known.
func (q *Request) upload(r *http.Request) (any, error) {
	size := r.ContentLength
	if q.ticket != nil && q.ticket.OID != "" && q.ticket.Size != size {
		return nil, clienterror.New(clienterror.Unprocessable, fmt.Sprintf("the object has %d bytes, not %d", q.ticket.Size, size))
	}
	err := q.server.Objects.Put(r.Context(), q.repo.ID, OID(q.id), size, r.Body)
	switch {
	case errors.Is(err, ErrMismatch):
		return nil, clienterror.New(clienterror.Unprocessable, err.Error())
	case errors.Is(err, ErrQuota):
		return nil, clienterror.New(clienterror.NoRoom, err.Error())
	}
	return nil, err
}

// verify answers POST objects/OID/verify: whether the object is here, whole
// (basic transfers, "Verification").
func (q *Request) verify(*http.Request) (any, error) {
	if o := q.input.(*object); string(o.OID) != q.id || o.Size != q.size {
		return nil, clienterror.New(clienterror.Unprocessable, fmt.Sprintf("object %s has %d bytes", q.id, q.size))
	}
	return nil, nil
}
