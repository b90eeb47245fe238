package ssh_test

import (
	"errors"
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// ssh-audit finds nothing that fails (S9).
func TestAudit(t *testing.T) {
	testenv.Program(t, "ssh-audit")
	s := newSite(t, &recorder{})
	host, port, err := net.SplitHostPort(s.address)
	if err != nil {
		t.Fatal(err)
	}
	// The exit status says only that there are remarks of some kind.
	out, err := exec.CommandContext(t.Context(), "ssh-audit", "-b", "-n", "-p", port, host).Output()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	looked := 0
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "(kex)") || strings.HasPrefix(line, "(key)") || strings.HasPrefix(line, "(enc)") || strings.HasPrefix(line, "(mac)") {
			looked++
		}
		if strings.Contains(line, "[fail]") {
			t.Error(strings.TrimSpace(line))
		}
	}
	if looked < 8 {
		t.Errorf("ssh-audit has seen %d algorithms only:\n%s", looked, out)
	}
}
