package lfs

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// lock locks a path and returns the lock's id.
func (s *site) lock(t *testing.T, who, path string, status int) string {
	t.Helper()
	resp, text := s.do(t, who, "POST", "secret:locks", fmt.Sprintf(`{"path":%q,"ref":{"name":"refs/heads/main"}}`, path))
	var a lockAnswer
	if err := json.Unmarshal([]byte(text), &a); err != nil || resp.StatusCode != status || a.Lock == nil || a.Lock.Path != path {
		t.Fatalf("lock %s by %s: %d %s", path, who, resp.StatusCode, text)
	}
	return a.Lock.ID
}

func TestLocks(t *testing.T) {
	s := newSite(t, 0)
	id := s.lock(t, "author", "media/a b.psd", 201)
	for _, who := range []string{"author", "editor"} {
		if again := s.lock(t, who, "media/a b.psd", 409); again != id {
			t.Errorf("%s is told of lock %s, want %s", who, again, id)
		}
	}
	other := s.lock(t, "editor", "z.psd", 201)

	list := func(who, query string) string {
		t.Helper()
		resp, text := s.do(t, who, "GET", "secret:locks"+query, "")
		var a struct {
			Locks []lockJSON `json:"locks"`
			Next  string     `json:"next_cursor"`
		}
		if err := json.Unmarshal([]byte(text), &a); err != nil || resp.StatusCode != 200 {
			t.Fatalf("%d %s", resp.StatusCode, text)
		}
		said := ""
		for _, l := range a.Locks {
			said += l.Path + " of " + l.Owner.Name + "; "
		}
		if a.Next != "" {
			said += "more"
		}
		return said
	}
	for query, want := range map[string]string{
		"":                      "media/a b.psd of author; z.psd of editor; ",
		"?limit=1":              "media/a b.psd of author; more",
		"?path=z.psd":           "z.psd of editor; ",
		"?id=" + id:             "media/a b.psd of author; ",
		"?id=" + id + "&path=x": "",
	} {
		if got := list("reader", query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	_, text := s.do(t, "author", "POST", "secret:locks/verify", `{"ref":{"name":"refs/heads/main"}}`)
	var sides struct{ Ours, Theirs []lockJSON }
	if err := json.Unmarshal([]byte(text), &sides); err != nil || len(sides.Ours) != 1 || len(sides.Theirs) != 1 || sides.Ours[0].ID != id || sides.Theirs[0].ID != other {
		t.Errorf("verify: %s", text)
	}
	for _, c := range []struct {
		who, id, body string
		status        int
	}{
		{"author", other, `{}`, 403},
		{"author", other, `{"force":true}`, 403}, // not an editor
		{"editor", id, `{}`, 403},                // not by mistake
		{"reader", id, `{"force":true}`, 403},
		{"editor", id, `{"force":true}`, 200},
		{"editor", id, `{"force":true}`, 404},
		{"editor", other, `{}`, 200},
	} {
		if got := s.status(t, c.who, "POST", "secret:locks/"+c.id+"/unlock", c.body); got != c.status {
			t.Errorf("unlock by %s with %s: %d, want %d", c.who, c.body, got, c.status)
		}
	}
	if got := list("ann", ""); got != "" {
		t.Errorf("left: %s", got)
	}
}

// Pages have every lock once.
func TestLockPages(t *testing.T) {
	s := newSite(t, 0)
	want := 25
	for i := range want {
		s.lock(t, "ann", fmt.Sprintf("f/%c%02d", 'z'-rune(i%3), i), 201)
	}
	seen := map[string]bool{}
	cursor := ""
	for pages := 0; ; pages++ {
		_, text := s.do(t, "ann", "GET", "secret:locks?limit=4&cursor="+url.QueryEscape(cursor), "")
		var a struct {
			Locks []lockJSON `json:"locks"`
			Next  string     `json:"next_cursor"`
		}
		if err := json.Unmarshal([]byte(text), &a); err != nil || len(a.Locks) > 4 || pages > want {
			t.Fatalf("page %d: %s", pages, text)
		}
		for _, l := range a.Locks {
			if seen[l.ID] {
				t.Errorf("%s comes twice", l.Path)
			}
			seen[l.ID] = true
		}
		if cursor = a.Next; cursor == "" {
			break
		}
	}
	if len(seen) != want {
		t.Errorf("%d locks on the pages, want %d", len(seen), want)
	}
}

// Of those who lock a file at the same moment one gets it.
func TestLockInParallel(t *testing.T) {
	s := newSite(t, 0)
	var made atomic.Int64
	var wg sync.WaitGroup
	for i := range 8 {
		who := []string{"ann", "author", "editor"}[i%3]
		wg.Go(func() {
			resp, _ := s.do(t, who, "POST", "secret:locks", `{"path":"one"}`)
			switch resp.StatusCode {
			case 201:
				made.Add(1)
			case 409:
			default:
				t.Errorf("%s: %d", who, resp.StatusCode)
			}
		})
	}
	wg.Wait()
	if made.Load() != 1 {
		t.Errorf("%d locks of one file", made.Load())
	}
}

func TestLockable(t *testing.T) {
	for path, want := range map[string]bool{
		"a": true, "a/b.psd": true, "ä/ß": true, "": false, ".": false, "/a": false, "../a": false, "a//b": false,
		"a\x00": false, "a\n": false, strings.Repeat("a", 4097): false, "\xff": false,
	} {
		if lockable(path) != want {
			t.Errorf("%.20q: %v", path, !want)
		}
	}
}
