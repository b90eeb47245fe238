//go:build failpoint

package failpoint

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

var (
	armed, count, _ = strings.Cut(os.Getenv("RHAPTOS_FAILPOINT"), ":")
	hits            atomic.Int64
)

// Hit kills the process, as a power cut or kill -9 would, when the step is the
// one that RHAPTOS_FAILPOINT names: NAME at its first passage, NAME:3 at its third.
func Hit(step string) {
	if step != armed {
		return
	}
	n, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		n = 1
	}
	if hits.Add(1) == n {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // the signal is on its way: nothing after this step may run
	}
}
