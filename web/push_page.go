package web

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/plaintext"
	"github.com/rhaptos/rhaptos/publish/report"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
	"github.com/rhaptos/rhaptos/web/theme"
)

// typeSARIF is the media type of SARIF 2.1.0, section 3.4.
const typeSARIF = "application/sarif+json"

// push is "/OWNER/REPO/-/pushes/ID": a push and its report.
type push struct {
	inRepository
	found *Push
}

func openPush(s *site, m route.Match) decision.Resource {
	if s.Pushes == nil {
		return nil
	}
	return &push{inRepository: s.in(m)}
}

// State looks for the push.
func (x *push) State(r *http.Request) (decision.State, error) {
	var err error
	x.found, err = x.site.Pushes.Push(r, x.Repository.ID, x.Route.Name)
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
func (x *push) Representations(r *http.Request) ([]decision.Representation, error) {
	cache, address := x.cacheBySender(r), x.Repository.Address().Push(x.found.ID)
	data := resource.Generated(resource.TypeJSON, cache, func(_ context.Context, w io.Writer) error { return resource.WriteJSON(w, x.pushJSON(x.found)) })
	data.Location = address + ".json"
	sarif := resource.Generated(typeSARIF, cache, x.writeSARIF)
	sarif.Location = address + ".sarif"
	page := resource.Generated(resource.TypeHTML, cache, func(_ context.Context, w io.Writer) error { return x.site.Theme.Push(w, x.view()) })
	data.Header, sarif.Header, page.Header = resource.BySender(), resource.BySender(), resource.BySender()
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
	if p.Withheld {
		v.SignIn = address + resource.SignIn
	}
	v.NoIndex = true
	v.Alternates = append(resource.JSONAlternate(address+".json"), theme.Alternate{Name: "SARIF", Type: typeSARIF, URL: address + ".sarif"})
	for _, u := range p.Updates {
		v.Updates = append(v.Updates, theme.PushUpdate{Ref: plaintext.Line(u.Ref, 500), Old: nonZero(u.Old), New: nonZero(u.New), Refused: u.Refused})
	}
	v.Omitted = p.Omitted
	if p.Report != nil {
		for i := range p.Report.Refs {
			v.Refs = append(v.Refs, x.refView(&p.Report.Refs[i]))
		}
	}
	return v
}

func (x *push) publicationView(p *PushPublication) theme.PushPublication {
	v := theme.PushPublication{Number: p.Number, Kind: p.Kind, Ref: plaintext.Line(shortRef(p.Ref), 500), State: p.State, Failed: p.State == "failed", Report: p.Report}
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
	v := theme.PushRef{Name: plaintext.Line(shortRef(ref.Name), 500), Refused: ref.Refused, Counts: ref.Counts.String(), Before: ref.Counts.Before, Omitted: ref.Omitted}
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
