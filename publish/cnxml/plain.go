package cnxml

import "github.com/rhaptos/rhaptos/gitserver/plaintext"

// PlainTitle makes the texts in a title plain, and reports whether they were not.
func PlainTitle(title *Node) (changed bool) {
	if title == nil {
		return false
	}
	plain := plaintext.Text(title.Data)
	changed, title.Data = plain != title.Data, plain
	for _, n := range title.Children {
		if PlainTitle(n) {
			changed = true
		}
	}
	return changed
}
