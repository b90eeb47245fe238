package web

import (
	"errors"
	"net/http"

	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/theme"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/route"
)

// editionStyle is "/OWNER/REPO/BOOK@AT/-/edition.css", by which the pages of an edition
// say what it is: a draft, or a release that has a newer one. The pages never change and
// cannot know of later releases; this sheet shows the link that they have for it.
type editionStyle struct{ manifested }

func openEditionStyle(s *site, m route.Match) decision.Resource {
	return &editionStyle{manifested{edition: s.edition(m)}}
}

// Strict is false: browsers take the sheet as it is.
func (*editionStyle) Strict(*http.Request, string) bool { return false }

// Representations returns the sheet. Caches ask again soon, since a newer release may
// appear.
func (x *editionStyle) Representations(r *http.Request) ([]decision.Representation, error) {
	latest, err := x.site.Releases.Latest(r.Context(), x.Repository.ID, x.Route.Book)
	if err != nil && !errors.Is(err, release.ErrNotFound) {
		return nil, err
	}
	e := theme.Edition{Language: x.of.Book.Language}
	if x.Draft != nil {
		e.Draft, e.Newest = x.Draft.Branch, latest != nil
	} else {
		e.Number, e.Newest = x.Release.Number.String(), latest != nil && latest.Number.Compare(x.Release.Number) > 0
	}
	sheet := decision.Bytes("text/css; charset=utf-8", theme.StyleOf(e))
	sheet.CacheControl, sheet.Header = x.CacheControl(keptContents), x.Header()
	return []decision.Representation{sheet}, nil
}
