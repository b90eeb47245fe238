package publish

import (
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/render"
)

// maxRedirects bounds the [[redirect]] of the settings.
const maxRedirects = 1000

// RedirectSetting is a [[redirect]] of the settings: an old address that is to
// lead to a page.
type RedirectSetting struct {
	Book string // its slug; empty: every book that has no page there
	From string // relative to the book
	To   string // a page's slug, or a module's id

	line int
}

func (r *settingsReader) redirects(s *Settings, value toml.Primitive) {
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
			s.Redirects = append(s.Redirects, RedirectSetting{t.Book, from, to, line})
		}
	}
}

// redirects are the old addresses of the edition, of its settings and of the
// book's own format. Each leads to a page: those that lead on are followed, and
// those that cannot be are among the problems.
func (m *maker) redirects(settings []RedirectSetting, manifest *release.Manifest) []release.Redirect {
	pages := map[string]string{} // slugs by themselves and by module
	slugs := map[string]bool{}
	manifest.Pages(func(e release.Entry) bool {
		slugs[e.Slug] = true
		return true
	})
	manifest.Pages(func(e release.Entry) bool {
		if e.Module != "" && !slugs[e.Module] {
			pages[e.Module] = e.Slug
		}
		pages[e.Slug] = e.Slug
		return true
	})
	wanted := map[string]RedirectSetting{}
	for _, moved := range m.book.Moved {
		for _, from := range []string{moved.From, strings.TrimSuffix(moved.From, ".html"), render.PathSlug(strings.TrimSuffix(moved.From, ".html"))} {
			wanted[from] = RedirectSetting{From: from, To: moved.To}
		}
	}
	for _, s := range settings {
		if s.Book == "" || s.Book == m.book.Slug {
			wanted[s.From] = s
		}
	}
	var list []release.Redirect
	for from, s := range wanted {
		to, why := follow(wanted, pages, from)
		what := "leads to no page of " + m.book.Slug + "; write the slug of a page"
		if why == "redirect-loop" {
			what = "comes back to it; let one of them lead to a page"
		}
		switch {
		case why == "" && slugs[from] && s.line > 0 && s.Book != "":
			m.report(settingsProblem(s.line, 1, "redirect-over-page", collection.Warning, fmt.Sprintf("%q is a page of the book and cannot lead elsewhere too; remove the [[redirect]]", from)))
		case why == "" && !slugs[from]:
			list = append(list, release.Redirect{From: from, To: to})
		case why != "" && s.line > 0 && (s.Book != "" || len(m.lib.Books) == 1):
			m.report(settingsProblem(s.line, 1, why, collection.Warning, fmt.Sprintf("%q is to lead to %q, which %s", from, s.To, what)))
		}
	}
	slices.SortFunc(list, func(a, b release.Redirect) int { return strings.Compare(a.From, b.From) })
	return list
}

// follow is the page that an old address leads to in the end, or the rule that
// is broken.
func follow(wanted map[string]RedirectSetting, pages map[string]string, from string) (slug, rule string) {
	at := from
	for range len(wanted) {
		at = wanted[at].To
		if slug, ok := pages[at]; ok {
			return slug, ""
		}
		if _, ok := wanted[at]; !ok {
			return "", "redirect-missing"
		}
	}
	return "", "redirect-loop"
}
