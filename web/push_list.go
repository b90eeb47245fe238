package web

import (
	"context"
	"io"
	"net/http"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
	"github.com/rhaptos/rhaptos/web/theme"
)

// pushesPerPage is the length of a page of the list.
const pushesPerPage = 50

// updatesInList bounds the updates of each push in the list. The push itself has more.
const updatesInList = 100

// pushes is "/OWNER/REPO/-/pushes": the latest pushes, or those before the push
// that the query names.
type pushes struct{ inRepository }

func openPushes(s *site, m route.Match) decision.Resource {
	if s.Pushes == nil {
		return nil
	}
	return &pushes{s.in(m)}
}

type pushesJSON struct {
	Pushes []pushJSON `json:"pushes"`          // newest first
	Older  string     `json:"older,omitempty"` // address of those before these
}

// Representations returns HTML and JSON, or only JSON if the address ends in it.
func (x *pushes) Representations(r *http.Request) ([]decision.Representation, error) {
	found, err := x.site.Pushes.Pushes(r, x.Repository.ID, r.URL.Query().Get("before"), pushesPerPage+1)
	if err != nil {
		return nil, err
	}
	address := x.Repository.Address().Pushes()
	older := ""
	if len(found) > pushesPerPage {
		found = found[:pushesPerPage]
		older = "?before=" + found[pushesPerPage-1].ID
	}
	cache := x.cacheBySender(r)
	data := resource.Generated(resource.TypeJSON, cache, func(_ context.Context, w io.Writer) error {
		list := pushesJSON{Pushes: []pushJSON{}}
		for _, p := range found {
			entry := x.pushJSON(p)
			if cut := len(entry.Updates) - updatesInList; cut > 0 {
				entry.Updates, entry.Omitted = entry.Updates[:updatesInList], entry.Omitted+cut
			}
			list.Pushes = append(list.Pushes, entry)
		}
		if older != "" {
			list.Older = address + ".json" + older
		}
		return resource.WriteJSON(w, list)
	})
	data.Header = resource.BySender()
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
	page.Header = resource.BySender()
	return []decision.Representation{page, data}, nil
}

// cacheBySender returns the value of Cache-Control for a response about the repository
// that depends on who asks.
func (x *inRepository) cacheBySender(r *http.Request) string {
	if r.Header.Get("Authorization") != "" {
		return "private, no-cache"
	}
	return x.CacheControl("no-cache")
}

func (x *pushes) lines(list []*Push) []theme.PushLine {
	var lines []theme.PushLine
	for _, p := range list {
		lines = append(lines, theme.PushLine{URL: x.Repository.Address().Push(p.ID), Actor: p.Actor, At: p.At, Summary: p.summary(), Verdict: p.verdict()})
	}
	return lines
}
