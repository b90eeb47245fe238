package blobstore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// freshest is how old the marks that a server remembers may be, at most.
const freshest = time.Minute

// deletionTime is how long a server waits for another one to end the deletion of a blob
// that it wants to keep.
const deletionTime = 30 * time.Second

// marks are the marks of blobs, as read a while ago. There are few.
type marks struct {
	Marks
	oldest time.Duration

	mu   sync.Mutex
	all  map[Digest]Mark
	read time.Time
}

func newMarks(m Marks, oldest time.Duration) *marks {
	return &marks{Marks: m, oldest: min(oldest, freshest)}
}

// newMark is a mark that is set now.
func newMark(kind MarkKind) Mark { return Mark{kind, database.Time(database.Micros(time.Now()))} }

// of returns the mark of a blob, as it was a short while ago.
func (m *marks) of(ctx context.Context, d Digest) (Mark, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all == nil || time.Since(m.read) >= m.oldest {
		begin := time.Now()
		all, err := m.All(ctx)
		if err != nil {
			return Mark{}, err
		}
		m.all, m.read = all, begin
	}
	return m.all[d], nil
}

// now returns the mark of a blob as it is.
func (m *marks) now(ctx context.Context, d Digest) (Mark, error) {
	m.forget()
	return m.of(ctx, d)
}

func (m *marks) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = nil
}

// swap is Swap for a caller who does not mind that somebody else was first.
func (m *marks) swap(ctx context.Context, d Digest, old, mark Mark) error {
	defer m.forget()
	_, err := m.Swap(ctx, d, old, mark)
	return err
}

// damaged marks a blob as damaged.
func (m *marks) damaged(ctx context.Context, d Digest) error {
	mark, err := m.now(ctx, d)
	if err != nil || mark.Kind == Deleting || mark.Kind == Damaged {
		return err
	}
	return m.swap(ctx, d, mark, newMark(Damaged))
}

// errDeleting says that a blob cannot be kept yet.
var errDeleting = errors.New("another server is deleting it; try it again in a minute")

// pardon takes the mark of a condemned blob away, waits for the end of a deletion, and
// returns the mark that the blob has then: none, or Damaged.
func (m *marks) pardon(ctx context.Context, d Digest) (Mark, error) {
	mark, err := m.of(ctx, d)
	for begin := time.Now(); err == nil; mark, err = m.now(ctx, d) {
		switch mark.Kind {
		case Condemned:
			if err := m.swap(ctx, d, mark, Mark{}); err != nil {
				return mark, err
			}
		case Deleting:
			if time.Since(begin) > deletionTime {
				return mark, fmt.Errorf("blob %s: %w", d, errDeleting)
			}
			select {
			case <-ctx.Done():
				return mark, context.Cause(ctx)
			case <-time.After(200 * time.Millisecond):
			}
		default:
			return mark, nil
		}
	}
	return mark, err
}
