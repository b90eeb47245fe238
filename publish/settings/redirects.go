package settings

import (
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// maxRedirects bounds the [[redirect]] of the settings.
const maxRedirects = 1000

// Redirect leads from an old address to a page of the same book.
type Redirect struct {
	Book string // its slug; empty: every book that has no page there
	From string // relative to the book
	To   string // a page's slug, or a module's id

	Line int // of its [[redirect]]; 0: unknown
}

// Problem returns a warning at the place of the redirect.
func (r Redirect) Problem(rule, message string) collection.Problem {
	return problem(r.Line, 1, rule, collection.Warning, message)
}

func (r *reader) redirects(s *Settings, value toml.Primitive) {
	var tables []struct{ Book, From, To string }
	if !r.tables("redirect", value, &tables) {
		return
	}
	for i, t := range tables {
		line := r.header("redirect", i)
		from, to := strings.Trim(t.From, "/"), strings.Trim(t.To, "/")
		switch {
		case i == maxRedirects:
			r.at(line, "settings-value", collection.Error, fmt.Sprintf("there are more than %d [[redirect]]; remove some", maxRedirects))
			return
		case from == "" || to == "":
			r.at(line, "settings-value", collection.Error, `a [[redirect]] needs from and to, such as from = "old-page" and to = "new-page"`)
		case strings.Contains(to, "://"):
			r.at(line, "settings-value", collection.Error, fmt.Sprintf("a [[redirect]] leads to a page of the same book by its slug, not to %.60q", t.To))
		default:
			s.Redirects = append(s.Redirects, Redirect{t.Book, from, to, line})
		}
	}
}
