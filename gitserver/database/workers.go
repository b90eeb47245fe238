package database

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
)

// A publication may take minutes on a slow machine; a job that is still marked
// as running after rescueAfter lost its worker and is given to another.
const (
	jobTimeout  = 10 * time.Minute
	rescueAfter = 15 * time.Minute
)

// outsiders is the number of workers of the queue Outside. They wait more than
// they work.
const outsiders = 8

// pollInterval is the interval at which workers look for jobs that nobody
// announced: those of other processes, and those whose time has come. An
// announcement is a hint: it may be lost, and the job is found nevertheless.
const pollInterval = time.Second

func workerConfig(workers *river.Workers, concurrency int, poll time.Duration, log *slog.Logger) *river.Config {
	return &river.Config{
		Logger:               log,
		Workers:              workers,
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: concurrency}, Outside: {MaxWorkers: outsiders}},
		FetchPollInterval:    poll,
		FetchCooldown:        20 * time.Millisecond,
		JobTimeout:           jobTimeout,
		RescueStuckJobsAfter: rescueAfter,
	}
}

func startWorkers[T any](ctx context.Context, driver riverdriver.Driver[T], config *river.Config) (stop func(context.Context) error, err error) {
	client, err := river.NewClient(driver, config)
	if err != nil {
		return nil, err
	}
	if err := client.Start(ctx); err != nil {
		return nil, fmt.Errorf("start workers: %w", err)
	}
	return func(ctx context.Context) error {
		if err := client.Stop(ctx); err == nil {
			return nil
		}
		hard, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return client.StopAndCancel(hard)
	}, nil
}

// requeue implements Tx.Requeue.
func requeue(ctx context.Context, tx Tx, kind string, jobs []river.JobArgs) error {
	const waiting = `DELETE FROM river_job WHERE kind = $1 AND state IN ('available', 'retryable', 'scheduled')`
	if _, err := tx.ExecContext(ctx, waiting, kind); err != nil {
		return fmt.Errorf("requeue %s: %w", kind, err)
	}
	for _, j := range jobs {
		if err := tx.Enqueue(ctx, j, nil); err != nil {
			return err
		}
	}
	return nil
}
