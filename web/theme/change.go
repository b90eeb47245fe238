package theme

import (
	"html/template"
	"io"

	"github.com/rhaptos/rhaptos/publish/release"
)

// ChangesView lists what has changed between two editions of a book.
type ChangesView struct {
	Frame
	Book     release.Book // as it is in the new edition
	Old, New Link         // Text is the number or the branch
	Pages    []ChangedPage
	Same     int // unchanged pages
	Headings []ChangedHeading
	Media    []ChangedMedium
}

// ChangedPage is a page that differs. Fields that have not changed are zero.
type ChangedPage struct {
	Change      string        // "added", "removed" or "changed"
	URL         string        // of the page with marks
	Number      string        // of the new edition, or of the old one if the page is gone
	Title       template.HTML // phrasing content from the manifest
	OldNumber   string
	OldTitle    template.HTML
	Retitled    bool
	Moved       bool // to another place in the order
	OnlyNumbers bool // assigned by the structure of the book
	Added       int  // words
	Removed     int
	Shifted     int // moved blocks
	Images      bool
	TooLarge    bool // cannot be compared
	Uncompared  bool // not compared because too many others changed
}

// ChangedHeading is a heading in the contents.
type ChangedHeading struct {
	Added bool // false: removed
	Text  string
}

// ChangedMedium is a file that differs; an address is empty if the edition has
// no such file.
type ChangedMedium struct {
	Name     string
	Old, New string
	Image    bool // can be shown
}

// ChangeView is a page of the new edition with marks around what has changed.
type ChangeView struct {
	Frame
	Book           release.Book
	Old, New       Link   // the editions; the address is that of the page in it, and may be empty
	Changes        string // address of the list
	Page           ChangedPage
	Previous, Next *ChangedPage  // pages that have changed; may be nil
	Article        template.HTML // from publish/compare
	Count          int           // of marked changes
	First          string        // id of the first one
	Coarse         bool          // some marks may be on unchanged text
	TooLarge       bool          // Article is empty
}

// Changes writes the list of what has changed.
func (t *Theme) Changes(w io.Writer, v *ChangesView) error {
	title := v.Book.Title + ": " + v.Old.Text + " → " + v.New.Text
	return t.show(w, "changes", title, v.Frame, v)
}

// Change writes a page with marks. Its language is the book's.
func (t *Theme) Change(w io.Writer, v *ChangeView) error {
	title := v.Book.Title + ": " + v.Old.Text + " → " + v.New.Text
	return t.show(w, "change", title, v.Frame, v)
}
