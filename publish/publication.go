package publish

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rhaptos/rhaptos/publish/address"
)

// Kind is one of Release and Draft.
type Kind string

// The kinds of a publication.
const (
	Release Kind = "release" // creates a release of every book that has changed
	Draft   Kind = "draft"   // replaces the drafts of a branch
)

// State is the state of a publication.
type State string

// The states of a publication. It begins as Pending and changes once.
const (
	Pending    State = "pending"
	Published  State = "published"
	Failed     State = "failed"
	Superseded State = "superseded" // a draft that a newer one of its branch made needless
)

// Publication is one commit to be published as releases or drafts.
type Publication struct {
	RepositoryID string
	Number       int64  // counts up from 1 in the repository; given by Request
	Ref          string // full name
	Commit       string // hexadecimal object id; empty when a draft's branch was deleted
	Kind         Kind
	PushID       string         // empty if no push led to it but a trigger or the command line
	Base         string         // a commit whose errors do not keep this one from being released; may be empty
	Hops         int            // triggers and webhooks in a row that led to it
	Actor        string         // the account that requested it; empty: a trigger, or the operator
	Request      ReleaseRequest // of a release publication
}

// Branch returns the short name of the branch, and the full name of a ref of a
// contribution, whose drafts are kept like those of a branch of that name: no branch
// can have it. It is empty for any other ref.
func (p *Publication) Branch() string {
	name, ok := strings.CutPrefix(p.Ref, "refs/heads/")
	if !ok && !address.IsContribution(p.Ref) {
		return ""
	}
	return name
}

func (p *Publication) check() error {
	switch {
	case p.Kind != Release && p.Kind != Draft:
		return fmt.Errorf("publication of kind %q, must be %s or %s", p.Kind, Release, Draft)
	case p.Kind == Release && p.Commit == "":
		return errors.New("a release must have a commit")
	case p.Kind == Draft && p.Branch() == "":
		return fmt.Errorf("%q is not a branch: drafts are made of branches only", p.Ref)
	case p.Kind == Draft && (len(p.Request.Numbers) > 0 || !p.Request.At.IsZero()):
		return errors.New("a draft has neither number nor time")
	}
	return nil
}
