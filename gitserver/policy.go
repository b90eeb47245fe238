package gitserver

import (
	"fmt"
	"strings"
)

// Policy has the settings of a repository about pushes.
type Policy struct {
	Published func(ref string) bool // whether a ref, by its full name, gets published
	Rewrite   Rewrite               // of published branches and of tags
	Signed    bool                  // pushes to published branches and tags must be signed
	Approvals int                   // that a contribution to a published branch needs; above 0 nothing else is pushed there
}

// Rewrite says what it takes to replace the history of a published branch, to
// delete one, or to move or delete a tag.
type Rewrite string

// The answers.
const (
	RewriteNever  Rewrite = "never"
	RewriteOption Rewrite = "option" // the push option "rewrite"
	RewriteAlways Rewrite = "always" // nothing but the right to push there
)

// RewriteIntent is the push option by which a pusher says that it is meant.
const RewriteIntent = "rewrite"

// refuses says why an update that replaces or deletes what was published is not
// made, or nothing. What names the change: "replaces the history of".
func (p Policy) refuses(u *RefUpdate, what string, options []string) string {
	switch p.Rewrite {
	case RewriteAlways:
		return ""
	case RewriteNever:
		return fmt.Sprintf("this %s %s, which never happens here", what, short(u.Name))
	}
	for _, o := range options {
		if o == RewriteIntent {
			return ""
		}
	}
	repeat := fmt.Sprintf("git push -o %s --force origin %s", RewriteIntent, short(u.Name))
	if u.Deletes() {
		repeat = fmt.Sprintf("git push -o %s --delete origin %s", RewriteIntent, short(u.Name))
	}
	return fmt.Sprintf("this %s %s; if you mean it: %s", what, short(u.Name), repeat)
}

// short is the name of a branch or tag as people write it, of another ref all of it.
func short(ref string) string {
	return strings.TrimPrefix(strings.TrimPrefix(ref, "refs/heads/"), "refs/tags/")
}
