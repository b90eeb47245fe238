package gitserver

import (
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

func TestRefuseTwins(t *testing.T) {
	one := plumbing.NewHash(strings.Repeat("1", 40))
	refs := []Ref{{Name: "refs/heads/Draft"}, {Name: "refs/heads/fix/a"}, {Name: "refs/heads/main"}, {Name: "refs/tags/É"}, {Name: "refs/heads/\xff"}}
	for _, c := range []struct {
		names           []string // "-name" deletes
		refused, warned int
	}{
		{[]string{"refs/heads/other"}, 0, 0},
		{[]string{"refs/heads/draft"}, 1, 0},
		{[]string{"-refs/heads/Draft", "refs/heads/draft"}, 0, 0},
		{[]string{"refs/heads/draft/x"}, 1, 0},
		{[]string{"refs/heads/FIX"}, 1, 0},
		{[]string{"refs/heads/Fix/b"}, 0, 1},
		{[]string{"refs/heads/fix/A"}, 1, 0},
		{[]string{"refs/tags/é", "refs/heads/é"}, 1, 0},
		{[]string{"refs/tags/e\u0301"}, 1, 0},
		{[]string{"refs/heads/new", "refs/heads/NEW", "refs/heads/New"}, 2, 0},
		{[]string{"refs/heads/\xfe"}, 0, 0},
		{[]string{"refs/heads/ﬁx"}, 1, 0}, // a ligature folds to fi
	} {
		for _, mirror := range []bool{false, true} {
			var updates []*RefUpdate
			for _, name := range c.names {
				u := &RefUpdate{Name: name, New: one}
				if old, ok := strings.CutPrefix(name, "-"); ok {
					u = &RefUpdate{Name: old, Old: one}
				}
				updates = append(updates, u)
			}
			var said strings.Builder
			refuseTwins(&said, refs, updates, mirror)
			refused := 0
			for _, u := range updates {
				if u.Refused != "" {
					refused++
				}
			}
			wantRefused, wantWarned := c.refused, c.warned
			if mirror {
				wantRefused, wantWarned = 0, c.refused+c.warned
			}
			if warned := strings.Count(said.String(), "warning: "); refused != wantRefused || warned != wantWarned {
				t.Errorf("%q, mirror %v: %d refused, %d warned; want %d, %d", c.names, mirror, refused, warned, wantRefused, wantWarned)
			}
		}
	}
}
