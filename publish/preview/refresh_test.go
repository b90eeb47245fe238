package preview

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// A folder that cannot be read is reported once.
func TestPreviewOfUnreadable(t *testing.T) {
	out := &bytes.Buffer{}
	p := &Previewer{config: Config{Out: out, Err: out}, live: newLive()}
	for range 3 {
		p.fail(errors.New("open src: permission denied"))
	}
	if got := out.String(); got != "open src: permission denied\n" {
		t.Errorf("printed %q", got)
	}
	if got := string(p.live.last); p.live.count != 1 || !strings.Contains(got, `"pages":[],"errors":1,"said":"the books cannot be read","problems":"open src: permission denied\n"`) {
		t.Errorf("reported %d times, at last %s", p.live.count, got)
	}
}
