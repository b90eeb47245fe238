package web

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/theme"
)

// booksPerPage is the length of a page of the catalogue. Only their manifests are read.
const booksPerPage = 30

// catalogueQuery says which books a page of the catalogue lists.
type catalogueQuery struct {
	recent bool // by the date of the latest release, newest first; else by title
	page   int  // from 1
}

// readCatalogueQuery reads "?sort=recent&page=2". What is malformed counts as absent.
func readCatalogueQuery(q url.Values) catalogueQuery {
	page, err := strconv.Atoi(q.Get("page"))
	if err != nil || page < 1 {
		page = 1
	}
	return catalogueQuery{recent: q.Get("sort") == "recent", page: page}
}

// address returns the address of the catalogue's page with the number.
func (q catalogueQuery) address(page int) string {
	v := url.Values{}
	if q.recent {
		v.Set("sort", "recent")
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	if len(v) == 0 {
		return "/"
	}
	return "/?" + v.Encode()
}

// catalogued is a book with its latest release.
type catalogued struct {
	resource.Title
	repository *resource.Repository
}

func (c *catalogue) view(ctx context.Context, repositories []*resource.Repository, q catalogueQuery) (*theme.CatalogueView, error) {
	all, err := c.catalogued(ctx, repositories)
	if err != nil {
		return nil, err
	}
	q.sort(all)
	from := min(min(q.page-1, len(all))*booksPerPage, len(all)) // a page may be any number
	to := min(from+booksPerPage, len(all))
	v := &theme.CatalogueView{
		Frame: theme.Frame{Site: c.site.Name, Canonical: c.site.Canonical(q.address(q.page)), Search: c.site.SearchForm(resource.SearchAddress)},
		Total: len(all), Recent: q.recent,
	}
	if q.page > 1 {
		v.Newer = q.address(q.page - 1)
	}
	if to < len(all) {
		v.Older = q.address(q.page + 1)
	}
	for _, b := range all[from:to] {
		v.Books = append(v.Books, c.line(ctx, b))
	}
	v.Owners = owners(repositories)
	return v, nil
}

// catalogued returns the books that have a current release.
func (c *catalogue) catalogued(ctx context.Context, repositories []*resource.Repository) (all []catalogued, err error) {
	for _, repo := range repositories {
		releases, err := c.site.Releases.Releases(ctx, repo.ID)
		if err != nil {
			return nil, err
		}
		for _, t := range resource.Titles(releases) {
			if t.Latest != nil {
				all = append(all, catalogued{t, repo})
			}
		}
	}
	return all, nil
}

func (q catalogueQuery) sort(all []catalogued) {
	titles := collate.New(language.Und)
	compare := func(a, b catalogued) int {
		return cmp.Or(titles.CompareString(a.Latest.Title, b.Latest.Title), cmp.Compare(a.repository.Path(), b.repository.Path()), cmp.Compare(a.Slug, b.Slug))
	}
	if q.recent {
		byTitle := compare
		compare = func(a, b catalogued) int {
			return cmp.Or(b.Latest.Published.Compare(a.Latest.Published), byTitle(a, b))
		}
	}
	slices.SortFunc(all, compare)
}

func (c *catalogue) line(ctx context.Context, b catalogued) theme.BookLine {
	line := bookLines([]bookJSON{c.site.book(ctx, b.repository, b.Title)})[0]
	address := b.repository.Address()
	line.Private, line.Repository = b.repository.Private, theme.Link{Text: b.repository.Path(), URL: address.String()}
	line.Cover = address.Release(b.Slug, b.Latest.Number) + "/" + coverName
	return line
}

// owners links to the pages of the owners of repositories, which may have no books yet.
func owners(repositories []*resource.Repository) (links []theme.Link) {
	const most = 100
	for _, repo := range repositories {
		link := theme.Link{Text: repo.Owner, URL: "/" + repo.Owner}
		if len(links) < most && !slices.Contains(links, link) {
			links = append(links, link)
		}
	}
	return links
}
