package web

import (
	"context"
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
	check func(context.Context) error
	log   *slog.Logger
}

func openHealth(s *site, _ route.Match) decision.Resource { return health{check: s.Health, log: s.Log} }

func openReady(s *site, _ route.Match) decision.Resource { return health{check: s.Ready, log: s.Log} }

// Available runs the check.
func (h health) Available(r *http.Request) (bool, time.Duration, error) {
	if h.check == nil {
		return true, 0, nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	if err := h.check(ctx); err != nil {
		h.log.ErrorContext(ctx, "check failed", "path", r.URL.Path, "err", err)
		return false, tryAgainAfter, nil
	}
	return true, 0, nil
}

// Strict is false: load balancers send any Accept field.
func (health) Strict(*http.Request, string) bool { return false }

// Representations returns one word.
func (health) Representations(*http.Request) ([]decision.Representation, error) {
	ok := decision.Bytes(resource.TypeText, []byte("ok\n"))
	ok.CacheControl = "no-store"
	return []decision.Representation{ok}, nil
}
