package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
)

// blobsDir is the folder of blobs.
func (c *cli) blobsDir() string {
	if c.Blobs != "" {
		return c.Blobs
	}
	return filepath.Join(c.Data, "blobs")
}

// blobStoreSetting is the name of the setting that names a blob which only the blob
// store of the database has.
const blobStoreSetting = "blob_store"

// openFolder opens the folder of blobs: with a database that several servers may use,
// the one that it began with. A server that wrote to another one would record pushes
// whose packs no other server has.
func (c *cli) openFolder(ctx context.Context, rec *env) (*blobstore.Dir, error) {
	if c.Database == "" {
		return blobstore.OpenDir(c.blobsDir())
	}
	if c.Blobs == "" {
		return nil, errors.New("--database needs --bucket or --blobs: the bucket, or the folder on a common file system, of the blobs of all servers that use the database")
	}
	blobs, err := blobstore.OpenShared(c.Blobs)
	if err != nil {
		return nil, err
	}
	marker, ok, err := database.Setting(ctx, rec.db, blobStoreSetting)
	if err != nil {
		return nil, err
	}
	if !ok {
		info, err := blobs.Put(ctx, strings.NewReader("the blob store "+uuid.NewString()+"\n"))
		if err != nil {
			return nil, err
		}
		if marker, err = database.AgreeSetting(ctx, rec.db, blobStoreSetting, string(info.Digest)); err != nil {
			return nil, err
		}
	}
	_, err = blobs.Stat(ctx, blobstore.Digest(marker))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not the folder of blobs that the database began with: all servers need the same --blobs", c.Blobs)
	}
	return blobs, err
}
