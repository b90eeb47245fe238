package web

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
)

// LFSRequest is one request to an endpoint of Git LFS. Authorize comes before
// Find, and that before all else. An error that is a [ClientError] is for
// the client.
type LFSRequest interface {
	// Malformed says what is wrong with the query; empty if nothing is.
	Malformed(r *http.Request) string

	// Authorize asks whether whoever sends the request may do what it asks for.
	// It may read the content, for those who may send any.
	Authorize(r *http.Request) error

	// Find looks for what the path names. Size and open are those of an object.
	Find(ctx context.Context) (size int64, open func(context.Context) (io.ReadSeekCloser, error), err error)

	// Answer does what the request asks for, and says what is answered to it, as
	// JSON; nil if nothing is.
	Answer(r *http.Request) (answer []byte, created bool, err error)
}

// typeLFS is the media type of all that is said in JSON.
const typeLFS = "application/vnd.git-lfs+json"

// lfs is an endpoint of Git LFS (its API's documents). What takes a PUT is an
// object; all others speak JSON.
type lfs struct {
	decision.Defaults
	request LFSRequest
	methods []string
	path    string
	site    *site

	size    int64
	open    func(context.Context) (io.ReadSeekCloser, error)
	refused ClientError // what Answer came to
}

// openLFS opens an endpoint; nil if there is none.
func openLFS(s *site, m route.Match) decision.Resource {
	if s.LFS == nil {
		return nil
	}
	q, methods := s.LFS(m.Owner, m.Repo, m.Path)
	if len(methods) == 0 {
		return nil
	}
	return &lfs{request: q, methods: methods, path: m.Path, site: s}
}

// Methods are those of the endpoint.
func (x *lfs) Methods(*http.Request) []string { return x.methods }

// Malformed is a query that is wrong.
func (x *lfs) Malformed(r *http.Request) string { return x.request.Malformed(r) }

// Access is that to the repository, for what is asked.
func (x *lfs) Access(r *http.Request) (decision.Access, error) {
	return accessOf(x.request.Authorize(r))
}

// Content is an object, of a length that is known, or JSON.
func (x *lfs) Content(_ *http.Request, method string) decision.Content {
	if method == http.MethodPut {
		return decision.Content{Limit: -1, LengthRequired: true, Timeout: x.site.Timeout}
	}
	return decision.Content{Types: []string{typeLFS}}
}

// isObject reports whether the endpoint is an object.
func (x *lfs) isObject() bool { return slices.Contains(x.methods, http.MethodPut) }

// State is whether there is what the path names. An object can be created.
func (x *lfs) State(r *http.Request) (state decision.State, err error) {
	x.size, x.open, err = x.request.Find(r.Context())
	if reason := notFound(err); reason != "" {
		return decision.State{Existence: decision.Missing, Reason: reason, MayCreate: x.isObject()}, nil
	}
	return decision.State{}, err
}

// Strict is false: there is one form, and clients of LFS know it.
func (*lfs) Strict(*http.Request, string) bool { return false }

// Representations is the object, or a list. What is posted to has none.
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

// said is JSON as an answer.
func said(answer []byte) decision.Representation {
	return decision.Representation{Type: typeLFS, CacheControl: "no-store", NoRanges: true, Content: append(answer, '\n')}
}

// Process does what is asked for.
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
