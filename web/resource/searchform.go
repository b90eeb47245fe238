package resource

import "github.com/rhaptos/rhaptos/publish/address"

// SearchAddress is where all books are searched.
const SearchAddress = "/search"

// SearchOf is where the latest releases of a repository are searched.
func SearchOf(r address.Repository) string { return r.String() + "/-/search" }

// SearchForm returns the address that a page's search form sends its query to;
// empty, so that there is no form, if nothing can be searched.
func (s *Site) SearchForm(address string) string {
	if !s.Searchable {
		return ""
	}
	return address
}

// OpenSearchAddress is where browsers are told how to search.
const OpenSearchAddress = "/-/opensearch.xml"
