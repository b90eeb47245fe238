package web

import (
	"context"
	"time"

	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/web/theme"
)

// Derivation is a public repository that another one was derived from, or that was
// derived from it.
type Derivation struct {
	Repository string    `json:"repository"` // OWNER/NAME
	URL        string    `json:"url"`
	Release    string    `json:"release"` // of the original, BOOK@NUMBER
	At         time.Time `json:"at"`
}

// Derivations finds repositories that were derived from others. Only public ones are
// found: a page that shows them may be shown to everybody who may read the repository.
type Derivations interface {
	// DerivedFrom returns what a repository was derived from; nil: from none that is
	// public.
	DerivedFrom(ctx context.Context, repositoryID string) (*Derivation, error)

	// Derivatives returns the public repositories that were derived from one, the first
	// one first.
	Derivatives(ctx context.Context, repositoryID string) ([]*Derivation, error)
}

// derivations adds what is known of derivations to the data of a repository.
func (x *repository) derivations(ctx context.Context, data *repositoryJSON) (err error) {
	if x.site.Derivations == nil {
		return nil
	}
	if data.DerivedFrom, err = x.site.Derivations.DerivedFrom(ctx, x.Repository.ID); err != nil {
		return err
	}
	data.Derivatives, err = x.site.Derivations.Derivatives(ctx, x.Repository.ID)
	for _, d := range append([]*Derivation{data.DerivedFrom}, data.Derivatives...) {
		if d != nil {
			d.URL = address.Of("", d.Repository).String()
		}
	}
	return err
}

func derivationLinks(list []*Derivation) (links []theme.Link) {
	for _, d := range list {
		if d != nil {
			links = append(links, theme.Link{Text: d.Repository, URL: d.URL})
		}
	}
	return links
}
