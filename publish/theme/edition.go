package theme

import (
	"fmt"
	"strings"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/messages"
)

// EditionStyle is the style sheet that the pages of an edition share and that
// no other edition has: empty in a release, a banner above the page in a draft
// of the branch.
func (t *Theme) EditionStyle(book *collection.Book, draft string) []byte {
	if draft == "" {
		return nil
	}
	w := &messages.For(book.Language).Site
	text := fmt.Sprintf("%s “%s”. %s", w.DraftOf, draft, w.DraftNote)
	return []byte(`body.page::before {
  content: ` + cssString(text) + `;
  display: block; box-sizing: border-box; max-width: 46rem; margin-inline: auto; padding: 0.6rem 1.25rem;
  background: var(--alert); color: var(--alert-ink); font: 0.9375rem/1.5 var(--sans); overflow-wrap: anywhere;
}
`)
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
