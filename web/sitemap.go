package web

import (
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"time"

	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/route"
)

// Sitemaps tell search engines which pages there are (sitemaps.org, protocol
// 0.9): an index for the site, and in each public repository a list of the pages
// of its books' latest releases.

const (
	sitemapsAddress = "/sitemap.xml"

	typeXML          = "application/xml; charset=utf-8"
	sitemapNamespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
	maxSitemap       = 50_000 // entries, by the protocol
)

// sitemapEntry is a place in a sitemap or an index of them.
type sitemapEntry struct {
	Location string `xml:"loc"`
	Modified string `xml:"lastmod,omitempty"`
}

// siteIndex is "/sitemap.xml".
type siteIndex struct {
	decision.Defaults
	site *site
}

func openSiteIndex(s *site, _ route.Match) decision.Resource { return &siteIndex{site: s} }

// State is missing while the server does not know its own address, which
// sitemaps are made of.
func (x *siteIndex) State(*http.Request) (decision.State, error) { return x.site.sitemapState(), nil }

func (s *site) sitemapState() decision.State {
	if s.URL == "" {
		return decision.State{Existence: decision.Missing}
	}
	return decision.State{}
}

// Representations is the index of the public repositories, whoever asks.
func (x *siteIndex) Representations(r *http.Request) ([]decision.Representation, error) {
	return []decision.Representation{generated(typeXML, "public, max-age=3600", func(ctx context.Context, w io.Writer) error {
		list, err := x.site.Repositories.List(ctx, r)
		if err != nil {
			return err
		}
		index := struct {
			XMLName xml.Name       `xml:"sitemapindex"`
			Space   string         `xml:"xmlns,attr"`
			Entries []sitemapEntry `xml:"sitemap"`
		}{Space: sitemapNamespace}
		for _, repo := range list {
			if !repo.Private && len(index.Entries) < maxSitemap {
				index.Entries = append(index.Entries, sitemapEntry{Location: x.site.URL + repo.address().Sitemap()})
			}
		}
		return writeXML(w, index)
	})}, nil
}

// sitemap is "/OWNER/REPO/-/sitemap.xml".
type sitemap struct{ inRepository }

func openSitemap(s *site, m route.Match) decision.Resource { return &sitemap{s.in(m)} }

// State is missing for a private repository too: whom would it be for?
func (x *sitemap) State(r *http.Request) (decision.State, error) {
	if state, moved := x.moved(r); moved {
		return state, nil
	}
	if x.repository.Private {
		return decision.State{Existence: decision.Missing}, nil
	}
	return x.site.sitemapState(), nil
}

// Representations is the list of pages.
func (x *sitemap) Representations(*http.Request) ([]decision.Representation, error) {
	return []decision.Representation{generated(typeXML, x.cacheControl("max-age=3600"), x.write)}, nil
}

func (x *sitemap) write(ctx context.Context, w io.Writer) error {
	releases, err := x.site.Releases.Releases(ctx, x.repository.ID)
	if err != nil {
		return err
	}
	list := struct {
		XMLName xml.Name       `xml:"urlset"`
		Space   string         `xml:"xmlns,attr"`
		Entries []sitemapEntry `xml:"url"`
	}{Space: sitemapNamespace}
	for _, t := range titles(releases) {
		if t.latest == nil {
			continue
		}
		m, err := x.site.Releases.Manifest(ctx, t.latest.Manifest)
		if err != nil {
			return err
		}
		edition := x.repository.address().Release(t.slug, t.latest.Number)
		add := func(path string) bool {
			list.Entries = append(list.Entries, sitemapEntry{x.site.URL + path, t.latest.Published.UTC().Format(time.RFC3339)})
			return len(list.Entries) < maxSitemap
		}
		if add(edition) {
			m.Pages(func(e release.Entry) bool { return add(address.Page(edition, e.Slug)) })
		}
	}
	return writeXML(w, list)
}

// writeXML writes v as a document.
func writeXML(w io.Writer, v any) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	return xml.NewEncoder(w).Encode(v)
}
