package lfs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/clienterror"
)

// maxObjects bounds a batch; clients send a hundred.
const maxObjects = 1000

// object is an object as a batch, or who asks to verify it, names it.
type object struct {
	OID  OID   `json:"oid"`
	Size int64 `json:"size"`
}

// authorize lets whoever may write ask.
func (*object) authorize(context.Context, *Request) error { return nil }

// batchRequest is the content of a request to the batch API ("Requests").
type batchRequest struct {
	Operation Operation `json:"operation"`
	Transfers []string  `json:"transfers"`
	Objects   []object  `json:"objects"`
	HashAlgo  string    `json:"hash_algo"`
}

// batchAnswer says how to do it for each object ("Successful Responses").
type batchAnswer struct {
	Transfer string         `json:"transfer"`
	Objects  []objectAnswer `json:"objects"`
	HashAlgo string         `json:"hash_algo"`
}

type objectAnswer struct {
	object
	Authenticated bool              `json:"authenticated,omitempty"`
	Actions       map[string]action `json:"actions,omitempty"`
	Error         *objectError      `json:"error,omitempty"`
}

// action is a request that the client is to make.
type action struct {
	Href      string            `json:"href"`
	Header    map[string]string `json:"header,omitempty"`
	ExpiresIn int               `json:"expires_in,omitempty"` // seconds
}

type objectError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// basic is the one transfer that there is.
const basic = "basic"

// authorize asks for what the operation takes.
func (b *batchRequest) authorize(ctx context.Context, q *Request) error {
	if !known(b.Operation) {
		return nil // check says so
	}
	if !q.ticket.fits(q.repo, b.Operation, "") {
		return errTicketRefused
	}
	return q.authorize(ctx, b.Operation.needs())
}

// batch answers POST objects/batch.
func (q *Request) batch(r *http.Request) (any, error) {
	req := q.input.(*batchRequest)
	if err := req.check(); err != nil {
		return nil, err
	}
	a := batchAnswer{Transfer: basic, Objects: []objectAnswer{}, HashAlgo: "sha256"}
	asked := int64(0) // bytes of the objects before, which will be uploaded too
	for _, o := range req.Objects {
		one, err := q.offer(r.Context(), req.Operation, o, asked)
		if err != nil {
			return nil, err
		}
		if req.Operation == Upload && one.Actions != nil {
			asked += o.Size
		}
		a.Objects = append(a.Objects, one)
	}
	return a, nil
}

func (b *batchRequest) check() error {
	switch {
	case !known(b.Operation):
		return clienterror.New(clienterror.Unprocessable, fmt.Sprintf("the operation is %.20q, must be download or upload", b.Operation))
	case len(b.Transfers) > 0 && !slices.Contains(b.Transfers, basic):
		return clienterror.New(clienterror.Unprocessable, "the only transfer here is basic")
	case b.HashAlgo != "" && b.HashAlgo != "sha256":
		return clienterror.New(clienterror.Conflict, "the only hash_algo here is sha256")
	case len(b.Objects) > maxObjects:
		return clienterror.New(clienterror.TooLarge, fmt.Sprintf("%d objects in a batch, at most %d", len(b.Objects), maxObjects))
	}
	return nil
}

// offer says what to do about one object, after asked bytes of others.
func (q *Request) offer(ctx context.Context, operation Operation, o object, asked int64) (objectAnswer, error) {
	one := objectAnswer{object: o}
	fail := func(code int, message string) (objectAnswer, error) {
		one.Error = &objectError{code, message}
		return one, nil
	}
	if !objectID.MatchString(string(o.OID)) || o.Size < 0 {
		return fail(http.StatusUnprocessableEntity, "an object is named by the 64 hexadecimal digits of its SHA-256, and has a size of 0 or more")
	}
	size, err := q.server.Objects.Size(ctx, q.repo.ID, o.OID)
	missing := errors.Is(err, ErrNoObject)
	if err != nil && !missing {
		return one, err
	}
	switch {
	case !missing && size != o.Size:
		return fail(http.StatusUnprocessableEntity, fmt.Sprintf("the object has %d bytes, not %d", size, o.Size))
	case missing && operation == Download:
		return fail(http.StatusNotFound, "the object is not here: whoever has it pushes it by git lfs push --all")
	case !missing && operation == Upload:
		return one, nil // nothing to do
	}
	if operation == Upload {
		if o.Size > 1<<62-asked {
			return fail(http.StatusUnprocessableEntity, "no object is as large as that")
		}
		if err := q.server.Objects.Room(ctx, q.repo.ID, asked+o.Size); errors.Is(err, ErrQuota) {
			return fail(http.StatusInsufficientStorage, err.Error())
		} else if err != nil {
			return one, err
		}
	}
	one.Authenticated = true
	one.Actions = q.actions(operation, o)
	return one, nil
}

func (q *Request) actions(operation Operation, o object) map[string]action {
	href := q.server.address(q.repo.Path()) + "/objects/" + string(o.OID)
	header := q.server.header(q.principal, &ticket{RepositoryID: q.repo.ID, Operation: operation, OID: o.OID, Size: o.Size})
	actions := map[string]action{string(operation): {href, header, int(ticketLife.Seconds())}}
	if operation == Upload {
		actions["verify"] = action{href + "/verify", header, int(ticketLife.Seconds())}
	}
	return actions
}

// address is where the endpoints of a repository begin.
func (s *Server) address(path string) string { return s.URL + "/" + path + ".git/info/lfs" }

// header returns the header fields that carry a ticket valid from now. A nobody
// needs none.
func (s *Server) header(p access.Principal, t *ticket) map[string]string {
	if p.Credential == "" {
		return nil
	}
	t.Credential, t.Expires = p.Credential, time.Now().Add(ticketLife)
	return map[string]string{"Authorization": "Bearer " + s.sealer.seal(t)}
}
