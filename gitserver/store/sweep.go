package store

import (
	"fmt"
	"os"
	"path/filepath"
)

// sweepQuarantines removes what pushes and maintenance have left in the mirrors:
// all but the quarantines of pushes that are under way. It must not run beside
// maintenance, which works in such folders too.
func (s *Store) sweepQuarantines() error {
	left, err := filepath.Glob(filepath.Join(s.cache, "*.git", incoming+"*"))
	if err != nil {
		return err
	}
	for _, path := range left {
		if _, live := s.live.Load(path); live {
			continue
		}
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("remove a quarantine that was left: %w", err)
		}
	}
	return nil
}
