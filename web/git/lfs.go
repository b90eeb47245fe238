package git

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
)

// LFSRequest is a request to an endpoint of Git LFS. Authorize is called first, then
// Find. A [ClientError] is reported to the client.
type LFSRequest interface {
	// Malformed returns what is wrong with the query, empty if nothing is.
	Malformed(r *http.Request) string

	// Authorize checks that the sender may do what the request asks for. It may
	// read the content of senders who may write.
	Authorize(r *http.Request) error

	// Find looks for what the path names, and returns the size of an object and
	// how to open it.
	Find(ctx context.Context) (size int64, open func(context.Context) (io.ReadSeekCloser, error), err error)

	// Answer does what the request asks for and returns the response as JSON, nil
	// if it has no content.
	Answer(r *http.Request) (answer []byte, created bool, err error)
}

// typeLFS is the media type of JSON in Git LFS.
const typeLFS = "application/vnd.git-lfs+json"

// lfs is an endpoint of Git LFS (see its API documents). An endpoint that accepts PUT
// is an object; all others exchange JSON.
type lfs struct {
	decision.Defaults
	request LFSRequest
	methods []string
	path    string
	timeout time.Duration

	size    int64
	open    func(context.Context) (io.ReadSeekCloser, error)
	refused ClientError // by Answer; may be nil
}

// Methods returns those of the endpoint.
func (x *lfs) Methods(*http.Request) []string { return x.methods }

// Malformed rejects a wrong query.
func (x *lfs) Malformed(r *http.Request) string { return x.request.Malformed(r) }

// Access authorises the request.
func (x *lfs) Access(r *http.Request) (decision.Access, error) {
	return accessOf(x.request.Authorize(r))
}

// Content accepts an object of known length, or JSON.
func (x *lfs) Content(_ *http.Request, method string) decision.Content {
	if method == http.MethodPut {
		return decision.Content{Limit: -1, LengthRequired: true, Timeout: x.timeout}
	}
	return decision.Content{Types: []string{typeLFS}}
}

// isObject reports whether the endpoint is an object.
func (x *lfs) isObject() bool { return slices.Contains(x.methods, http.MethodPut) }

// State says whether there is what the path names. An object can be created.
func (x *lfs) State(r *http.Request) (state decision.State, err error) {
	x.size, x.open, err = x.request.Find(r.Context())
	if reason := notFound(err); reason != "" {
		return decision.State{Existence: decision.Missing, Reason: reason, MayCreate: x.isObject()}, nil
	}
	return decision.State{}, err
}

// Strict is false: there is one form, and clients of LFS know it.
func (*lfs) Strict(*http.Request, string) bool { return false }

// Representations returns the object or a list; endpoints for POST have none.
func (x *lfs) Representations(r *http.Request) ([]decision.Representation, error) {
	switch {
	case x.isObject():
		return []decision.Representation{{
			Type: resource.TypeUnknown, ETag: `"` + x.path[len("objects/"):] + `"`, Length: x.size,
			CacheControl: "no-store", Open: x.open,
		}}, nil
	case r.Method == http.MethodPost:
		return nil, nil
	}
	answer, _, err := x.request.Answer(r)
	if err != nil {
		return nil, err
	}
	return []decision.Representation{said(answer)}, nil
}

// said returns JSON as a representation.
func said(answer []byte) decision.Representation {
	return decision.Representation{Type: typeLFS, CacheControl: "no-store", NoRanges: true, Content: append(answer, '\n')}
}

// Process does what the request asks for.
func (x *lfs) Process(_ http.ResponseWriter, r *http.Request) (decision.Outcome, error) {
	answer, created, err := x.request.Answer(r)
	if err != nil {
		x.refused = clientError(err)
		return outcomeOf(err)
	}
	content := decision.Representation{CacheControl: "no-store"} // 200 without content, as clients know it
	if answer != nil {
		content = said(answer)
	}
	outcome := decision.Outcome{Content: &content}
	if created {
		outcome.Result = decision.Created
	}
	return outcome, nil
}

// ErrorType implements [decision.ErrorForm].
func (*lfs) ErrorType() string { return typeLFS }

// WriteError implements [decision.ErrorForm] (batch API, "Response Errors").
func (x *lfs) WriteError(w io.Writer, p decision.Problem) error {
	if x.refused != nil && x.refused.Body() != nil {
		_, err := w.Write(append(x.refused.Body(), '\n'))
		return err
	}
	return json.NewEncoder(w).Encode(struct {
		Message string `json:"message"`
	}{p.Detail})
}
