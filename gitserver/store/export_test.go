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

// SweepQuarantines removes what pushes and maintenance have left.
func (s *Store) SweepQuarantines() error { return s.sweepQuarantines() }

// Look maintains one repository now.
func (s *Store) Look(ctx context.Context, m Maintenance, id string) { s.maintain(ctx, m, id) }

// PurgeRetired removes the rows of packs that were retired before t.
func (s *Store) PurgeRetired(ctx context.Context, t time.Time) error { return s.purgeRetired(ctx, t) }
