package theme

import (
	"fmt"
	"io"
	"time"

	"github.com/rhaptos/rhaptos/publish/messages"
)

// ContributionsView lists changes that are proposed to a repository.
type ContributionsView struct {
	Frame
	Name          string // OWNER/REPO
	Contributions []ContributionLine
	Older         string // address of the page after this one; may be empty
	Newer         string // address of the page before this one; may be empty
}

// ContributionLine is a contribution in a list.
type ContributionLine struct {
	Number  int64
	URL     string
	Title   string
	Author  string
	Branch  string
	State   string // "open", "accepted" or "closed"
	Version int64
	Updated time.Time
}

// ContributionView shows a contribution.
type ContributionView struct {
	Frame
	ContributionLine
	Name        string // OWNER/REPO
	Description string
	ChangedBy   string // who closed, reopened or accepted it last; may be empty
	Open        bool
	Deleted     bool     // its branch is not there any more
	Moved       bool     // its branch has moved since the latest version
	Conflicts   []string // with its branch as it is now
	Approvals   []string
	Against     []string
	Fetch       string // command that fetches it; may be empty
	Books       []ContributionBook
	Versions    []ContributionVersion // the latest one first
	Reviews     []ContributionReview
}

// ContributionBook is a book in the latest version.
type ContributionBook struct {
	Link         // its draft
	Changes Link // since the merge base; the text is the name of the branch; may be empty
	Since   Link // since the version before, whose number is the text; may be empty
}

// ContributionVersion is a version of a contribution.
type ContributionVersion struct {
	Number int64
	At     time.Time
	Head   string // hexadecimal object id
	Push   string // address of the report of its push
}

// ContributionReview is a review of a version.
type ContributionReview struct {
	Author  string
	At      time.Time
	Version int64
	Verdict string // "approve", "request-changes" or empty
	Text    string
	Place   string // file, and line; may be empty
	Quote   string // the line; may be empty

	Now      string // where that is in the latest version, if elsewhere
	Outdated bool   // it is not in the latest version
}

// Contributions writes the list of a repository's contributions.
func (t *Theme) Contributions(w io.Writer, v *ContributionsView) error {
	return t.show(w, "contributions", messages.For(v.Language).Site.Contributions+" – "+v.Name, v.Frame, v)
}

// Contribution writes the page of one contribution.
func (t *Theme) Contribution(w io.Writer, v *ContributionView) error {
	title := fmt.Sprintf("%s – %s %d – %s", v.Title, messages.For(v.Language).Site.Contribution, v.Number, v.Name)
	return t.show(w, "contribution", title, v.Frame, v)
}
