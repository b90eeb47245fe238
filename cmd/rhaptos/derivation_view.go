package main

import (
	"context"

	"github.com/rhaptos/rhaptos/gitserver/store"
	"github.com/rhaptos/rhaptos/web"
)

// derivationView shows the view which repositories were derived from others. It is
// web.Derivations.
type derivationView struct{ repositories store.Repositories }

// DerivedFrom implements web.Derivations.
func (v derivationView) DerivedFrom(ctx context.Context, repositoryID string) (*web.Derivation, error) {
	d, err := v.repositories.DerivedFrom(ctx, repositoryID)
	if err != nil || d == nil || d.Repository.Private {
		return nil, err
	}
	return viewedDerivation(d), nil
}

// Derivatives implements web.Derivations.
func (v derivationView) Derivatives(ctx context.Context, repositoryID string) ([]*web.Derivation, error) {
	all, err := v.repositories.Derivatives(ctx, repositoryID)
	if err != nil {
		return nil, err
	}
	var list []*web.Derivation
	for _, d := range all {
		if !d.Repository.Private {
			list = append(list, viewedDerivation(d))
		}
	}
	return list, nil
}

func viewedDerivation(d *store.Derived) *web.Derivation {
	return &web.Derivation{Repository: d.Repository.Path(), Release: d.Release, At: d.At}
}
