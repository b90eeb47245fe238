package gitserver

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
)

func TestAnswerSaysWholeLines(t *testing.T) {
	var out bytes.Buffer
	a := &sidebandWriter{out: &out, banded: true}
	fmt.Fprint(a, "one\ntw")
	fmt.Fprint(a, "o\nthree")
	a.finish()
	if err := a.report([]byte("000eunpack ok\n0000")); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	d := sideband.NewDemuxer(sideband.Sideband64k, bytes.NewReader(out.Bytes()))
	d.Progress = &said
	var report bytes.Buffer
	if _, err := report.ReadFrom(d); err != nil {
		t.Fatal(err)
	}
	if said.String() != "one\ntwo\nthree\n" || report.String() != "000eunpack ok\n0000" {
		t.Errorf("said %q, reported %q", said.String(), report.String())
	}
	if !strings.HasSuffix(out.String(), "00000000") && !strings.HasSuffix(out.String(), "0000") {
		t.Errorf("the side-band does not end: %q", out.String())
	}
}

// Progress is shown as it comes and is no part of what was said.
func TestAnswerShowsProgress(t *testing.T) {
	var out bytes.Buffer
	a := &sidebandWriter{out: &out, banded: true}
	fmt.Fprint(a, "1 file\r2 fil")
	fmt.Fprint(a, "es\x1b\rdone\n")
	if got, want := out.String(), "000c\x021 file\r0010\x022 files\uFFFD\r000a\x02done\n"; got != want {
		t.Errorf("sent %q, want %q", got, want)
	}
	if len(a.said) != 1 || a.said[0] != "done" {
		t.Errorf("said %q", a.said)
	}
}

func TestAnswerWithoutSideband(t *testing.T) {
	var out bytes.Buffer
	a := &sidebandWriter{out: &out}
	fmt.Fprintln(a, "not for this client")
	if err := a.report([]byte("report")); err != nil || out.String() != "report" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain text, cálculo":              "plain text, cálculo",
		"\x1b]52;c;aGk=\x07":               "\uFFFD]52;c;aGk=\uFFFD",
		"a\u202Ebc\u2066d\u2028e\tf\u009b": "a\uFFFDbc\uFFFDd\uFFFDe f\uFFFD",
		"not \xff utf-8":                   "not \uFFFD utf-8",
	} {
		if got := printable(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := printable(strings.Repeat("é", 5000)); len(got) > maxLine+3 {
		t.Errorf("%d bytes long", len(got))
	}
}

// A hundred thousand errors are more than a pusher can read.
func TestAnswerIsBounded(t *testing.T) {
	var out bytes.Buffer
	a := &sidebandWriter{out: &out, banded: true}
	for range 100_000 {
		fmt.Fprintln(a, "\x1b\x1b\x1b error")
	}
	fmt.Fprint(a, strings.Repeat("x", 1<<20)) // without an end
	a.finish()
	stored := strings.Join(a.said, "\n")
	if out.Len() > 64<<10 || len(stored) > 64<<10 || len(a.rest) > 0 {
		t.Errorf("%d bytes were sent, %d are kept, %d are waiting", out.Len(), len(stored), len(a.rest))
	}
	if !strings.HasSuffix(stored, "... and more, which is not shown.") || strings.Contains(out.String(), "\x1b") {
		t.Errorf("it ends in %q", stored[len(stored)-100:])
	}
}
