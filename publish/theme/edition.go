package theme

import (
	"fmt"
	"strings"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/messages"
)

// Edition is what the style sheet of an edition shows of it.
type Edition struct {
	Language string // BCP 47 of the book
	Draft    string // the branch; empty in a release
	Number   string // of the release
	Newest   bool   // whether there is a release that is newer, or any for a draft
}

// EditionStyle is the style sheet that an edition is published with: empty in a
// release, a banner above the page in a draft of the branch. The server sends that of
// [StyleOf] in its place, which knows of later releases.
func (t *Theme) EditionStyle(book *collection.Book, draft string) []byte {
	return StyleOf(Edition{Language: book.Language, Draft: draft})
}

// StyleOf returns the style sheet that the pages of an edition share and that no other
// edition has. It is empty for the latest release. A draft has a banner, a release that
// has a newer one too, and both show the link to the page in the latest release.
func StyleOf(e Edition) []byte {
	w := &messages.For(e.Language).Site
	var text string
	switch {
	case e.Draft != "":
		text = fmt.Sprintf("%s “%s”. %s", w.DraftOf, e.Draft, w.DraftNote)
	case e.Newest:
		text = fmt.Sprintf("%s %s. %s", w.Number, e.Number, w.NewerRelease)
	default:
		return nil
	}
	content := "{ content: " + cssString(text+" ") + "; }\n"
	if e.Newest {
		return []byte(".page > .newest { display: block; }\n.page > .newest::before " + content + banner("body.page:not(:has(> .newest))::before") + "body.page:not(:has(> .newest))::before " + content)
	}
	return []byte(banner("body.page::before") + "body.page::before " + content)
}

// banner returns the look of a banner above the page, for pages without the link, which
// earlier versions of the program wrote, and for drafts of books without a release.
func banner(selector string) string {
	return selector + ` {
  display: block; box-sizing: border-box; max-width: 66rem; margin-inline: auto; padding: 0.6rem 1.25rem;
  background: var(--alert); color: var(--alert-ink); font: 0.9375rem/1.5 var(--sans); overflow-wrap: anywhere;
}
`
}

// cssString writes a string for a style sheet (CSS Syntax, section 4.3.7):
// whatever might end it or the sheet is an escape.
func cssString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		if r < ' ' || r == 0x7F || strings.ContainsRune(`"\<>&`, r) {
			fmt.Fprintf(&b, `\%x `, r)
			continue
		}
		b.WriteRune(r)
	}
	b.WriteByte('"')
	return b.String()
}
