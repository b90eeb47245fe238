package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/plaintext"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/report"
)

// Push is a recorded push, whether it was accepted or not.
type Push struct {
	ID        string
	Actor     string // the account's name
	Transport string // "http" or "ssh"
	At        time.Time
	Accepted  bool // at least one ref was updated
	Updates   []PushUpdate
	Omitted   int            // updates that are not in the record; those that are begin with all that were refused
	Verdict   []string       // lines sent to the pusher
	Report    *report.Report // nil in a list, and if nothing was checked

	Certificate *PushCertificate // nil: the push was not signed

	Publications []PushPublication // that the push requested; none in a list

	// Withheld says that texts of what was refused are not for the reader.
	Withheld bool
}

// WithholdRefused takes out the texts of refused updates: reasons, verdict, and the
// parts of the report. It changes nothing if no update was refused.
func (p *Push) WithholdRefused() {
	refused := map[string]bool{}
	for i := range p.Updates {
		if u := &p.Updates[i]; u.Refused != "" {
			u.Refused = "refused"
			refused[u.Ref] = true
		}
	}
	if len(refused) == 0 {
		return
	}
	p.Verdict, p.Withheld = nil, true
	if p.Omitted > 0 {
		p.Report = nil // a part of it may be of an update that is not in the record
	}
	if p.Report == nil {
		return
	}
	p.Report.Refs = slices.DeleteFunc(p.Report.Refs, func(r report.Ref) bool { return refused[r.Name] })
	if len(p.Report.Refs) == 0 {
		p.Report = nil
	}
}

// PushPublication is a publication that a push requested. It lists no releases under
// embargo.
type PushPublication struct {
	Number   int64         `json:"number"`
	Kind     string        `json:"kind"` // "release" or "draft"
	Ref      string        `json:"ref"`
	State    string        `json:"state"`            // "pending", "published", "failed" or "superseded"
	Report   []string      `json:"report,omitempty"` // lines about its result
	Releases []PushRelease `json:"releases,omitempty"`
}

// PushRelease is a release that a push led to.
type PushRelease struct {
	Book   string         `json:"book"`
	Number release.Number `json:"-"`
	Title  string         `json:"title"`
	URL    string         `json:"url"`
}

// PushCertificate is the verification of a signed push.
type PushCertificate struct {
	Status string `json:"status"`           // "good", "unknown" or "bad"
	Signer string `json:"signer,omitempty"` // fingerprint of the key; empty if unknown
	Nonce  string `json:"nonce"`            // "ok", "missing", "bad" or "expired"
}

// PushUpdate is a requested update of a ref. An id of forty zeros means that there
// is no such ref, before or after.
type PushUpdate struct {
	Ref     string `json:"ref"`
	Old     string `json:"old"`
	New     string `json:"new"`
	Refused string `json:"refused,omitempty"` // the reason; empty if it was updated
}

// Pushes finds recorded pushes, as far as the sender of a request may know of them. The
// error of wrong credentials is one of those of resource.Repositories.
type Pushes interface {
	// Push returns a push with its report. If there is none the error matches
	// resource.ErrNotFound.
	Push(r *http.Request, repositoryID, id string) (*Push, error)

	// Pushes returns up to n pushes, newest first: those before the one with the
	// id before, or the latest ones if that is empty.
	Pushes(r *http.Request, repositoryID, before string, n int) ([]*Push, error)
}

// pushJSON is a push as data.
type pushJSON struct {
	ID        string         `json:"id"`
	URL       string         `json:"url"`
	Actor     string         `json:"actor"`
	Transport string         `json:"transport"`
	At        time.Time      `json:"at"`
	Accepted  bool           `json:"accepted"`
	Updates   []PushUpdate   `json:"updates"`
	Omitted   int            `json:"updates_omitted,omitempty"` // there were too many
	Verdict   []string       `json:"verdict,omitempty"`
	Report    *report.Report `json:"report,omitempty"`

	Certificate *PushCertificate `json:"certificate,omitempty"`

	Publications []PushPublication `json:"publications,omitempty"`

	Withheld bool `json:"withheld,omitempty"`
}

func (x *inRepository) pushJSON(p *Push) pushJSON {
	return pushJSON{p.ID, x.Repository.Address().Push(p.ID), p.Actor, p.Transport, p.At, p.Accepted, p.Updates, p.Omitted, p.Verdict, p.Report, p.Certificate, p.Publications, p.Withheld}
}

// summary lists the updated refs, the first three by name.
func (p *Push) summary() string {
	const shown = 3
	var parts []string
	for i, u := range p.Updates {
		if i == shown {
			parts = append(parts, "...")
			break
		}
		what := shortRef(u.Ref)
		switch {
		case strings.Trim(u.New, "0") == "":
			what += " deleted"
		case strings.Trim(u.Old, "0") == "":
			what += " created"
		}
		parts = append(parts, plaintext.Line(what, 100))
	}
	return strings.Join(parts, ", ")
}

// verdict returns the result of the push.
func (p *Push) verdict() string {
	refused := 0
	for _, u := range p.Updates {
		if u.Refused != "" {
			refused++
		}
	}
	switch {
	case refused == 0:
		return "accepted"
	case refused < len(p.Updates), p.Accepted:
		return "accepted in part"
	}
	return "refused"
}

func shortRef(ref string) string {
	return cmp.Or(strings.TrimPrefix(strings.TrimPrefix(ref, "refs/heads/"), "refs/tags/"), ref)
}
