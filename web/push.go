package web

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/report"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
	"github.com/rhaptos/rhaptos/web/theme"
)

// typeSARIF is the media type of SARIF 2.1.0, section 3.4.
const typeSARIF = "application/sarif+json"

// pushesPerPage is the length of a page of the list.
const pushesPerPage = 50

// Push is a recorded push, whether it was accepted or not.
type Push struct {
	ID        string
	Actor     string // the account's name
	Transport string // "http" or "ssh"
	At        time.Time
	Accepted  bool // at least one ref was updated
	Updates   []PushUpdate
	Verdict   []string       // lines sent to the pusher
	Report    *report.Report // nil in a list, and if nothing was checked

	Certificate *PushCertificate // nil: the push was not signed

	Publications []PushPublication // that the push requested; none in a list
}

// PushPublication is a publication that a push requested. It tells nothing of
// releases under embargo.
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

// Pushes finds recorded pushes.
type Pushes interface {
	// Push returns a push with its report. If there is none the error matches
	// resource.ErrNotFound.
	Push(ctx context.Context, repositoryID, id string) (*Push, error)

	// Pushes returns up to n pushes, newest first: those before the one with the
	// id before, or the latest ones if that is empty.
	Pushes(ctx context.Context, repositoryID, before string, n int) ([]*Push, error)
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
	Verdict   []string       `json:"verdict,omitempty"`
	Report    *report.Report `json:"report,omitempty"`

	Certificate *PushCertificate `json:"certificate,omitempty"`

	Publications []PushPublication `json:"publications,omitempty"`
}

func (x *inRepository) pushJSON(p *Push) pushJSON {
	return pushJSON{p.ID, x.Repository.Address().Push(p.ID), p.Actor, p.Transport, p.At, p.Accepted, p.Updates, p.Verdict, p.Report, p.Certificate, p.Publications}
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
		parts = append(parts, report.Printable(what, 100))
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
	case refused < len(p.Updates):
		return "accepted in part"
	}
	return "refused"
}

func shortRef(ref string) string {
	return cmp.Or(strings.TrimPrefix(strings.TrimPrefix(ref, "refs/heads/"), "refs/tags/"), ref)
}

func openPushes(s *site, m route.Match) decision.Resource {
	if s.Pushes == nil {
		return nil
	}
	return &pushes{s.in(m)}
}

func openPush(s *site, m route.Match) decision.Resource {
	if s.Pushes == nil {
		return nil
	}
	return &push{inRepository: s.in(m)}
}

// pushes is "/OWNER/REPO/-/pushes": the latest pushes, or those before the push
// that the query names.
type pushes struct{ inRepository }

type pushesJSON struct {
	Pushes []pushJSON `json:"pushes"`          // newest first
	Older  string     `json:"older,omitempty"` // address of those before these
}

// Representations returns HTML and JSON, or only JSON if the address ends in it.
func (x *pushes) Representations(r *http.Request) ([]decision.Representation, error) {
	found, err := x.site.Pushes.Pushes(r.Context(), x.Repository.ID, r.URL.Query().Get("before"), pushesPerPage+1)
	if err != nil {
		return nil, err
	}
	address := x.Repository.Address().Pushes()
	older := ""
	if len(found) > pushesPerPage {
		found = found[:pushesPerPage]
		older = "?before=" + found[pushesPerPage-1].ID
	}
	cache := x.CacheControl("no-cache")
	data := resource.Generated(resource.TypeJSON, cache, func(_ context.Context, w io.Writer) error {
		list := pushesJSON{Pushes: []pushJSON{}}
		for _, p := range found {
			list.Pushes = append(list.Pushes, x.pushJSON(p))
		}
		if older != "" {
			list.Older = address + ".json" + older
		}
		return resource.WriteJSON(w, list)
	})
	if x.Route.Format == "json" {
		return []decision.Representation{data}, nil
	}
	page := resource.Generated(resource.TypeHTML, cache, func(_ context.Context, w io.Writer) error {
		view := &theme.PushesView{Frame: x.Frame(address, x.Crumb()), Name: x.Repository.Path(), Pushes: x.lines(found)}
		view.NoIndex, view.Alternates = true, resource.JSONAlternate(address+".json")
		if older != "" {
			view.Older = address + older
		}
		return x.site.Theme.Pushes(w, view)
	})
	return []decision.Representation{page, data}, nil
}

func (x *pushes) lines(list []*Push) []theme.PushLine {
	var lines []theme.PushLine
	for _, p := range list {
		lines = append(lines, theme.PushLine{URL: x.Repository.Address().Push(p.ID), Actor: p.Actor, At: p.At, Summary: p.summary(), Verdict: p.verdict()})
	}
	return lines
}

// push is "/OWNER/REPO/-/pushes/ID": a push and its report.
type push struct {
	inRepository
	found *Push
}

// State looks for the push.
func (x *push) State(r *http.Request) (decision.State, error) {
	var err error
	x.found, err = x.site.Pushes.Push(r.Context(), x.Repository.ID, x.Route.Name)
	if errors.Is(err, resource.ErrNotFound) {
		return decision.State{Existence: decision.Missing, Reason: "There is no push with this id. See the list at " + x.Repository.Address().Pushes() + "."}, nil
	}
	if err == nil {
		for i := range x.found.Publications {
			for j := range x.found.Publications[i].Releases {
				r := &x.found.Publications[i].Releases[j]
				r.URL = x.Repository.Address().Release(r.Book, r.Number)
			}
		}
	}
	return decision.State{}, err
}

// Representations returns HTML, JSON and SARIF, or only the one that the address
// ends in.
func (x *push) Representations(*http.Request) ([]decision.Representation, error) {
	cache, address := x.CacheControl("no-cache"), x.Repository.Address().Push(x.found.ID)
	data := resource.Generated(resource.TypeJSON, cache, func(_ context.Context, w io.Writer) error { return resource.WriteJSON(w, x.pushJSON(x.found)) })
	data.Location = address + ".json"
	sarif := resource.Generated(typeSARIF, cache, x.writeSARIF)
	sarif.Location = address + ".sarif"
	page := resource.Generated(resource.TypeHTML, cache, func(_ context.Context, w io.Writer) error { return x.site.Theme.Push(w, x.view()) })
	switch x.Route.Format {
	case "json":
		return []decision.Representation{data}, nil
	case "sarif":
		return []decision.Representation{sarif}, nil
	}
	return []decision.Representation{page, data, sarif}, nil
}

func (x *push) writeSARIF(_ context.Context, w io.Writer) error {
	tool := report.Tool{Repository: x.site.Canonical(x.Repository.Address().String())}
	if x.site.Rules != nil {
		tool.Rules = x.site.Canonical(rulesAddress + "/")
	}
	found := x.found.Report
	if found == nil {
		found = &report.Report{}
	}
	return found.WriteSARIF(w, tool)
}

func (x *push) view() *theme.PushView {
	p, address := x.found, x.Repository.Address().Push(x.found.ID)
	crumbs := []theme.Link{x.Crumb(), {Text: "Pushes", URL: x.Repository.Address().Pushes()}}
	v := &theme.PushView{
		Frame: x.Frame(address, crumbs...), Name: x.Repository.Path(),
		Actor: p.Actor, Transport: p.Transport, At: p.At, Verdict: p.verdict(), Said: p.Verdict,
	}
	if c := p.Certificate; c != nil {
		v.Signature = &theme.PushSignature{Status: c.Status, Signer: c.Signer, Nonce: c.Nonce}
	}
	for i := range p.Publications {
		v.Publications = append(v.Publications, x.publicationView(&p.Publications[i]))
	}
	v.NoIndex = true
	v.Alternates = append(resource.JSONAlternate(address+".json"), theme.Alternate{Name: "SARIF", Type: typeSARIF, URL: address + ".sarif"})
	for _, u := range p.Updates {
		v.Updates = append(v.Updates, theme.PushUpdate{Ref: report.Printable(u.Ref, 500), Old: nonZero(u.Old), New: nonZero(u.New), Refused: u.Refused})
	}
	if p.Report != nil {
		for i := range p.Report.Refs {
			v.Refs = append(v.Refs, x.refView(&p.Report.Refs[i]))
		}
	}
	return v
}

func (x *push) publicationView(p *PushPublication) theme.PushPublication {
	v := theme.PushPublication{Number: p.Number, Kind: p.Kind, Ref: report.Printable(shortRef(p.Ref), 500), State: p.State, Failed: p.State == "failed", Report: p.Report}
	for _, r := range p.Releases {
		v.Releases = append(v.Releases, theme.Link{Text: r.Title + " " + r.Number.String(), URL: r.URL})
	}
	return v
}

// nonZero returns an object id, empty if it is zero.
func nonZero(id string) string {
	if strings.Trim(id, "0") == "" {
		return ""
	}
	return id
}

// refView groups the problems of a ref by file; they are sorted by it.
func (x *push) refView(ref *report.Ref) theme.PushRef {
	v := theme.PushRef{Name: report.Printable(shortRef(ref.Name), 500), Refused: ref.Refused, Counts: ref.Counts.String(), Before: ref.Counts.Before, Omitted: ref.Omitted}
	for _, b := range ref.Books {
		v.Books = append(v.Books, theme.PushBook{
			Link:    theme.Link{Text: cmp.Or(b.Title, b.Slug), URL: strings.TrimPrefix(b.URL, x.site.URL)},
			Changes: theme.Link{Text: b.Since, URL: strings.TrimPrefix(b.Changes, x.site.URL)},
		})
	}
	for _, p := range ref.Problems {
		if n := len(v.Files); n == 0 || v.Files[n-1].Path != p.Path {
			v.Files = append(v.Files, theme.PushFile{Path: p.Path})
		}
		file := &v.Files[len(v.Files)-1]
		rule := theme.Link{Text: p.Rule}
		if x.site.hasRule(p.Rule) {
			rule.URL = ruleAddress(p.Rule)
		}
		file.Problems = append(file.Problems, theme.PushProblem{
			Line: p.Line, Column: p.Column, Severity: p.Severity, Rule: rule, Message: p.Message,
			Replacement: p.Replacement, Before: p.Before, Source: p.Source,
		})
	}
	return v
}
