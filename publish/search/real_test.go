package search_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
	"github.com/rhaptos/rhaptos/publish/search"
)

// found is a query with the page that a reader of the book would want first: its
// number, or its title if it has none. Where two are as good, either may come.
type found struct{ query, first string }

var realQueries = map[string][]found{
	"mdbook-rust-book": {
		{"ownership", "4|4.1"},
		{"borrow checker", "10.3"},
		{"lifetime annotations", "10.3"},
		{"HashMap", "8.3"},
		{"hash maps", "8.3"},
		{"std::collections", "8.3"},
		{"closures", "13.1"},
		{"closure", "13.1"},
		{"unsafe", "20.1"},
		{`"smart pointers"`, "15"},
		{"install rust", "1.1"},
		{"Rc<T>", "15.4"},
		{"RefCell<T>", "15.5"},
		{"reference cycles", "15.6"},
		{"pattern syntax", "19.3"},
		{"cargo workspaces", "14.3"},
		{"mutex", "16.3"},
		{"guessing game", "2"},
		{"async await", "17|17.1"},
		{"slice type", "4.3"},
	},
	"osbooks-introductory-statistics-bundle": {
		{"central limit theorem", "7.1|7.2|7.3|7.4"},
		{"box plots", "2.4"},
		{"outliers", "12.6"},
		{"poisson", "4.4|4.6"},
		{"chi-square", "11.1"},
		{"geometric mean", "2.5"},
		{"null hypothesis", "9.1"},
		{"stem-and-leaf", "2.1"},
		{"linear regression equation", "12.3|13.4"},
		{"type I and type II errors", "9.2"},
		{"goodness of fit", "11.2|11.3|11.7"},
		{"venn diagrams", "3.4|3.5"},
		{"exponential distribution", "5.3"},
	},
	"osbooks-introduction-python-programming": {
		{"dictionary", "10.1"},
		{"for loop", "5.2"},
		{"list comprehension", "9.5"},
		{"recursion", "12.1"},
		{"multiple inheritance", "13.5"},
		{"f-string", "3.2"},
		{"handling exceptions", "14.4"},
		{"tuples", "3.5"},
		{"nested loops", "5.3"},
		{"boolean", "4.1"},
		{"__init__", "11.2|11.3|13.2|13.3"},
		{"calc_distance", "6.4"},
		{"instance methods", "11.3"},
		{"lambda", "1.3"},
		{"numpy", "15.2"},
	},
	"osbooks-physics": {
		{"newton's second law", "4.3"},
		{"momentum", "8.1|8.2"},
		{"kinetic energy", "9.2|9.1"},
		{"refraction", "16.2"},
		{"special relativity", "10.1"},
		{"ohm's law", "19.1"},
		{"photoelectric effect", "21.2"},
		{"entropy", "12.3"},
		{"projectile motion", "5.3"},
		{`"free fall"`, "3.2|5.3"},
		{"half life", "22.3"},
		{"H2O", "A"},
		{"coulombs law", "18.2"},
	},
}

// Readers find what they look for on the first line.
func TestRealBooks(t *testing.T) {
	s := newShelf(t)
	total, wrong := 0, 0
	for name, queries := range realQueries {
		s.publish(name, "", name, realTree(t, name))
		in := s.latest(name)
		for _, q := range queries {
			total++
			r := s.find(q.query, in...)
			if len(r.Hits) > 0 && slices.Contains(strings.Split(q.first, "|"), r.Hits[0].Number) {
				continue
			}
			wrong++
			var got []string
			for _, h := range r.Hits[:min(len(r.Hits), 4)] {
				got = append(got, h.Number+" "+h.Title)
			}
			t.Errorf("%s: %s: want %s first, found %s", name, q.query, q.first, strings.Join(got, "; "))
		}
	}
	t.Logf("%d of %d queries have the wanted page first", total-wrong, total)
}

// Both databases find the same pages in the same order: all that match, not the first
// ones only.
func TestDatabasesAgree(t *testing.T) {
	databasetest.Only(t, database.PostgreSQL, "it compares both")
	lite := newShelfOn(t, databasetest.NewOn(t, database.SQLite).Open(t))
	postgres := newShelf(t)
	compared, hits := 0, 0
	for name, queries := range realQueries {
		var in [2][]blobstore.Digest
		for i, s := range []*shelf{lite, postgres} {
			s.publish(name, "", name, realTree(t, name))
			in[i] = s.latest(name)
		}
		for _, q := range queries {
			for _, query := range []string{q.query, q.query + "*", q.query + " the", q.query + " -example", "\"" + q.query + "\""} {
				want, got := lite.find(query, in[0]...), postgres.find(query, in[1]...)
				compared++
				hits += len(want.Hits)
				if want.Total != got.Total {
					t.Errorf("%s: %s: %d hits in SQLite, %d in PostgreSQL", name, query, want.Total, got.Total)
				}
				for i := range want.Hits {
					if i < len(got.Hits) && want.Hits[i].Slug != got.Hits[i].Slug {
						t.Errorf("%s: %s: hit %d is %s in SQLite, %s in PostgreSQL", name, query, i+1, want.Hits[i].Slug, got.Hits[i].Slug)
						break
					}
				}
			}
		}
	}
	t.Logf("%d queries with %d hits compared", compared, hits)
}

// shown is an excerpt with what was found in brackets.
func shown(e search.Excerpt) string {
	var b strings.Builder
	for _, f := range e.Fragments {
		if f.Match {
			b.WriteString("[" + f.Text + "]")
		} else {
			b.WriteString(f.Text)
		}
	}
	return b.String()
}
