package search

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/address"
	index "github.com/rhaptos/rhaptos/publish/search"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/theme"
)

// Index finds pages in editions, given by the digests of their manifests:
// [index.Index].
type Index interface {
	Search(ctx context.Context, q index.Query, editions []blobstore.Digest, offset, limit int) (*index.Result, error)
}

const (
	hitsPerPage    = 20
	maxSearchPages = 50
)

// searched is an edition that is searched.
type searched struct {
	manifest blobstore.Digest
	title    string // of the book
	address  string
}

// hitJSON is a page that matches.
type hitJSON struct {
	Title    string         `json:"title"`
	Number   string         `json:"number,omitempty"` // of the page
	Book     string         `json:"book"`             // title
	URL      string         `json:"url"`              // with the section's anchor
	Section  string         `json:"section,omitempty"`
	Language string         `json:"language,omitempty"`
	Excerpt  []fragmentJSON `json:"excerpt"`
}

type fragmentJSON struct {
	Text  string `json:"text"`
	Match bool   `json:"match,omitempty"`
}

// JSON is the result as JSON.
type JSON struct {
	Query string    `json:"query"`
	Total int       `json:"total"`
	Hits  []hitJSON `json:"hits"`
	Next  string    `json:"next,omitempty"` // address of the next page
}

// request is a request to search.
type request struct {
	index    Index
	theme    *theme.Theme
	address  string // of the resource, without its query
	cache    string
	bySender bool // whether the result depends on the sender of the request
	frame    theme.Frame
	book     string // title, if there is one book only
	editions []searched
}

// representations returns the result of the request's query as HTML and JSON.
func (x *request) representations(r *http.Request, json bool) ([]decision.Representation, error) {
	query := r.URL.Query()
	q, page := query.Get("q"), pageNumber(query.Get("page"))
	found, err := x.find(r.Context(), q, page)
	if err != nil {
		return nil, err
	}
	header := http.Header{"X-Robots-Tag": {"noindex"}}
	if x.bySender {
		resource.VaryBySender(header)
	}
	data := resource.Generated(resource.TypeJSON, x.cache, func(_ context.Context, w io.Writer) error { return resource.WriteJSON(w, found) })
	data.Header, data.Location = header, x.pageAddress(".json", q, page)
	if json {
		return []decision.Representation{data}, nil
	}
	html := resource.Generated(resource.TypeHTML, x.cache, func(_ context.Context, w io.Writer) error { return x.theme.Search(w, x.view(found, q, page)) })
	html.Header = header
	return []decision.Representation{html, data}, nil
}

// pageNumber parses the number of a page, from 1.
func pageNumber(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 1
	}
	return min(n, maxSearchPages)
}

// pageAddress returns the address of a page of the result.
func (x *request) pageAddress(form, q string, page int) string {
	v := url.Values{"q": {q}}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	return x.address + form + "?" + v.Encode()
}

func (x *request) find(ctx context.Context, q string, page int) (*JSON, error) {
	found := &JSON{Query: q, Hits: []hitJSON{}}
	manifests := make([]blobstore.Digest, len(x.editions))
	byManifest := map[blobstore.Digest]*searched{}
	for i := range x.editions {
		e := &x.editions[i]
		manifests[i] = e.manifest
		if byManifest[e.manifest] == nil { // the first of those that have the same book
			byManifest[e.manifest] = e
		}
	}
	result, err := x.index.Search(ctx, index.ParseQuery(q), manifests, (page-1)*hitsPerPage, hitsPerPage)
	if err != nil {
		return nil, err
	}
	found.Total = result.Total
	for i := range result.Hits {
		found.Hits = append(found.Hits, foundHit(&result.Hits[i], byManifest[result.Hits[i].Edition]))
	}
	if page*hitsPerPage < result.Total && page < maxSearchPages {
		found.Next = x.pageAddress(".json", q, page+1)
	}
	return found, nil
}

func foundHit(h *index.Hit, in *searched) hitJSON {
	j := hitJSON{
		Title: h.Title, Number: h.Number, Book: in.title, URL: address.Page(in.address, h.Slug),
		Section: h.Heading, Language: h.Language, Excerpt: []fragmentJSON{},
	}
	if h.Anchor != "" {
		j.URL += (&url.URL{Fragment: h.Anchor}).String()
	}
	for _, f := range h.Excerpt.Fragments {
		j.Excerpt = append(j.Excerpt, fragmentJSON(f))
	}
	if h.Excerpt.Cut {
		j.Excerpt = slices.Insert(j.Excerpt, 0, fragmentJSON{Text: "…"})
	}
	if h.Excerpt.More {
		j.Excerpt = append(j.Excerpt, fragmentJSON{Text: "…"})
	}
	return j
}

func (x *request) view(found *JSON, q string, page int) *theme.SearchView {
	v := &theme.SearchView{Frame: x.frame, Book: x.book, Total: found.Total}
	v.Query, v.Search, v.NoIndex, v.Canonical = q, x.address, true, ""
	if q != "" {
		v.Alternates = resource.JSONAlternate(x.pageAddress(".json", q, page))
	}
	for _, h := range found.Hits {
		hit := theme.SearchHit{Title: h.Title, Number: h.Number, URL: h.URL, Language: h.Language}
		if x.book == "" {
			hit.Book = h.Book
		}
		for _, f := range h.Excerpt {
			hit.Excerpt = append(hit.Excerpt, theme.Fragment(f))
		}
		v.Hits = append(v.Hits, hit)
	}
	if page > 1 {
		v.Newer = x.pageAddress("", q, page-1)
	}
	if found.Next != "" {
		v.Older = x.pageAddress("", q, page+1)
	}
	return v
}
