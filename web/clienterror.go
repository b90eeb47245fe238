package web

import (
	"github.com/rhaptos/rhaptos/gitserver/refusal"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
)

// accessOf is the access that an error of git or LFS leaves; another error than
// a refusal is a fault.
func accessOf(err error) (decision.Access, error) {
	refused := refusal.Of(err)
	if refused == nil {
		return decision.Access{}, err
	}
	access := decision.Access{Reason: refused.Text, RetryAfter: refused.RetryAfter}
	switch refused.Kind {
	case refusal.Unauthenticated:
		access.Challenge = resource.Challenge
	case refusal.Forbidden:
		access.Forbidden = true
	case refusal.NotFound:
		access.Hidden = true
	case refusal.TooMany:
		access.OverQuota = true
	default:
		return decision.Access{}, err
	}
	return access, nil
}

// results are the refusals of what has been begun.
var results = map[refusal.Kind]decision.Result{
	refusal.Malformed:     decision.Malformed,
	refusal.TooLarge:      decision.TooLarge,
	refusal.Unprocessable: decision.Unprocessable,
	refusal.Conflict:      decision.Conflict,
	refusal.TooMany:       decision.TooMany,
	refusal.NoRoom:        decision.NoRoom,
}

// outcomeOf is the outcome that an error of git or LFS is; another error than a
// refusal is a fault.
func outcomeOf(err error) (decision.Outcome, error) {
	refused := refusal.Of(err)
	if refused == nil {
		return decision.Outcome{}, err
	}
	result, ok := results[refused.Kind]
	if !ok {
		return decision.Outcome{}, err
	}
	return decision.Outcome{Result: result, Reason: refused.Text, RetryAfter: refused.RetryAfter}, nil
}

// notFound is why something is not there; empty if the error is not that.
func notFound(err error) string {
	if refused := refusal.Of(err); refused != nil && refused.Kind == refusal.NotFound {
		return refused.Text
	}
	return ""
}
