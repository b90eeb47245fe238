package hooks

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/settings"
)

// tag is a tag of the push. The zero tag is for a ref that is none, or that is
// deleted.
type tag struct {
	commit        plumbing.Hash // behind it
	leadsToCommit bool
	lightweight   bool // it is not annotated
	named         bool // its name has the form of a release number
	number        publish.RequestedNumber
	historical    bool // its release exists, or it came together with others like it
}

// readTags finds out what the tags of the push lead to, by ref.
func (c *pushCheck) readTags(ctx context.Context) (map[string]tag, error) {
	tags := map[string]tag{}
	for _, u := range c.push.Updates {
		name, ok := strings.CutPrefix(u.Name, "refs/tags/")
		if !ok || u.Refused != "" || u.Deletes() {
			continue
		}
		t, err := c.readTag(ctx, u, name)
		if err != nil {
			return nil, err
		}
		tags[u.Name] = t
	}
	c.findHistory(tags)
	return tags, nil
}

func (c *pushCheck) readTag(ctx context.Context, u *gitserver.RefUpdate, name string) (tag, error) {
	commit, kind, err := c.objects.Peel(u.New)
	if err != nil {
		return tag{}, err
	}
	t := tag{commit: commit, leadsToCommit: kind == plumbing.CommitObject, lightweight: commit == u.New}
	t.number, t.named = publish.TagNumber(name)
	switch {
	case !t.named:
	case !t.leadsToCommit:
		u.Refused = fmt.Sprintf("%s names a release but points to a %s instead of a commit", name, kind)
	case t.lightweight:
		fmt.Fprintf(c.out, "%s is a lightweight tag, which has no author and no date, and makes no release. To make one: git tag -f -a %[1]s, and git push -o rewrite --force origin %[1]s\n", name)
	case c.settings.Publish == settings.Manually:
		fmt.Fprintf(c.out, "%s makes no release: by the settings, releases are made by hand.\n", name)
	case c.DB != nil:
		t.historical, err = release.BuiltFrom(ctx, c.DB, c.push.Repository.ID, t.number.Book, t.number.Number, t.commit.String())
		if err != nil {
			return tag{}, err
		}
		if t.historical {
			fmt.Fprintf(c.out, "%s names the existing release of this commit and makes no new one.\n", name)
		}
	}
	return t, nil
}

// findHistory marks tags that come together and name several numbers for the same
// books: they belong to a history that began elsewhere and request no release.
func (c *pushCheck) findHistory(tags map[string]tag) {
	if c.settings.Publish == settings.Manually {
		return
	}
	byBook := map[string][]string{}
	for _, u := range c.push.Updates {
		if t := tags[u.Name]; u.Refused == "" && t.named && !t.lightweight && !t.historical {
			byBook[t.number.Book] = append(byBook[t.number.Book], u.Name)
		}
	}
	for _, names := range byBook {
		if len(names) < 2 {
			continue
		}
		for _, name := range names {
			t := tags[name]
			t.historical = true
			tags[name] = t
		}
		fmt.Fprintf(c.out, "%d tags with release numbers were pushed together and are kept as history: they make no releases. To release one of them: rhaptos release publish %s TAG --number N\n",
			len(names), c.push.Repository.Path())
	}
}
