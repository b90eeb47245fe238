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

// Triggers receives deliveries: [webhook.Receiver].
type Triggers interface {
	Verify(ctx context.Context, name string, header http.Header, body []byte) (*webhook.Incoming, error)
	Take(ctx context.Context, d *webhook.Incoming) (webhook.Receipt, error)
}

// trigger is "/-/hooks/NAME": a delivery posted to it requests a publication.
type trigger struct {
	decision.Defaults
	triggers Triggers
	name     string

	incoming *webhook.Incoming // found by Access
	tooLarge bool
}

// openTrigger opens the trigger of the name; nil if the server receives none.
func openTrigger(s *site, m route.Match) decision.Resource {
	if s.Triggers == nil {
		return nil
	}
	return &trigger{triggers: s.Triggers, name: m.Name}
}

// signature is the value of WWW-Authenticate: the sender authenticates by signing
// the content.
const signature = `X-Hub-Signature-256 realm="trigger"`

// Methods returns POST.
func (*trigger) Methods(*http.Request) []string { return []string{http.MethodPost} }

// Preflight adds no fields: the methods are the same whether the trigger exists or
// not.
func (*trigger) Preflight(*http.Request) http.Header { return http.Header{} }

// Access reads the content, which the signature covers, and verifies it. Content
// that cannot be read or is too large is rejected later, whoever sent it.
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

// Content accepts JSON, also within a form, as GitHub sends it. Without a
// Content-Type it is taken for JSON.
func (*trigger) Content(r *http.Request, method string) decision.Content {
	taken := decision.Content{Types: []string{resource.TypeJSON, "application/x-www-form-urlencoded"}, Limit: webhook.MaxBody}
	if r.Method == method && r.Header.Get("Content-Type") == "" {
		taken.Types = nil
	}
	return taken
}

// Process requests the publication.
func (x *trigger) Process(_ http.ResponseWriter, r *http.Request) (decision.Outcome, error) {
	switch {
	case x.tooLarge:
		return decision.Outcome{Result: decision.TooLarge}, nil
	case x.incoming == nil:
		return decision.Outcome{Result: decision.Malformed, Reason: "The content could not be read completely."}, nil
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

// sentence turns a message into a sentence.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
