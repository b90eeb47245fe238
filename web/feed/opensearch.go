package feed

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"net/http"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/theme"
)

// openSearch is "/-/opensearch.xml": it describes to browsers how to search all books
// (OpenSearch 1.1, "OpenSearch description document").
type openSearch struct {
	decision.Defaults
	site *resource.Site
}

// OpenSearch opens "/-/opensearch.xml"; nil if nothing can be searched.
func OpenSearch(s *resource.Site) decision.Resource {
	if !s.Searchable {
		return nil
	}
	return &openSearch{site: s}
}

// TypeOpenSearch is the media type of a description.
const TypeOpenSearch = "application/opensearchdescription+xml"

// Description is an OpenSearch description document.
type Description struct {
	XMLName       xml.Name         `xml:"http://a9.com/-/spec/opensearch/1.1/ OpenSearchDescription"`
	ShortName     string           `xml:"ShortName"`
	Description   string           `xml:"Description"`
	InputEncoding string           `xml:"InputEncoding"`
	Image         string           `xml:"Image"`
	URLs          []descriptionURL `xml:"Url"`
}

type descriptionURL struct {
	Type     string `xml:"type,attr"`
	Rel      string `xml:"rel,attr,omitempty"`
	Template string `xml:"template,attr"`
}

// State is missing if the server does not know its own URL, which the document has
// to name.
func (x *openSearch) State(*http.Request) (decision.State, error) {
	if x.site.URL == "" {
		return decision.State{Existence: decision.Missing}, nil
	}
	return decision.State{}, nil
}

// Representations returns the document.
func (x *openSearch) Representations(*http.Request) ([]decision.Representation, error) {
	name := cmp.Or(x.site.Name, "Rhaptos")
	if runes := []rune(name); len(runes) > 16 { // the limit of the specification
		name = string(runes[:16])
	}
	d := Description{
		ShortName: name, Description: "Search the books of " + cmp.Or(x.site.Name, "Rhaptos"), InputEncoding: "UTF-8",
		Image: x.site.URL + theme.AssetsPath + "icon.svg",
		URLs: []descriptionURL{
			{Type: "text/html", Template: x.site.URL + resource.SearchAddress + "?q={searchTerms}&page={startPage?}"},
			{Type: resource.TypeJSON, Template: x.site.URL + resource.SearchAddress + ".json?q={searchTerms}&page={startPage?}"},
			{Type: TypeOpenSearch, Rel: "self", Template: x.site.URL + resource.OpenSearchAddress},
		},
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(d); err != nil {
		return nil, err
	}
	document := decision.Bytes(TypeOpenSearch, b.Bytes())
	document.CacheControl = "public, max-age=86400"
	return []decision.Representation{document}, nil
}
