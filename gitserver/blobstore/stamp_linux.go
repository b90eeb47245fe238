package blobstore

import (
	"io/fs"
	"syscall"
)

// stamp tells one state of a file from another: no program can write to a file, or
// put another in its place, and leave all of it as it was.
type stamp struct {
	inode   uint64
	size    int64
	changed syscall.Timespec // the inode's own time, which cannot be set
}

func stampOf(fi fs.FileInfo) stamp {
	s := stamp{size: fi.Size()}
	if sys, ok := fi.Sys().(*syscall.Stat_t); ok {
		s.inode, s.changed = sys.Ino, sys.Ctim
	}
	return s
}
