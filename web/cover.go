package web

import (
	"net/http"

	"github.com/rhaptos/rhaptos/publish/cover"
	"github.com/rhaptos/rhaptos/publish/export/content"
	"github.com/rhaptos/rhaptos/publish/messages"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
)

// coverName is the address of a cover in an edition.
const coverName = "-/cover.svg"

// coverPicture is "/OWNER/REPO/BOOK@AT/-/cover.svg": a cover, drawn from the title.
type coverPicture struct{ manifested }

func openCover(s *site, m route.Match) decision.Resource {
	return &coverPicture{manifested{edition: s.edition(m)}}
}

// Representations returns the drawing. Caches keep it for a day: a later version of the
// program may draw another one.
func (x *coverPicture) Representations(*http.Request) ([]decision.Representation, error) {
	line := ""
	if x.Release != nil {
		line = messages.For(x.of.Book.Language).Export.Release + " " + x.Release.Number.String()
	}
	drawing := decision.Bytes(content.DrawingType, cover.Draw(x.of.Book, line))
	drawing.CacheControl, drawing.Header = x.CacheControl("max-age=86400"), x.Header()
	resource.SetForeignFields(drawing.Header, coverName, content.DrawingType, x.Repository.Private)
	return []decision.Representation{drawing}, nil
}
