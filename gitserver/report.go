package gitserver

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"

	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/packscan"
)

// report sends ok or ng for each update, in their order (see "Report Status" in
// gitprotocol-pack(5)). Version 2 adds that an update was not a fast-forward.
func (r *reception) report(req *request, unpack string) error {
	if !req.supports(capability.ReportStatus) && !req.supports(reportStatus2) {
		return r.answer.report(nil)
	}
	var b bytes.Buffer
	e := pktline.NewEncoder(&b)
	e.Encodef("unpack %s\n", unpack)
	for _, u := range r.push.Updates {
		if u.Refused != "" {
			e.Encodef("ng %s %s\n", u.Name, u.Refused)
			continue
		}
		e.Encodef("ok %s\n", u.Name)
		if u.Forced && req.supports(reportStatus2) {
			e.EncodeString("option forced-update\n")
		}
	}
	if err := e.Flush(); err != nil {
		return err
	}
	return r.answer.report(b.Bytes())
}

// unpackError is the one line that the report has for a pack that cannot be
// read. All that git said of it goes beside the report.
func (r *reception) unpackError(err error) string {
	var bad *packscan.Error
	if errors.As(err, &bad) {
		return printable(bad.Error())
	}
	var failed *gitexec.Error
	if !errors.As(err, &failed) || failed.Stderr == "" {
		return "index-pack failed"
	}
	fmt.Fprintln(r.answer, failed.Stderr)
	lines := strings.Split(failed.Stderr, "\n")
	last := strings.TrimPrefix(lines[len(lines)-1], "fatal: ")
	if r.shallow && strings.HasPrefix(last, "did not receive expected object") {
		fmt.Fprintln(r.answer, unshallow)
	}
	return printable(last)
}
