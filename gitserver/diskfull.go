package gitserver

import (
	"errors"
	"path"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

// The reasons of refused updates for faults of the server.
const (
	reasonFault = "server error, try again"
	reasonFull  = "the server's disk is full: nothing was changed, try again later"
	reasonMoved = "the library has moved to another server: nothing was changed, try again when this one has been replaced"

	// reasonUncertain is the only one that does not say that nothing was changed.
	reasonUncertain = "the server cannot tell whether this was updated: git fetch shows it, then push again if need be"
)

// faultReason returns the message for a pusher about a fault of the server.
func faultReason(err error) string {
	switch {
	case errors.Is(err, database.ErrUncertain):
		return reasonUncertain
	case diskFull(err):
		return reasonFull
	case errors.Is(err, database.ErrMoved):
		return reasonMoved
	}
	return reasonFault
}

// gitDiskFull are the words of native git for a full disk: of the C library when a
// write fails, and its own when one ends early (git's csum-file.c).
var gitDiskFull = []string{"No space left on device", "write error. Out of diskspace", syscall.ENOSPC.Error()}

// diskFull reports whether an error says that there is no room left: for our own
// files, for those of the database or for those of native git.
func diskFull(err error) bool {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, database.ErrFull) {
		return true
	}
	var failed *gitexec.Error
	return errors.As(err, &failed) && slices.ContainsFunc(gitDiskFull, func(words string) bool {
		return strings.Contains(failed.Stderr, words)
	})
}

// serverPath is an absolute path of two names or more in what git says.
var serverPath = regexp.MustCompile(`(?:/[^\s/'":]+){2,}`)

// withoutPaths cuts paths of the server down to their last name: they tell a client
// nothing that it could use.
func withoutPaths(text string) string {
	return serverPath.ReplaceAllStringFunc(text, path.Base)
}
