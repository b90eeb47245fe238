//go:build !linux

package blobstore

import (
	"errors"
	"os"
)

// syncWritten makes the files durable, one by one.
func syncWritten(_ string, files []written) error {
	for _, w := range files {
		f, err := os.Open(w.path)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// syncDirs makes what is linked into the folders durable.
func syncDirs(_ string, folders map[string]bool) error {
	for folder := range folders {
		if err := syncDir(folder); err != nil {
			return err
		}
	}
	return nil
}
