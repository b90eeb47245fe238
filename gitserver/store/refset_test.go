package store

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
)

// The set agrees with a plain look at all names.
func FuzzRefSet(f *testing.F) {
	f.Add("+a/b +a -a/b +a")
	f.Add("+a +a/b/c -a +a/b/c +a/b")
	f.Fuzz(func(t *testing.T, script string) {
		set, plain := newRefSet(nil), map[string]bool{}
		target := plumbing.NewHash(strings.Repeat("1", 40))
		for _, step := range strings.Fields(script) {
			name := "refs/heads/" + strings.Trim(step[1:], "/")
			if step[0] == '-' {
				set.remove(name)
				delete(plain, name)
				continue
			}
			want := plain[name]
			for other := range plain {
				want = want || strings.HasPrefix(other, name+"/") || strings.HasPrefix(name, other+"/")
			}
			why := set.refuses(&gitserver.RefUpdate{Name: name, New: target})
			if (why != "") != want {
				t.Fatalf("%q: %s: %q, want refused: %v", script, name, why, want)
			}
			if why == "" {
				set.set(name, target)
				plain[name] = true
			}
		}
		if len(plain) == 0 && len(set.folders) != 0 {
			t.Errorf("%q leaves folders %v", script, set.folders)
		}
	})
}

func TestRefSetIsBounded(t *testing.T) {
	target := plumbing.NewHash(strings.Repeat("1", 40))
	set := newRefSet(nil)
	for i := range maxRefs {
		set.set(fmt.Sprintf("refs/heads/x%d", i), target)
	}
	if why := set.refuses(&gitserver.RefUpdate{Name: "refs/heads/one-more", New: target}); !strings.Contains(why, "at most 200000 refs") {
		t.Errorf("%q", why)
	}
	set.remove("refs/heads/x1")
	if why := set.refuses(&gitserver.RefUpdate{Name: "refs/heads/one-more", New: target}); why != "" {
		t.Errorf("after one was deleted: %q", why)
	}
}
