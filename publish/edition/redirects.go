package edition

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/outline"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/settings"
)

// redirects returns the redirects of the edition, of the settings and of the
// book's own format. Each leads to a page: chains are followed, and a redirect
// that leads to no page is among the problems.
func (b *build) redirects(manifest *release.Manifest) []release.Redirect {
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
	wanted := map[string]settings.Redirect{}
	for _, moved := range b.book.Redirects {
		for _, from := range []string{moved.From, strings.TrimSuffix(moved.From, ".html"), outline.PathSlug(strings.TrimSuffix(moved.From, ".html"))} {
			wanted[from] = settings.Redirect{From: from, To: moved.To}
		}
	}
	for _, s := range b.settings.Redirects {
		if s.Book == "" || s.Book == b.book.Slug {
			wanted[s.From] = s
		}
	}
	var list []release.Redirect
	for from, s := range wanted {
		to, why := follow(wanted, pages, from)
		what := "leads to no page of " + b.book.Slug + "; write the slug of a page"
		if why == "redirect-loop" {
			what = "comes back to it; let one of them lead to a page"
		}
		switch {
		case why == "" && slugs[from] && s.Line > 0 && s.Book != "":
			b.report(s.Problem("redirect-over-page", fmt.Sprintf("%q is a page of the book and cannot lead elsewhere too; remove the [[redirect]]", from)))
		case why == "" && !slugs[from]:
			list = append(list, release.Redirect{From: from, To: to})
		case why != "" && s.Line > 0 && (s.Book != "" || len(b.lib.Books) == 1):
			b.report(s.Problem(why, fmt.Sprintf("%q is to lead to %q, which %s", from, s.To, what)))
		}
	}
	slices.SortFunc(list, func(a, b release.Redirect) int { return strings.Compare(a.From, b.From) })
	return list
}

// follow returns the slug of the page that an old address leads to in the end, or
// the rule that it breaks.
func follow(wanted map[string]settings.Redirect, pages map[string]string, from string) (slug, rule string) {
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
