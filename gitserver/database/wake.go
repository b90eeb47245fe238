package database

import (
	"context"
	"fmt"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// queueDriver is River's driver for SQLite, but for the way in which workers
// hear of new jobs. River's own is a table that is read twenty times a second,
// whether anything happens or not. Here the process that commits a job wakes its
// workers, and what another process has committed is found by their poll.
type queueDriver struct {
	*riversqlite.Driver
	committed <-chan struct{}
}

// GetListener implements riverdriver.Driver.
func (d *queueDriver) GetListener(*riverdriver.GetListenenerParams) riverdriver.Listener {
	return &listener{committed: d.committed}
}

// SupportsListenNotify says that nothing is to be written for listeners.
func (d *queueDriver) SupportsListenNotify() bool { return false }

// listener tells of a new job whenever one was committed. It has no connection,
// so there is nothing to open or to lose.
type listener struct {
	committed <-chan struct{}
	untold    []string // queues whose workers have not been told of the last commit; one goroutine waits
}

var _ riverdriver.Listener = (*listener)(nil)

func (*listener) Close(context.Context) error            { return nil }
func (*listener) Connect(context.Context) error          { return nil }
func (*listener) Listen(context.Context, string) error   { return nil }
func (*listener) Ping(context.Context) error             { return nil }
func (*listener) Schema() string                         { return "" }
func (*listener) SetAfterConnectExec(string)             {}
func (*listener) Unlisten(context.Context, string) error { return nil }

// WaitForNotification answers as PostgreSQL would to the NOTIFY that River sends
// when it inserts a job.
func (l *listener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	if len(l.untold) == 0 {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-l.committed:
			l.untold = []string{river.QueueDefault, Outside}
		}
	}
	queue := l.untold[0]
	l.untold = l.untold[1:]
	return &riverdriver.Notification{Topic: "river_insert", Payload: fmt.Sprintf(`{"queue": %q}`, queue)}, nil
}
