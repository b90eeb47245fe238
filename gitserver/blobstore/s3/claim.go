package s3

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/minio/minio-go/v7"
)

// claimed is the object, below the prefix, that says whose blobs these are.
const claimed = "library.json"

// library is what is in it.
type library struct {
	ID string `json:"library"`
}

// Claim notes in the bucket that the blobs below the prefix belong to the library with
// the id. The error of a bucket that belongs to another one says so: the sweeps of each
// would delete the blobs of the other.
func (b *Bucket) Claim(ctx context.Context, id string) error {
	mine, err := json.Marshal(library{id})
	if err != nil {
		return err
	}
	p := &probe{Bucket: b}
	return b.retry(ctx, "claim it for the library", func(ctx context.Context) error {
		if err := p.put(ctx, b.Prefix+claimed, mine, nil, true); err == nil || !exists(err) {
			return err
		}
		data, err := b.get(ctx, b.Prefix+claimed)
		if err != nil {
			return err
		}
		var there library
		if err := json.Unmarshal(data, &there); err != nil {
			return final{fmt.Errorf("%s%s is not what it should be: %w", b.Prefix, claimed, err)}
		}
		if there.ID != id {
			return final{fmt.Errorf("it belongs to another library (%s; this one is %s), and each would delete the blobs of the other: use another prefix", there.ID, id)}
		}
		return nil
	})
}

// get reads a small object.
func (b *Bucket) get(ctx context.Context, key string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, b.Stall)
	defer cancel()
	body, _, _, err := b.core.GetObject(ctx, b.Name, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(io.LimitReader(body, 1<<20))
}
