package main

import (
	"context"

	"github.com/alecthomas/kong"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
)

// restricted is an administration command that says who may use it over SSH. One
// without a permission cannot be used over SSH. At the command line of the machine
// no permission is asked for: whoever can read the data folder has everything.
type restricted interface {
	permission(*env) access.Permission
}

// forServerAdmins is embedded in the commands that only admins of the server may use,
// whatever the arguments: the help of others does not list these.
type forServerAdmins struct{}

func (forServerAdmins) permission(*env) access.Permission { return access.ServerAdmins() }
func (forServerAdmins) onlyServerAdmins()                 {}

// hideForbidden removes from the help what the principal cannot use over SSH whatever
// the arguments, and reports whether anything below the node is left.
func hideForbidden(n *kong.Node, p access.Principal) (left bool) {
	if len(n.Children) == 0 {
		command := n.Target.Addr().Interface()
		_, usable := command.(restricted)
		_, admins := command.(interface{ onlyServerAdmins() })
		left = usable && (!admins || p.ServerAdmin())
	}
	for _, child := range n.Children {
		left = hideForbidden(child, p) || left
	}
	n.Hidden = n.Hidden || !left
	return left
}

// owner returns a function that finds the repository whose id repositoryID returns;
// nil if that is empty, so that the server is the owner.
func (r *env) owner(repositoryID func(context.Context) (string, error)) func(context.Context) (*gitserver.Repository, error) {
	return func(ctx context.Context) (*gitserver.Repository, error) {
		id, err := repositoryID(ctx)
		if err != nil || id == "" {
			return nil, err
		}
		return r.repositories.ByID(ctx, r.db, id)
	}
}
