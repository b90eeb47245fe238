package render

import "github.com/rhaptos/rhaptos/publish/outline"

// long is the number of entries from which a list is divided by letters.
const long = 40

// byLetters writes a sorted list in groups under the letters that they begin
// with, if it is long.
func byLetters[T any](r *renderer, c *outline.Collation, list []T, word func(*T) string, write func([]T)) {
	if len(list) < long {
		write(list)
		return
	}
	for group := 1; len(list) > 0; group++ {
		letter := c.Letter(word(&list[0]))
		n := 1
		for n < len(list) && c.Letter(word(&list[n])) == letter {
			n++
		}
		if letter == outline.NoLetter {
			letter = r.Messages.Page.Other
		}
		r.w.Element("section", []attr{{"class", "letter"}}, func() {
			end := r.heading([]attr{{"id", r.newID("letter-", group)}}, func() { r.w.Text(letter) })
			write(list[:n])
			end()
		})
		list = list[n:]
	}
}
