package lfs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/rhaptos/rhaptos/gitserver/clienterror"
)

// mediaType is that of all requests and answers but the objects themselves.
const mediaType = "application/vnd.git-lfs+json"

// maxRequest bounds the JSON of a request: a thousand objects take a tenth.
const maxRequest = 1 << 20

// input is the parsed content of a request. Whether the request is allowed can
// depend on it.
type input interface {
	authorize(ctx context.Context, q *Request) error
}

var errLarge = clienterror.New(clienterror.TooLarge, fmt.Sprintf("the request is larger than %d bytes: ask for fewer objects at a time", maxRequest))

// read decodes a request's JSON into v.
func read(r *http.Request, v any) error {
	if r.ContentLength > maxRequest {
		return errLarge
	}
	limited := &io.LimitedReader{R: r.Body, N: maxRequest + 1}
	d := json.NewDecoder(limited)
	err := d.Decode(v)
	if err == nil {
		if _, end := d.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("there is more behind it")
		}
	}
	switch {
	case limited.N <= 0:
		return errLarge
	case err != nil:
		return clienterror.New(clienterror.Malformed, "the content is not the JSON that belongs here: "+err.Error())
	}
	return nil
}
