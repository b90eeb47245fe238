package gitserver

import (
	"fmt"
	"syscall"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

func TestFaultReason(t *testing.T) {
	for _, err := range []error{
		fmt.Errorf("keep the pack: %w", syscall.ENOSPC),
		fmt.Errorf("commit the push: %w", database.ErrFull),
		fmt.Errorf("x: %w", &gitexec.Error{Stderr: "fatal: write error: No space left on device"}),
		fmt.Errorf("x: %w", &gitexec.Error{Stderr: "fatal: sha1 file 'tmp_idx_x' write error. Out of diskspace"}),
	} {
		if got := faultReason(err); got != reasonFull {
			t.Errorf("%v: %s", err, got)
		}
	}
	if got := faultReason(syscall.EIO); got != reasonFault {
		t.Error(got)
	}
}

func TestWithoutPaths(t *testing.T) {
	for text, want := range map[string]string{
		"fatal: unable to create '/data/cache/1.git/objects/pack/tmp_pack_x': No space left on device": "fatal: unable to create 'tmp_pack_x': No space left on device",
		"error: object 12ab: badTree: contains bad entries in a/b":                                     "error: object 12ab: badTree: contains bad entries in a/b",
	} {
		if got := withoutPaths(text); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
