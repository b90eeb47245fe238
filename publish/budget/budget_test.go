package budget

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"
)

// burn uses processor time until the channel is closed, or so much of it.
func burn(t *testing.T, f *file, most time.Duration, until <-chan struct{}) {
	t.Helper()
	for f.used() < most {
		select {
		case <-until:
			return
		default:
		}
	}
}

// begun returns the one file that is being parsed.
func (g *Governor) begun() *file {
	g.mu.Lock()
	defer g.mu.Unlock()
	for f := range g.files {
		return f
	}
	return nil
}

// A file that takes too long is given up while it is still being parsed, by processor
// time and not by the clock.
func TestTimeOfAFile(t *testing.T) {
	g := New(Limits{FileTime: 300 * time.Millisecond})
	tree := g.Tree(t.Context(), fstest.MapFS{})
	defer tree.Close()
	end, err := tree.Begin("a.md", 1)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond) // which is no work
	if err := tree.Err(); err != nil {
		t.Errorf("given up for waiting: %v", err)
	}
	burn(t, g.begun(), 10*time.Second, tree.Exceeded())
	if err := tree.Err(); err == nil || err.File != "a.md" || err.What != "checking a.md took more than 300ms of processor time" {
		t.Errorf("got %v", err)
	}
	end()
	if _, err := tree.Begin("b.md", 1); err == nil {
		t.Error("another file of the tree is parsed")
	}
	other := g.Tree(t.Context(), fstest.MapFS{})
	defer other.Close()
	end, err = other.Begin("b.md", 1)
	if err != nil {
		t.Fatalf("another tree: %v", err)
	}
	end()
}

// Many files that each take little are too much together.
func TestTimeOfATree(t *testing.T) {
	g := New(Limits{TreeTime: 200 * time.Millisecond})
	tree := g.Tree(t.Context(), fstest.MapFS{})
	defer tree.Close()
	for i := range 100 {
		end, err := tree.Begin("a.md", 1)
		if err != nil {
			if i < 3 || tree.Err() == nil || !strings.Contains(err.Error(), "checking the tree took more than 200ms of processor time; the last file was a.md") {
				t.Errorf("after %d files: %v", i, err)
			}
			return
		}
		burn(t, g.begun(), 20*time.Millisecond, nil)
		end()
	}
	t.Error("a hundred files were parsed")
}

// However many trees are checked, their files together take no more memory than there
// is for that; a file that needs more than all of it is parsed alone.
func TestMemoryAtATime(t *testing.T) {
	g := New(Limits{Parsing: 100})
	var now, most atomic.Int64
	var wg sync.WaitGroup
	for i := range 8 {
		tree := g.Tree(t.Context(), fstest.MapFS{})
		defer tree.Close()
		for _, memory := range []int64{30, 100, 1000, 0, 60} {
			wg.Go(func() {
				end, err := tree.Begin("a.md", memory)
				if err != nil {
					t.Errorf("%d: %v", i, err)
					return
				}
				defer end()
				takes := min(memory, 100)
				sum := now.Add(takes)
				for old := most.Load(); sum > old && !most.CompareAndSwap(old, sum); old = most.Load() {
				}
				time.Sleep(2 * time.Millisecond)
				now.Add(-takes)
			})
		}
	}
	wg.Wait()
	if most.Load() > 100 {
		t.Errorf("%d bytes were taken at a time", most.Load())
	}
}

// Whoever waits for a turn stops with its context.
func TestWaitingEnds(t *testing.T) {
	g := New(Limits{Parsing: 1})
	first := g.Tree(t.Context(), fstest.MapFS{})
	defer first.Close()
	end, err := first.Begin("a.md", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	second := g.Tree(ctx, fstest.MapFS{})
	defer second.Close()
	if _, err := second.Begin("b.md", 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

type values map[string][]byte

func (v values) Get(key string) ([]byte, bool) { b, ok := v[key]; return b, ok }
func (v values) Put(key string, value []byte)  { v[key] = value }

// The same file at many paths is known once and counted each time.
func TestAnalysis(t *testing.T) {
	g := New(Limits{Analysis: 1 << 20})
	tree := g.Tree(t.Context(), fstest.MapFS{})
	defer tree.Close()
	cache := tree.Cache(values{})
	cache.Put("page:1", make([]byte, 100<<10))
	for range 9 {
		if _, ok := cache.Get("page:1"); !ok {
			t.Fatal("given up too early")
		}
	}
	if _, ok := cache.Get("page:1"); ok {
		t.Error("not given up")
	}
	if err := tree.Err(); err == nil || err.What != "what is known about the files of the tree takes more than 1 MiB" {
		t.Errorf("got %v", err)
	}
}

// When memory runs out, the tree with the largest files is given up, and no other.
func TestMemoryRunsOut(t *testing.T) {
	g := New(Limits{Memory: 1})
	small, large := g.Tree(t.Context(), fstest.MapFS{}), g.Tree(t.Context(), fstest.MapFS{})
	defer small.Close()
	defer large.Close()
	var wg sync.WaitGroup
	begin := func(tree *Tree, name string, memory int64) {
		wg.Go(func() {
			end, err := tree.Begin(name, memory)
			if err != nil {
				t.Error(err)
				return
			}
			defer end()
			<-large.Exceeded()
		})
	}
	begin(small, "small.md", 1000)
	begin(large, "large.md", 1_000_000)
	wg.Wait()
	if err := large.Err(); err == nil || err.File != "large.md" || !strings.HasPrefix(err.What, "checking large.md took more memory than there is") {
		t.Errorf("got %v", err)
	}
}

// After the check the tree can be read for as long as it takes.
func TestClosedTree(t *testing.T) {
	g := New(Limits{FileTime: time.Nanosecond, Parsing: 10})
	tree := g.Tree(t.Context(), fstest.MapFS{"a.md": {Data: []byte("text")}})
	tree.Close()
	for range 3 {
		end, err := tree.Begin("a.md", 5)
		if err != nil {
			t.Fatal(err)
		}
		burn(t, g.begun(), time.Millisecond, nil)
		end()
	}
	if text, err := tree.ReadFile("a.md"); err != nil || string(text) != "text" || tree.Err() != nil {
		t.Errorf("%q, %v, %v", text, err, tree.Err())
	}
}

func BenchmarkBegin(b *testing.B) {
	tree := New(Limits{}).Tree(b.Context(), fstest.MapFS{})
	defer tree.Close()
	for b.Loop() {
		end, err := tree.Begin("a.md", 1)
		if err != nil {
			b.Fatal(err)
		}
		end()
	}
}
