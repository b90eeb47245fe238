package blobstore

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncWritten makes the files in the folder durable, by one wait for the whole
// file system that they are on.
func syncWritten(folder string, _ []written) error { return syncFileSystem(folder) }

// syncDirs makes what is linked into the folders durable. They are on the file
// system of root.
func syncDirs(root string, _ map[string]bool) error { return syncFileSystem(root) }

// syncFileSystem waits until all that was written to the file system of a
// folder is on the disk, and reports whether that failed (syncfs(2)).
func syncFileSystem(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer f.Close()
	return os.NewSyscallError("syncfs", unix.Syncfs(int(f.Fd())))
}
