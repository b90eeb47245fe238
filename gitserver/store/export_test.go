package store

import (
	"context"
	"time"
)

// HoldLargePacks takes all places for large packs and returns what gives them back.
func (s *Store) HoldLargePacks(ctx context.Context) func() {
	if err := s.large.Acquire(ctx, largePacks); err != nil {
		panic(err)
	}
	return func() { s.large.Release(largePacks) }
}

// Look maintains one repository now.
func (s *Store) Look(ctx context.Context, m Maintenance, id string) { s.maintain(ctx, m, id) }

// Forget removes the rows of packs that were retired before t.
func (s *Store) Forget(ctx context.Context, t time.Time) error { return s.forget(ctx, t) }
