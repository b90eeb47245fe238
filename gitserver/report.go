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

// unpackError returns the report's two texts about a pack that cannot be unpacked:
// its unpack status, and why the refs are refused. All that git wrote about it goes
// beside the report.
func (r *receiver) unpackError(err error) (unpack, refused string) {
	const refusedRef = "unpacker error" // git's own words
	var bad *packscan.Error
	if errors.As(err, &bad) {
		fmt.Fprintln(r.sideband, bad) // now: the report comes when the client has sent everything
		return printable(bad.Error()), refusedRef
	}
	var failed *gitexec.Error
	switch {
	case !errors.As(err, &failed) || failed.Stderr == "":
		return "the server could not index the pack: push again, or less at a time", refusedRef
	case diskFull(err):
		return reasonFull, refusedRef
	}
	said := withoutPaths(failed.Stderr)
	fmt.Fprintln(r.sideband, said)
	lines := strings.Split(said, "\n")
	last := strings.TrimPrefix(lines[len(lines)-1], "fatal: ")
	if r.shallow && strings.HasPrefix(last, "did not receive expected object") {
		fmt.Fprintln(r.sideband, unshallow)
		return printable(last), refusedShallow
	}
	return printable(last), refusedRef
}
