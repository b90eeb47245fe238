package smarthttp

import (
	"net/http"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
)

// bundle answers a request for a bundle. Its bytes never change, but whether
// they may be had can: so caches keep it for a day and not for ever.
func (h *handler) bundle(w http.ResponseWriter, r *http.Request, c *call, name string) {
	b, err := h.openBundle(r, c, name)
	if err != nil {
		refused := refusedWork(err)
		if refused.err != nil && r.Context().Err() == nil {
			h.Log.Error("bundle over HTTP", "repository", c.repo.Path(), "err", err)
		}
		refused.write(w, r)
		return
	}
	defer b.Close()
	scope := "public"
	if c.repo.Private {
		scope = "private"
	}
	head := w.Header()
	head.Del("Pragma")
	head.Del("Expires")
	head.Set("Cache-Control", scope+", max-age=86400, immutable")
	head.Set("Content-Type", "application/x-git-bundle")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("ETag", b.ETag)
	http.ServeContent(&paced{w, http.NewResponseController(w), h.Idle}, r, "", time.Time{}, b)
}

func (h *handler) openBundle(r *http.Request, c *call, name string) (*gitserver.Bundle, error) {
	if h.Bundles == nil {
		return nil, gitserver.ErrNoBundle
	}
	return h.Bundles.Bundle(r.Context(), c.fetch(), name)
}
