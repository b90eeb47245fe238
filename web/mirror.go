package web

import (
	"context"
	"time"

	"github.com/rhaptos/rhaptos/web/theme"
)

// Mirror holds the state of a mirror for its readers. Only its administrators
// learn why a pull failed.
type Mirror struct {
	URL    string    // of the upstream, without credentials
	State  string    // of the last pull: "new", "current", "updated", "refused" or "failed"
	Pulled time.Time // when the last pull ended; zero if there was none
	Next   time.Time // when the next one is due; zero if only on request
	Asked  bool      // the next one is requested or running
	Push   string    // id of the last push that a pull led to; may be empty
}

// Mirrors finds out which repositories are mirrors.
type Mirrors interface {
	// Mirror returns nil if the repository is no mirror.
	Mirror(ctx context.Context, repositoryID string) (*Mirror, error)
}

// mirrorJSON is a mirror as data.
type mirrorJSON struct {
	Of     string    `json:"of"`
	State  string    `json:"state"`
	Pulled time.Time `json:"pulled,omitzero"`
	Next   time.Time `json:"next,omitzero"`
	Asked  bool      `json:"asked,omitempty"`
	Push   string    `json:"push,omitempty"` // address of the record of what the last pull brought
}

// mirror returns nil if the repository is no mirror.
func (x *repository) mirror(ctx context.Context) (*mirrorJSON, error) {
	if x.site.Mirrors == nil {
		return nil, nil
	}
	m, err := x.site.Mirrors.Mirror(ctx, x.Repository.ID)
	if m == nil || err != nil {
		return nil, err
	}
	data := &mirrorJSON{Of: m.URL, State: m.State, Pulled: m.Pulled, Next: m.Next, Asked: m.Asked}
	if m.Push != "" && x.site.Pushes != nil && (m.State == "updated" || m.State == "refused") {
		data.Push = x.Repository.Address().Push(m.Push)
	}
	return data, nil
}

func mirrorView(m *mirrorJSON) *theme.MirrorView {
	if m == nil {
		return nil
	}
	return &theme.MirrorView{URL: m.Of, State: m.State, Pulled: m.Pulled, Next: m.Next, Asked: m.Asked, PushURL: m.Push}
}
