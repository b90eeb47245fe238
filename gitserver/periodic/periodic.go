// Package periodic repeats work in the background.
package periodic

import (
	"context"
	"log/slog"
	"time"
)

// Every calls f at once and then every interval, until ctx ends. An error of f is
// logged with what, the text of the message, unless ctx has ended.
func Every(ctx context.Context, interval time.Duration, log *slog.Logger, what string, f func(context.Context) error) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		if err := f(ctx); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, what, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
