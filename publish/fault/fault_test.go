package fault_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/fault"
)

func TestCatch(t *testing.T) {
	if err := fault.Catch("rendering", func() {}); err != nil {
		t.Errorf("without a panic: %v", err)
	}
	err := fault.Catch("rendering", func() { panic("index out of range") })
	broken := (*fault.Panic)(nil)
	if !errors.As(err, &broken) || !strings.Contains(broken.Stack, "fault_test") {
		t.Fatalf("got %#v", err)
	}
	p := broken.Problem("src/a.md")
	want := "src/a.md: rendering failed because of a fault in the server (index out of range); its log says more"
	if p.Rule != "internal-fault" || p.Severity != collection.Error || p.String() != want {
		t.Errorf("got %v, want %s", p, want)
	}
}
