package release

import "github.com/rhaptos/rhaptos/gitserver/plaintext"

// plain makes the titles and names plain: those of manifests from before sources were
// checked for hidden characters may not be.
func (m *Manifest) plain() {
	b := &m.Book
	for _, text := range []*string{&b.Title, &b.Language, &b.License, &b.Publisher, &b.Edition} {
		*text = plaintext.Text(*text)
	}
	for _, list := range [][]string{b.Authors, b.Cited} {
		for i := range list {
			list[i] = plaintext.Text(list[i])
		}
	}
	plainEntries(m.Contents)
}

func plainEntries(entries []Entry) {
	for i := range entries {
		e := &entries[i]
		e.Number, e.Title, e.Plain = plaintext.Text(e.Number), plaintext.Text(e.Title), plaintext.Text(e.Plain)
		plainEntries(e.Children)
	}
}
