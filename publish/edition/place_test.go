package edition

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/publish/release"
)

func page(slug string, children ...release.Entry) release.Entry {
	return release.Entry{Slug: slug, Title: strings.ToUpper(slug), Children: children}
}

func slugs(links []PageLink) string {
	var list []string
	for _, l := range links {
		list = append(list, l.Slug)
	}
	return strings.Join(list, " ")
}

func TestPlaces(t *testing.T) {
	found := places([]release.Entry{
		page("preface"),
		{Title: "Unit", Children: []release.Entry{{Title: "One", Number: "1", Children: []release.Entry{page("a"), page("b", page("b1"), page("b2"))}}}},
		{Title: "Empty"},
	})
	for slug, want := range map[string][3]string{ // above, top, near
		"preface": {"", "-", "preface a "},
		"a":       {"a a", "a", "a b"},
		"b":       {"a a", "b", "b1 b2"},
		"b1":      {"a a b", "b", "b1 b2"},
	} {
		p, ok := found[slug]
		if !ok || p.near == nil {
			t.Errorf("%s has no place", slug)
			continue
		}
		top := "-"
		if p.near.Top != nil {
			top = p.near.Top.Slug
		}
		if got := [3]string{slugs(p.above), top, slugs(p.near.Pages)}; got != want {
			t.Errorf("%s: %q, want %q", slug, got, want)
		}
	}
	if len(found) != 5 {
		t.Errorf("%d places, want 5", len(found))
	}
	if p := places([]release.Entry{page("only")})["only"]; p.near != nil {
		t.Errorf("a book of one page lists %+v", p.near)
	}
}

// A page among many lists those near it, so that its bytes have a bound.
func TestPlacesAmongMany(t *testing.T) {
	var all []release.Entry
	for i := range 1000 {
		all = append(all, page(fmt.Sprint("p", i)))
	}
	found := places(append([]release.Entry{page("top", all...)}, all...))
	for i, e := range all {
		near := found[e.Slug].near.Pages
		if len(near) != maxNear || !slices.ContainsFunc(near, func(l PageLink) bool { return l.Slug == e.Slug }) {
			t.Fatalf("page %d lists %d pages: %s", i, len(near), slugs(near))
		}
	}
	if n := len(found["top"].near.Pages); n != maxNear {
		t.Errorf("the page above them lists %d", n)
	}
}
