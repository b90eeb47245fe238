package theme

import (
	"github.com/rhaptos/rhaptos/publish/compare"
	"github.com/rhaptos/rhaptos/publish/messages"
)

// MarkWords returns the labels of marks in a compared page, in a language (a BCP
// 47 tag).
func MarkWords(language string) compare.Words {
	w := &messages.For(language).Site
	return compare.Words{Added: w.Added, Removed: w.Removed, Moved: w.MovedHere, Next: w.NextChange}
}
