package store

import "context"

// HoldLargePacks takes all places for large packs and returns what gives them back.
func (s *Store) HoldLargePacks(ctx context.Context) func() {
	if err := s.large.Acquire(ctx, largePacks); err != nil {
		panic(err)
	}
	return func() { s.large.Release(largePacks) }
}

// Look maintains one repository now.
func (s *Store) Look(ctx context.Context, m Maintenance, id string) { s.maintain(ctx, m, id) }
