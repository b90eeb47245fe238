package periodic_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/periodic"
)

// Every calls at once and then every interval, and logs what fails before the end.
func TestEvery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var log bytes.Buffer
		var calls []time.Duration
		start := time.Now()
		periodic.Every(ctx, time.Hour, slog.New(slog.NewTextHandler(&log, nil)), "look", func(context.Context) error {
			calls = append(calls, time.Since(start))
			if len(calls) == 3 {
				cancel()
			}
			if len(calls) > 1 {
				return errors.New("broken")
			}
			return nil
		})
		if len(calls) != 3 || calls[0] != 0 || calls[2] != 2*time.Hour {
			t.Errorf("called after %v", calls)
		}
		if strings.Count(log.String(), "msg=look err=broken") != 1 {
			t.Errorf("log: %s", &log)
		}
	})
}
