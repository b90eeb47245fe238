package target

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/web/decision"
)

// resource is a resource whose facts are fixed.
type resource struct {
	decision.Defaults
	unavailable     bool
	preflight       http.Header
	methods         []string
	access          decision.Access
	content         decision.Content
	state           decision.State
	representations []decision.Representation
	strict          bool
	fault           error
	process         func(*http.Request) (decision.Outcome, error)
}

// Available implements [decision.Resource].
func (x *resource) Available(*http.Request) (bool, time.Duration, error) {
	return !x.unavailable, time.Minute, nil
}

// Preflight implements [decision.Resource].
func (x *resource) Preflight(*http.Request) http.Header { return x.preflight }

// Methods implements [decision.Resource].
func (x *resource) Methods(r *http.Request) []string {
	if x.methods == nil {
		return x.Defaults.Methods(r)
	}
	return x.methods
}

// Malformed checks the query, which has no meaning.
func (x *resource) Malformed(r *http.Request) string {
	if _, err := url.ParseQuery(r.URL.RawQuery); err != nil {
		return "The query is none: " + err.Error() + "."
	}
	return ""
}

// Access implements [decision.Resource].
func (x *resource) Access(*http.Request) (decision.Access, error) { return x.access, nil }

// Content implements [decision.Resource].
func (x *resource) Content(*http.Request, string) decision.Content { return x.content }

// State implements [decision.Resource].
func (x *resource) State(*http.Request) (decision.State, error) { return x.state, x.fault }

// Representations implements [decision.Resource]. A QUERY must have content
// that parses.
func (x *resource) Representations(r *http.Request) ([]decision.Representation, error) {
	if r.Method != "QUERY" {
		return x.representations, nil
	}
	outcome, err := parse(r)
	switch {
	case err != nil:
		return nil, err
	case outcome.Result != decision.Done:
		return nil, &outcome
	}
	return x.representations, nil
}

// Strict implements [decision.Resource].
func (x *resource) Strict(*http.Request, string) bool { return x.strict }

// Process parses the content and returns the outcome of the resource.
func (x *resource) Process(w http.ResponseWriter, r *http.Request) (decision.Outcome, error) {
	if r.Method != http.MethodDelete {
		if outcome, err := parse(r); err != nil || outcome.Result != decision.Done {
			return outcome, err
		}
	}
	return x.process(r)
}

// parse reads content, which must be a JSON object with nothing but a title.
func parse(r *http.Request) (decision.Outcome, error) {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return decision.Outcome{}, err
	}
	var document struct {
		Title string `json:"title"`
	}
	if !json.Valid(content) {
		return decision.Outcome{Result: decision.Malformed, Reason: "The content is not JSON."}, nil
	}
	decoder := json.NewDecoder(strings.NewReader(string(content)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&document); err != nil {
		return decision.Outcome{Result: decision.Unprocessable, Reason: "The content is not an object with a title alone."}, nil
	}
	return decision.Outcome{}, nil
}

// comesTo returns a process with a fixed outcome.
func comesTo(o decision.Outcome) func(*http.Request) (decision.Outcome, error) {
	return func(*http.Request) (decision.Outcome, error) { return o, nil }
}

var errFault = errors.New("this resource always fails")
