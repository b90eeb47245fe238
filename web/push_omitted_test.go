package web

import (
	"testing"

	"github.com/rhaptos/rhaptos/publish/report"
)

// Of a push with more updates than its record has, no part of the report is shown to
// those who must not read what was refused: it may be of an update that is not there.
func TestOmittedUpdatesAreWithheld(t *testing.T) {
	for omitted, kept := range map[int]bool{0: true, 5: false} {
		p := &Push{Accepted: true, Omitted: omitted, Updates: []PushUpdate{{Ref: "refs/heads/a", Refused: "bad"}},
			Report: &report.Report{Refs: []report.Ref{{Name: "refs/heads/a"}, {Name: "refs/heads/b"}}}}
		if p.verdict() != "accepted in part" {
			t.Error(p.verdict())
		}
		if p.WithholdRefused(); (p.Report != nil) != kept {
			t.Errorf("%d omitted: %+v", omitted, p.Report)
		}
	}
}
