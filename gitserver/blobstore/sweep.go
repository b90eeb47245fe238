package blobstore

import (
	"context"
	"time"
)

// Sweepable is a store whose old blobs can be removed without a race against
// somebody who puts the same bytes at that moment.
type Sweepable interface {
	Store

	// DeleteOlder removes a blob unless it was written, or put again, after t,
	// and reports whether it did.
	DeleteOlder(ctx context.Context, d Digest, t time.Time) (bool, error)
}

// Sweep removes the blobs that were last put before t and that nothing names.
// References calls its argument for every digest that is named. The time
// between a Put and the commit of the row that names it must be shorter than
// the age of t. Sweep returns how many blobs it removed, and their bytes.
func Sweep(ctx context.Context, s Sweepable, t time.Time, references func(context.Context, func(Digest) error) error) (blobs int, bytes int64, err error) {
	old := map[Digest]int64{}
	err = s.List(ctx, func(i Info) error {
		if i.Written.Before(t) {
			old[i.Digest] = i.Size
		}
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	// Asked after the listing: a name written in between is seen.
	err = references(ctx, func(d Digest) error {
		delete(old, d)
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	for d, size := range old {
		removed, err := s.DeleteOlder(ctx, d, t)
		if err != nil {
			return blobs, bytes, err
		}
		if removed {
			blobs++
			bytes += size
		}
	}
	return blobs, bytes, nil
}
