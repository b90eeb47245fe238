package gitserver

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"

	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/packscan"
	"github.com/rhaptos/rhaptos/gitserver/pktline"
)

// report sends ok or ng for each update, in their order (see "Report Status" in
// gitprotocol-pack(5)). Version 2 adds that an update was not a fast-forward, and
// where a contribution was put.
func (r *receiver) report(req *request, unpack string) error {
	if !req.supports(capability.ReportStatus) && !req.supports(reportStatus2) {
		return r.sideband.report(nil)
	}
	b := pktline.Append(nil, "unpack ", unpack, "\n")
	for _, u := range r.push.Updates {
		name := u.Name
		if u.Proposal != nil {
			name = u.Proposal.Pushed
		}
		switch {
		case u.With != nil: // the client did not ask
			continue
		case u.Refused != "":
			b = pktline.Append(b, "ng ", name, " ", u.Refused, "\n")
			continue
		}
		b = pktline.Append(b, "ok ", name, "\n")
		if !req.supports(reportStatus2) {
			continue
		}
		if u.Proposal != nil {
			b = pktline.Append(b, "option refname ", u.Name, "\n")
			b = pktline.Append(b, "option old-oid ", u.Old.String(), "\n")
			b = pktline.Append(b, "option new-oid ", u.New.String(), "\n")
		}
		if u.Forced {
			b = pktline.Append(b, "option forced-update\n")
		}
	}
	return r.sideband.report(pktline.AppendSpecial(b, pktline.Flush))
}

// unpackError is the one line that the report has for a pack that cannot be
// read. All that git said of it goes beside the report.
func (r *receiver) unpackError(err error) string {
	var bad *packscan.Error
	if errors.As(err, &bad) {
		return printable(bad.Error())
	}
	var failed *gitexec.Error
	if !errors.As(err, &failed) || failed.Stderr == "" {
		return "index-pack failed"
	}
	if diskFull(err) {
		return reasonFull
	}
	said := withoutPaths(failed.Stderr)
	fmt.Fprintln(r.sideband, said)
	lines := strings.Split(said, "\n")
	last := strings.TrimPrefix(lines[len(lines)-1], "fatal: ")
	if r.shallow && strings.HasPrefix(last, "did not receive expected object") {
		fmt.Fprintln(r.sideband, unshallow)
	}
	return printable(last)
}
