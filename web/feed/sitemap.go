package feed

import (
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"time"

	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
)

// Sitemaps tell search engines which pages there are (sitemaps.org, protocol
// 0.9): an index for the site, and in each public repository a list of the pages
// of its books' latest releases.

const (
	// SitemapsAddress is where the index of sitemaps is.
	SitemapsAddress = "/sitemap.xml"

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
	site *resource.Site
}

// Sitemaps opens "/sitemap.xml".
func Sitemaps(s *resource.Site) decision.Resource { return &siteIndex{site: s} }

// Access refuses wrong credentials.
func (x *siteIndex) Access(r *http.Request) (decision.Access, error) {
	return x.site.CheckCredentials(r)
}

// State is missing if the server does not know its own URL, which sitemaps need.
func (x *siteIndex) State(*http.Request) (decision.State, error) { return sitemapState(x.site), nil }

func sitemapState(s *resource.Site) decision.State {
	if s.URL == "" {
		return decision.State{Existence: decision.Missing}
	}
	return decision.State{}
}

// Representations returns the index of the public repositories.
func (x *siteIndex) Representations(r *http.Request) ([]decision.Representation, error) {
	index := resource.Generated(typeXML, x.site.Public("max-age=3600"), func(ctx context.Context, w io.Writer) error {
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
				index.Entries = append(index.Entries, sitemapEntry{Location: x.site.URL + repo.Address().Sitemap()})
			}
		}
		return writeXML(w, index)
	})
	index.Header = resource.BySender()
	return []decision.Representation{index}, nil
}

// sitemap is "/OWNER/REPO/-/sitemap.xml".
type sitemap struct{ resource.InRepository }

// Sitemap opens the sitemap of a repository.
func Sitemap(s *resource.Site, m route.Match) decision.Resource { return &sitemap{s.In(m)} }

// State is missing for a private repository too.
func (x *sitemap) State(r *http.Request) (decision.State, error) {
	if state, moved := x.Moved(r); moved {
		return state, nil
	}
	if x.Repository.Private {
		return decision.State{Existence: decision.Missing}, nil
	}
	return sitemapState(x.Site), nil
}

// Representations returns the list of pages.
func (x *sitemap) Representations(*http.Request) ([]decision.Representation, error) {
	return []decision.Representation{resource.Generated(typeXML, x.CacheControl("max-age=3600"), x.write)}, nil
}

func (x *sitemap) write(ctx context.Context, w io.Writer) error {
	releases, err := x.Site.Releases.Releases(ctx, x.Repository.ID)
	if err != nil {
		return err
	}
	list := struct {
		XMLName xml.Name       `xml:"urlset"`
		Space   string         `xml:"xmlns,attr"`
		Entries []sitemapEntry `xml:"url"`
	}{Space: sitemapNamespace}
	for _, t := range resource.Titles(releases) {
		if t.Latest == nil {
			continue
		}
		m, err := x.Site.Releases.Manifest(ctx, t.Latest.Manifest)
		if err != nil {
			return err
		}
		edition := x.Repository.Address().Release(t.Slug, t.Latest.Number)
		add := func(path string) bool {
			list.Entries = append(list.Entries, sitemapEntry{x.Site.URL + path, resource.Past(t.Latest.Published).UTC().Format(time.RFC3339)})
			return len(list.Entries) < maxSitemap
		}
		if add(edition) {
			m.Pages(func(e release.Entry) bool { return add(address.Page(edition, e.Slug)) })
		}
	}
	return writeXML(w, list)
}

// writeXML writes v as an XML document.
func writeXML(w io.Writer, v any) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	return xml.NewEncoder(w).Encode(v)
}
