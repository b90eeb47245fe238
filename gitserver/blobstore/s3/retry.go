package s3

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/minio/minio-go/v7"
)

// Pauses between attempts grow from the first to the last, each drawn at random from
// zero on: servers that failed together do not come back together.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// retry calls f until it succeeds, fails in a way that another attempt would not
// change, or the bucket's patience is at an end. The error says what was attempted.
func (b *Bucket) retry(ctx context.Context, what string, f func(context.Context) error) error {
	begin, pause := time.Now(), firstPause
	for attempt := 1; ; attempt++ {
		err := f(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !passing(err) {
			return fmt.Errorf("bucket %s: %s: %w", b.Location, what, err)
		}
		if time.Since(begin)+pause > b.Patience {
			return fmt.Errorf("bucket %s: %s: gave up after %d attempts: %w", b.Location, what, attempt, err)
		}
		b.Log.DebugContext(ctx, "a request to the bucket is retried", "bucket", b.Location, "what", what, "attempt", attempt, "err", err)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(rand.N(pause)):
		}
		pause = min(2*pause, lastPause)
	}
}

// Codes of errors that the same request may not meet a second time.
var passingCodes = []string{
	// The store is busy or broken.
	"InternalError", "ServiceUnavailable", "SlowDown", "SlowDownRead", "SlowDownWrite", "Throttling", "ThrottlingException",
	"RequestLimitExceeded", "RequestThrottled", "RequestTimeout", "OperationAborted",
	// Two requests with conditions met at one key.
	"ConditionalRequestConflict",
	// What arrived is not what was sent.
	"BadDigest", "IncompleteBody", "XAmzContentSHA256Mismatch", "InvalidDigest",
}

// passing reports whether another attempt may end better.
func passing(err error) bool {
	var response minio.ErrorResponse
	if !errors.As(err, &response) { // no answer, or half of one
		var untrusted *tls.CertificateVerificationError
		return !errors.Is(err, errFinal) && !errors.As(err, &untrusted)
	}
	return response.StatusCode >= http.StatusInternalServerError && response.StatusCode != http.StatusNotImplemented &&
		response.StatusCode != http.StatusInsufficientStorage ||
		response.StatusCode == http.StatusRequestTimeout || response.StatusCode == http.StatusTooManyRequests ||
		slices.Contains(passingCodes, response.Code)
}

// errFinal matches errors of our own that no other attempt would change.
var errFinal = errors.New("not to be retried")

// final is such an error.
type final struct{ error }

func (final) Is(target error) bool { return target == errFinal }
func (f final) Unwrap() error      { return f.error }

// errStalled ends a request that makes no progress.
var errStalled = errors.New("no progress")

// watch ends the context that it returns when nothing has been read through the
// reader for the time of a stall.
func watch(ctx context.Context, stall time.Duration) (context.Context, *progress) {
	ctx, cancel := context.WithCancelCause(ctx)
	p := &progress{stall: stall, cancel: cancel}
	p.timer = time.AfterFunc(stall, func() { cancel(errStalled) })
	return ctx, p
}

// progress is the clock of a request.
type progress struct {
	stall  time.Duration
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

// stop ends the watching, and what belongs to the context.
func (p *progress) stop() {
	p.timer.Stop()
	p.cancel(context.Canceled)
}

// of returns a reader of r that notes progress.
func (p *progress) of(r io.Reader) io.Reader { return &moving{r, p} }

type moving struct {
	r io.Reader
	p *progress
}

// Read implements [io.Reader].
func (m *moving) Read(b []byte) (int, error) {
	n, err := m.r.Read(b)
	if n > 0 {
		m.p.timer.Reset(m.p.stall)
	}
	return n, err
}
