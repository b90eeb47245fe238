package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/rhaptos/rhaptos/publish/webhook"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
)

// Triggers takes what is delivered to triggers: [webhook.Receiver].
type Triggers interface {
	Verify(ctx context.Context, name string, header http.Header, body []byte) (*webhook.Incoming, error)
	Take(ctx context.Context, d *webhook.Incoming) (webhook.Receipt, error)
}

// trigger is "/-/hooks/NAME": what is posted to it asks for a publication.
type trigger struct {
	decision.Defaults
	triggers Triggers
	name     string

	incoming *webhook.Incoming // found by Access
	tooLarge bool
}

// openTrigger opens the trigger with the name; nil if the server takes none.
func openTrigger(s *site, m route.Match) decision.Resource {
	if s.Triggers == nil {
		return nil
	}
	return &trigger{triggers: s.Triggers, name: m.Name}
}

// signature stands for a scheme in WWW-Authenticate: who posts is known by the
// signature of what is posted.
const signature = `X-Hub-Signature-256 realm="trigger"`

// Methods are POST.
func (*trigger) Methods(*http.Request) []string { return []string{http.MethodPost} }

// Preflight is nothing: which methods there are is no secret, and the same
// whether there is a trigger of the name or not.
func (*trigger) Preflight(*http.Request) http.Header { return http.Header{} }

// Access reads the content, because the signature is over it. Content that
// cannot be read, or is too large for that, is refused for it, whoever sends it.
func (x *trigger) Access(r *http.Request) (decision.Access, error) {
	if x.tooLarge = r.ContentLength > webhook.MaxBody; x.tooLarge {
		return decision.Access{}, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, webhook.MaxBody+1))
	if x.tooLarge = len(body) > webhook.MaxBody; x.tooLarge {
		return decision.Access{}, nil
	}
	if err != nil {
		return decision.Access{}, nil // Process says so
	}
	x.incoming, err = x.triggers.Verify(r.Context(), x.name, r.Header, body)
	if refusal := (*webhook.Refusal)(nil); errors.As(err, &refusal) {
		return decision.Access{Challenge: signature, Reason: sentence(refusal.Detail)}, nil
	}
	return decision.Access{}, err
}

// Content is JSON, also inside of a form, as GitHub sends it. Who does not say
// what it is means JSON.
func (*trigger) Content(r *http.Request, method string) decision.Content {
	taken := decision.Content{Types: []string{resource.TypeJSON, "application/x-www-form-urlencoded"}, Limit: webhook.MaxBody}
	if r.Method == method && r.Header.Get("Content-Type") == "" {
		taken.Types = nil
	}
	return taken
}

// Process asks for the publication.
func (x *trigger) Process(_ http.ResponseWriter, r *http.Request) (decision.Outcome, error) {
	switch {
	case x.tooLarge:
		return decision.Outcome{Result: decision.TooLarge}, nil
	case x.incoming == nil:
		return decision.Outcome{Result: decision.Malformed, Reason: "The content could not be read to its end."}, nil
	}
	receipt, err := x.triggers.Take(r.Context(), x.incoming)
	if refusal := (*webhook.Refusal)(nil); errors.As(err, &refusal) {
		return decision.Outcome{Result: refusals[refusal.Reason], Reason: sentence(refusal.Detail)}, nil
	}
	if err != nil {
		return decision.Outcome{}, err
	}
	text := decision.Bytes(resource.TypeText, []byte(receipt.Text+"\n"))
	text.CacheControl = "no-store"
	outcome := decision.Outcome{Content: &text}
	if receipt.Queued {
		outcome.Result = decision.Queued
	}
	return outcome, nil
}

var refusals = map[webhook.RefusalReason]decision.Result{
	webhook.Malformed:      decision.Malformed,
	webhook.NotPublishable: decision.Unprocessable,
	webhook.Moving:         decision.Conflict,
}

// sentence is a text as people read it.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
