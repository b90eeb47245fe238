package contribution

import (
	"context"
	"strconv"
	"time"
)

// Contribution is a change that is proposed to a branch.
type Contribution struct {
	Number      int64     `json:"number"`
	URL         string    `json:"url,omitempty"` // of its page; a command on the machine does not know it
	State       string    `json:"state"`         // "open", "accepted" or "closed"
	Branch      string    `json:"branch"`
	Author      string    `json:"author"`
	Topic       string    `json:"topic,omitempty"`
	Title       string    `json:"title"`
	Description string    `json:"description,omitempty"`
	Version     int64     `json:"version"`
	Head        string    `json:"head"`             // commit
	Merged      string    `json:"merged,omitempty"` // the commit of the branch that accepted it
	ChangedBy   string    `json:"changed_by,omitempty"`
	Created     time.Time `json:"created"`
	Updated     time.Time `json:"updated"`
}

// Details is all that is known of a contribution.
type Details struct {
	Contribution
	Deleted   bool      `json:"branch_deleted"`
	Moved     bool      `json:"branch_moved"` // since the latest version
	Conflicts []string  `json:"conflicts"`    // with the branch as it is now; of an open one
	Approvals []string  `json:"approvals"`    // accounts that approve of the latest version
	Against   []string  `json:"against"`      // accounts that ask for changes
	Versions  []Version `json:"versions"`     // the first one first
	Reviews   []Review  `json:"reviews"`
	Books     []Book    `json:"books"` // of the latest version
}

// Version is what was pushed to a contribution once.
type Version struct {
	Version int64     `json:"version"`
	Head    string    `json:"head"`
	Base    string    `json:"base"` // merge base with the branch
	Tip     string    `json:"tip"`  // of the branch at that time
	Push    string    `json:"push"` // id
	At      time.Time `json:"at"`
}

// Review is an opinion or a remark on a version.
type Review struct {
	ID      string    `json:"id"`
	Version int64     `json:"version"`
	Author  string    `json:"author"`
	At      time.Time `json:"at"`
	Verdict string    `json:"verdict,omitempty"` // "approve" or "request-changes"
	Text    string    `json:"text,omitempty"`
	Path    string    `json:"path,omitempty"`
	Line    int       `json:"line,omitempty"` // 0: the review is about the whole file
	Quote   string    `json:"quote,omitempty"`

	// Of a review of an earlier version: where the latest one has what it is about.
	Now      *Place `json:"now,omitempty"`
	Outdated bool   `json:"outdated,omitempty"` // it is not there any more
}

// Place is a line of a file.
type Place struct {
	Path string `json:"path"`
	Line int    `json:"line,omitempty"` // 0: the whole file
}

// String is the place in one word: "src/moon.md:3".
func (p Place) String() string {
	if p.Line == 0 {
		return p.Path
	}
	return p.Path + ":" + strconv.Itoa(p.Line)
}

// Book is a book of the latest version that can be read.
type Book struct {
	Slug    string `json:"slug"`
	Title   string `json:"title"`
	URL     string `json:"url"`
	Changes string `json:"changes,omitempty"` // since the merge base
	Since   string `json:"changes_since_previous,omitempty"`
}

// Source finds contributions.
type Source interface {
	// Contributions returns up to n contributions, newest first: those with numbers
	// below before, or the latest ones if that is 0.
	Contributions(ctx context.Context, repositoryID string, before int64, n int) ([]*Contribution, error)

	// Contribution returns a contribution without its books and addresses. If there is
	// none the error matches resource.ErrNotFound.
	Contribution(ctx context.Context, repositoryID string, number int64) (*Details, error)
}
