//go:build !linux

package blobstore

import (
	"io/fs"
	"time"
)

// stamp tells one state of a file from another.
type stamp struct {
	size    int64
	changed time.Time
}

func stampOf(fi fs.FileInfo) stamp { return stamp{fi.Size(), fi.ModTime()} }
