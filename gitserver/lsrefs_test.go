package gitserver

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/uploadpack"
)

// Whatever the prefixes, the refs that are found are those that a plain search
// finds, once and in order.
func TestPrefixesFindWhatASearchFinds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		b := make([]byte, r.IntN(4))
		for i := range b {
			b[i] = "ab/\xff"[r.IntN(4)]
		}
		return string(b)
	}
	for range 2000 {
		names := map[string]bool{}
		for range r.IntN(30) {
			names[word()] = true
		}
		var refs []Ref
		for name := range names {
			refs = append(refs, Ref{Name: name})
		}
		slices.SortFunc(refs, func(a, b Ref) int { return strings.Compare(a.Name, b.Name) })
		prefixes := make([]string, r.IntN(6))
		for i := range prefixes {
			prefixes[i] = word()
		}
		var want, got []string
		for _, ref := range refs {
			if len(prefixes) == 0 || slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(ref.Name, p) }) {
				want = append(want, ref.Name)
			}
		}
		for _, p := range disjoint(slices.Clone(prefixes)) {
			for _, ref := range below(refs, p) {
				got = append(got, ref.Name)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("prefixes %q of %v: found %q, want %q", prefixes, refs, got, want)
		}
	}
}

// U5: of 50,000 refs a client gets those that it asks for, and each once however
// often it asks.
func TestManyRefs(t *testing.T) {
	refs := make([]Ref, 50_000)
	for i := range refs {
		refs[i] = Ref{Name: fmt.Sprintf("refs/tags/v%05d", i), Target: plumbing.NewHash(fmt.Sprintf("%040x", i+1))}
	}
	s := &Server{config: Config{Storage: &snapshot{refs: refs}}}
	ask := func(c *uploadpack.LsRefs) string {
		t.Helper()
		var b strings.Builder
		if err := s.lsRefs(t.Context(), &Fetch{Repository: &Repository{}}, c, &b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if got := len(ask(&uploadpack.LsRefs{Prefixes: []string{"refs/heads/", "refs/tags/v0004"}})); got > 1000 {
		t.Errorf("%d bytes for ten refs", got)
	}
	prefixes := make([]string, 60_000)
	for i := range prefixes {
		prefixes[i] = []string{"", "refs/", "refs/tags/", "r"}[i%4]
	}
	if got, want := ask(&uploadpack.LsRefs{Prefixes: prefixes}), ask(&uploadpack.LsRefs{}); got != want {
		t.Errorf("%d bytes for all refs, want %d", len(got), len(want))
	}
}

// snapshot is a storage that has nothing but refs.
type snapshot struct {
	Storage
	refs []Ref
}

func (s *snapshot) Refs(context.Context, string) (*Repository, []Ref, error) {
	return &Repository{Head: "refs/heads/main"}, s.refs, nil
}
