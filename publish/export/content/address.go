package content

import (
	"hash/fnv"
	"io"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Addresses turns the addresses of stored pages into those of an export.
type Addresses struct {
	base  *url.URL          // of the edition, a folder; nil if readers do not find it anywhere
	Files map[string]string // from the path of a file in the release to its place in the export, escaped
	IDs   Places            // that links may lead to; nil: all
	Used  map[string]bool   // paths of files that addresses have led to; nil: not noted
	Whole bool              // all pages are in one document, at the places that files says
}

// Places are the places in pages that links can lead to, by hashes: a large book
// has hundreds of thousands.
type Places map[uint64]struct{}

// Add adds what has an id in the page with the slug. What exports leave out has
// none.
func (p Places) Add(slug string, article *html.Node) {
	for n := range article.Descendants() {
		if id := Attribute(n, "id"); id != "" && n.Type == html.ElementNode && !dropped[n.DataAtom] {
			p[placeHash(slug, id)] = struct{}{}
		}
	}
}

func (p Places) has(slug, id string) bool {
	_, ok := p[placeHash(slug, id)]
	return ok
}

func placeHash(slug, id string) uint64 {
	h := fnv.New64a()
	io.WriteString(h, slug+"#"+id)
	return h.Sum64()
}

// elsewhere stands for the address of an edition that has none.
var elsewhere = &url.URL{Scheme: "https", Host: "edition.invalid", Path: "/owner/repository/book@1.1/"}

// NewAddresses returns the addresses of an edition whose files have no place yet.
func NewAddresses(e *Edition) *Addresses {
	return &Addresses{base: e.base(), Files: map[string]string{}}
}

// Of returns what an address in the page with the slug becomes. The path of the
// edition's contents is "". It is false for what does not lead anywhere once
// the book has left the server.
func (a *Addresses) Of(slug, raw string) (string, bool) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		return "", false
	}
	switch u.Scheme {
	case "http", "https", "mailto":
		return u.String(), u.Opaque != "" || u.Host != ""
	case "":
	default:
		return "", false
	}
	base := a.base
	if base == nil {
		base = elsewhere
	}
	target := base.ResolveReference(&url.URL{Path: "./" + slug}).ResolveReference(u)
	path, inside := strings.CutPrefix(target.Path, base.Path)
	if inside && target.Host == base.Host {
		if _, ok := a.Files[path]; ok && a.Used != nil {
			a.Used[path] = true
		}
		if to, ok := a.Files[path]; ok && a.Whole {
			return "#" + to + strings.Replace(a.fragment(path, u), "#", ".", 1), true
		} else if ok {
			return to + a.fragment(path, u), true
		}
	}
	if a.base == nil {
		return "", false
	}
	return target.String(), true
}

// fragment is the end of an address that leads to a place in a page, if the
// page has that place.
func (a *Addresses) fragment(path string, u *url.URL) string {
	if u.Fragment == "" || a.IDs != nil && !a.IDs.has(path, u.Fragment) {
		return ""
	}
	return "#" + (&url.URL{Fragment: u.Fragment}).EscapedFragment()
}

// online is the address of a file of the release on the server; false if that
// is unknown.
func (a *Addresses) online(path, fragment string) (string, bool) {
	if a.base == nil {
		return "", false
	}
	return a.base.ResolveReference(&url.URL{Path: "./" + path, Fragment: fragment}).String(), true
}
