package lru_test

import (
	"slices"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/lru"
)

func TestCache(t *testing.T) {
	c := lru.New[string, int](10)
	put := func(key string, value int, cost int64, want ...int) {
		t.Helper()
		if gone := c.Put(key, value, cost); !slices.Equal(gone, want) {
			t.Errorf("put %s: gone %v, want %v", key, gone, want)
		}
	}
	get := func(key string, want int, there bool) {
		t.Helper()
		if v, ok := c.Get(key); v != want || ok != there {
			t.Errorf("get %s: %d, %v", key, v, ok)
		}
	}
	put("a", 1, 4)
	put("b", 2, 4)
	get("a", 1, true)
	put("c", 3, 4, 2) // b was used before a
	get("b", 0, false)
	put("c", 4, 6, 3) // in its own place
	get("a", 1, true)
	put("d", 5, 11, 5) // never fits, and takes nobody's place
	get("a", 1, true)
	get("c", 4, true)
	put("e", 6, 10, 1, 4)
	if gone := c.Delete(func(k string, v int) bool { return k == "e" && v == 6 }); !slices.Equal(gone, []int{6}) {
		t.Errorf("deleted %v", gone)
	}
	get("e", 0, false)
	put("f", 7, 10)
	if v, ok := c.Remove("f"); v != 7 || !ok {
		t.Errorf("removed %d, %v", v, ok)
	}
	if _, ok := c.Remove("f"); ok {
		t.Error("removed twice")
	}
	put("g", 8, 10)
}
