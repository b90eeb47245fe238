package export

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// An attempt that ends with an error is a fault; after maxFaults of them the export
// fails. An attempt that the server did not survive is a crash. It says nothing about
// the release, unless there is no end of them: before each further attempt the server
// must have run for a while, which is longer the more crashes there were, and after
// maxCrashes the export fails. It is generated anew when somebody asks for it later.
const (
	maxFaults  = 4
	maxCrashes = 20
)

// attempts is what has become of the attempts at an export.
type attempts struct{ begun, faults, crashes int }

// quietTime is how long the server must have run before the attempt after so many
// crashes: 9 seconds after 3, 6 minutes after 19.
func quietTime(crashes int) time.Duration {
	if crashes < 2 {
		return 0
	}
	return time.Duration(crashes*crashes) * time.Second
}

// attemptsAt returns the attempts at a pending export. One that was begun and did not
// end counts as a crash, so nobody may be generating the file.
func attemptsAt(ctx context.Context, q database.Queryer, k Key) (a attempts, found bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT attempts, faults, crashes + CASE WHEN begun THEN 1 ELSE 0 END FROM export WHERE `+byKey+` AND state = 'wanted'`,
		k.RepositoryID, k.Book, k.Number.Major, k.Number.Minor, k.Format).Scan(&a.begun, &a.faults, &a.crashes)
	if errors.Is(err, sql.ErrNoRows) {
		return a, false, nil
	}
	if err != nil {
		return a, false, fmt.Errorf("read attempts at %s of %s %s: %w", k.Format, k.Book, k.Number, err)
	}
	return a, true, nil
}

// begin records that an attempt begins.
func begin(ctx context.Context, q database.Queryer, k Key) error {
	return change(ctx, q, k, `attempts = attempts + 1, crashes = crashes + CASE WHEN begun THEN 1 ELSE 0 END, begun = TRUE`)
}

// interrupted records that the attempt ended with the server, which was asked to stop.
func interrupted(ctx context.Context, q database.Queryer, k Key) error {
	return change(ctx, q, k, `begun = FALSE`)
}

// failedOnce records that the attempt ended with an error.
func failedOnce(ctx context.Context, q database.Queryer, k Key) error {
	return change(ctx, q, k, `begun = FALSE, faults = faults + 1`)
}

func change(ctx context.Context, q database.Queryer, k Key, set string) error {
	_, err := q.ExecContext(ctx, `UPDATE export SET `+set+` WHERE `+byKey+` AND state = 'wanted'`,
		k.RepositoryID, k.Book, k.Number.Major, k.Number.Minor, k.Format)
	if err != nil {
		return fmt.Errorf("record the attempt at %s of %s %s: %w", k.Format, k.Book, k.Number, err)
	}
	return nil
}
