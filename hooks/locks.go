package hooks

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/lfs"
)

// Locks lists the locks of a repository that are not those of the account with the
// name: [lfs.Locks].
type Locks interface {
	ByOthers(ctx context.Context, repositoryID, name string) ([]*lfs.Lock, error)
}

// maxLocked bounds the locked files that are listed for one update.
const maxLocked = 20

// refuseLocked refuses updates of published branches that change a file that somebody
// else has locked. The merge of a contribution is not held up: its reviewers have
// decided. Nor is a mirror, which has what its upstream has.
func (c *pushCheck) refuseLocked(ctx context.Context) error {
	if c.Locks == nil || c.push.Accepts != 0 || c.push.Transport == "mirror" {
		return nil
	}
	var locks []*lfs.Lock
	for _, u := range c.push.Updates {
		branch := u.Branch()
		if u.Refused != "" || branch == "" || !c.settings.Published(branch) || u.Old.IsZero() || u.Deletes() || u.Old == u.New {
			continue
		}
		if locks == nil {
			var err error
			if locks, err = c.Locks.ByOthers(ctx, c.push.Repository.ID, c.push.Actor); err != nil || len(locks) == 0 {
				return err
			}
		}
		if err := c.refuseLockedIn(u, locks); err != nil {
			return err
		}
	}
	return nil
}

func (c *pushCheck) refuseLockedIn(u *gitserver.RefUpdate, locks []*lfs.Lock) error {
	before, err := c.objects.Tree(u.Old)
	if err != nil {
		return nil // not the true tip: it is refused when the refs are moved
	}
	after, err := c.objects.Tree(u.New)
	if err != nil {
		return err
	}
	changed := 0
	for _, l := range locks {
		if contentID(before, l.Path) == contentID(after, l.Path) {
			continue
		}
		if changed++; changed == 1 {
			u.Refused = fmt.Sprintf("%.200q is locked by %s", l.Path, l.Owner)
		}
		if changed <= maxLocked {
			fmt.Fprintf(c.out, "%.200q has been locked by %s since %s: ask for it to be unlocked, or, as an editor: git lfs unlock --force %[1]q\n",
				l.Path, l.Owner, l.Locked.Format(time.DateOnly))
		}
	}
	if changed > 1 {
		u.Refused = fmt.Sprintf("%d files are locked by others", changed)
	}
	return nil
}

// contentID identifies what is at a path; empty if there is nothing.
func contentID(tree fs.FS, path string) string {
	info, err := fs.Stat(tree, path)
	if err != nil {
		return ""
	}
	if blob, ok := info.Sys().(interface{ BlobID() string }); ok {
		return blob.BlobID()
	}
	return "unknown"
}
