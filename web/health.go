package web

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
)

// Limit of a check, and when to try again after a failure.
const (
	checkTimeout  = 5 * time.Second
	tryAgainAfter = 5 * time.Second
)

// health is "/-/health" and "/-/ready": 200, or 503 while the check fails. Only the
// log says what failed.
type health struct {
	decision.Defaults
	check func(context.Context) (state any, err error) // nil: nothing can fail
	log   *slog.Logger

	state any // what the check returned
}

func openHealth(s *site, _ route.Match) decision.Resource {
	h := &health{log: s.Log}
	if s.Health != nil {
		h.check = func(ctx context.Context) (any, error) { return nil, s.Health(ctx) }
	}
	return h
}

func openReady(s *site, _ route.Match) decision.Resource { return &health{check: s.Ready, log: s.Log} }

// Available runs the check.
func (h *health) Available(r *http.Request) (bool, time.Duration, error) {
	if h.check == nil {
		return true, 0, nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	var err error
	if h.state, err = h.check(ctx); err != nil {
		h.log.ErrorContext(ctx, "check failed", "path", r.URL.Path, "err", err)
		return false, tryAgainAfter, nil
	}
	return true, 0, nil
}

// Strict is false: load balancers send any Accept field.
func (*health) Strict(*http.Request, string) bool { return false }

// Representations returns the state as JSON, or one word if there is none.
func (h *health) Representations(*http.Request) ([]decision.Representation, error) {
	ok := decision.Bytes(resource.TypeText, []byte("ok\n"))
	if h.state != nil {
		text, err := json.Marshal(h.state)
		if err != nil {
			return nil, err
		}
		ok = decision.Bytes(resource.TypeJSON, append(text, '\n'))
	}
	ok.CacheControl = "no-store"
	return []decision.Representation{ok}, nil
}
