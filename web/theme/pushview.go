package theme

import (
	"html/template"
	"io"
	"time"

	"github.com/rhaptos/rhaptos/publish/messages"
)

// PushesView lists pushes of a repository.
type PushesView struct {
	Frame
	Name   string     // OWNER/REPO
	Pushes []PushLine // newest first
	Newer  string     // address of the page before this one; may be empty
	Older  string     // address of the page after this one; may be empty
}

// PushView shows a push and the problems in it.
type PushView struct {
	Frame
	Name      string // OWNER/REPO
	Actor     string
	Transport string // "http" or "ssh"
	At        time.Time
	Verdict   string // "accepted", "refused", ...
	Updates   []PushUpdate
	Omitted   int            // updates that are not listed
	Refs      []PushRef      // those whose content was checked
	Said      []string       // lines sent to the pusher
	Signature *PushSignature // nil: not signed

	Publications []PushPublication // that the push requested

	SignIn string // where to sign in to see the texts of what was refused; empty if they are here
}

// PushPublication is a publication that a push requested.
type PushPublication struct {
	Number   int64
	Kind     string // "release" or "draft"
	Ref      string
	State    string // "pending", "published", "failed", ...
	Failed   bool
	Report   []string // line by line
	Releases []Link   // that it led to and that can be read
}

// PushSignature is the verification of a signed push.
type PushSignature struct {
	Status string // "good", "unknown" or "bad"
	Signer string // fingerprint of the key; may be empty
	Nonce  string // "ok", "missing", "bad" or "expired"
}

// PushUpdate is the requested update of a ref.
type PushUpdate struct {
	Ref     string
	Old     string // hexadecimal object id; empty if the ref was new
	New     string // empty if the ref was deleted
	Refused string // the reason; empty if it was updated
}

// PushRef has the problems in the new content of a ref.
type PushRef struct {
	Name    string
	Refused string
	Counts  string // "2 errors, 1 warning"
	Before  int    // of the errors, those that existed before
	Books   []PushBook
	Files   []PushFile // the worst first
	Omitted int        // problems that are not listed
}

// PushBook is a book in the content of the ref.
type PushBook struct {
	Link
	Changes Link // what a draft changes since a release, whose number is the text; may be empty
}

// PushFile is a file with its problems.
type PushFile struct {
	Path     string
	Problems []PushProblem // the worst first
}

// PushProblem is one problem in a file.
type PushProblem struct {
	Line        int // 0 for the whole file
	Column      int
	Severity    string // "error", "warning", "note"
	Rule        Link   // URL may be empty
	Message     string
	Replacement string // suggested source text; may be empty
	Before      bool   // existed before
	Source      string // the line; may be empty
}

// DocumentView is a page of running text about the program itself.
type DocumentView struct {
	Frame
	Title string
	Body  template.HTML // flow content; its headings begin with h1
}

// Pushes writes the list of a repository's pushes.
func (t *Theme) Pushes(w io.Writer, v *PushesView) error {
	return t.show(w, "pushes", messages.For(v.Language).Site.Pushes+" – "+v.Name, v.Frame, v)
}

// Push writes the page of one push.
func (t *Theme) Push(w io.Writer, v *PushView) error {
	return t.show(w, "push", messages.For(v.Language).Site.Push+" – "+v.Name, v.Frame, v)
}

// Document writes a page of running text.
func (t *Theme) Document(w io.Writer, v *DocumentView) error {
	return t.show(w, "document", v.Title, v.Frame, v)
}
