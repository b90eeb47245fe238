package gitserver

import (
	"context"
	"io/fs"
	"strings"
)

// authorize asks for each update whether the pusher may make it, by the
// settings of the repository as they were before the push.
func (r *receiver) authorize(ctx context.Context, q Quarantine) error {
	repo, refs, err := r.config.Storage.Refs(ctx, r.push.Repository.ID)
	if err != nil {
		return err
	}
	r.push.Repository, r.refs = repo, refs
	adoptHead(r.push, refs)
	if r.session.Head != "" {
		r.push.Repository.Head = r.session.Head
	}
	r.head = func() (fs.FS, error) { return headTree(repo, refs, q) }
	head, err := r.head()
	if err != nil {
		return err
	}
	r.policy = r.config.Hooks.Policy(repo, head)
	if r.session.Mirror {
		r.policy.Rewrite, r.policy.Signed = RewriteAlways, false
	}
	for _, u := range r.push.Updates {
		if u.Refused != "" {
			continue
		}
		if strings.HasPrefix(u.Name, ForPrefix) {
			u.Refused = r.mayPropose(ctx, u)
			continue
		}
		published := r.policy.Published(u.Name)
		if err := r.session.MayPush(ctx, published); err != nil {
			u.Refused = printable(err.Error())
			r.suggest(ctx, u)
			continue
		}
		switch {
		case u.Deletes() && u.Name == repo.Head:
			u.Refused = "deletion of the default branch is prohibited"
		case published && r.policy.Signed:
			u.Refused = r.push.unsigned()
		}
		if u.Refused == "" {
			u.Refused = r.undoes(u, published)
		}
	}
	refuseTwins(r.sideband, refs, r.push.Updates, r.session.Mirror)
	return nil
}

// undoes says why an update that undoes what was published is not made, as far
// as that shows without its objects, or nothing.
func (r *receiver) undoes(u *RefUpdate, published bool) string {
	tag := strings.HasPrefix(u.Name, "refs/tags/")
	switch {
	case !published || u.Old.IsZero() || !tag && u.Branch() == "":
	case u.Deletes():
		return r.policy.refuses(u, "deletes", r.push.Options)
	case tag && u.Old != u.New:
		return r.policy.refuses(u, "moves", r.push.Options)
	}
	return ""
}

// headTree is the tree of the default branch, nil when it has no commit yet.
func headTree(repo *Repository, refs []Ref, q Quarantine) (fs.FS, error) {
	for _, ref := range refs {
		if ref.Name == repo.Head {
			return q.Tree(ref.Target)
		}
	}
	return nil, nil
}

// adoptHead makes the first branch that is ever pushed the default branch.
func adoptHead(push *Push, refs []Ref) {
	for _, ref := range refs {
		if strings.HasPrefix(ref.Name, "refs/heads/") {
			return
		}
	}
	first := ""
	for _, u := range push.Updates {
		switch {
		case u.Branch() == "" || u.Deletes() || u.Refused != "":
		case u.Name == push.Repository.Head:
			return
		case first == "" || u.Branch() == "main" || u.Branch() == "master" && first != "refs/heads/main":
			first = u.Name
		}
	}
	if first != "" {
		push.Repository.Head = first
	}
}
