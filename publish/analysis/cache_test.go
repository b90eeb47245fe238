package analysis

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func open(t testing.TB, dir, version string, size int) *Dir {
	t.Helper()
	d, err := Open(dir, version, size, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// Both kinds pass the same tests.
func TestCache(t *testing.T) {
	for name, make := range map[string]func(t *testing.T, size int) Cache{
		"memory": func(_ *testing.T, size int) Cache { return NewMemory(size) },
		"folder": func(t *testing.T, size int) Cache { return open(t, t.TempDir(), "v", size) },
	} {
		t.Run(name+"/keeps", func(t *testing.T) {
			f := make(t, 1<<20)
			f.Put("a", []byte("1"))
			f.Put("b", nil)
			f.Put("a", []byte("1"))
			a, okA := f.Get("a")
			b, okB := f.Get("b")
			_, okC := f.Get("c")
			if string(a) != "1" || !okA || len(b) != 0 || !okB || okC {
				t.Errorf("%q %t, %q %t, %t", a, okA, b, okB, okC)
			}
		})
		t.Run(name+"/forgets what is not asked for", func(t *testing.T) {
			f := make(t, 10_000)
			for i := range 1000 {
				f.Put(fmt.Sprint("key", i), bytes.Repeat([]byte{'x'}, 30))
				if _, ok := f.Get("key0"); !ok {
					t.Fatalf("what is always asked for was forgotten after %d", i)
				}
			}
			if _, ok := f.Get("key1"); ok {
				t.Error("nothing was forgotten")
			}
			if _, ok := f.Get("key999"); !ok {
				t.Error("the newest was forgotten")
			}
			if size, n := f.(interface{ Size() (int, int) }).Size(); size > 10_000 || n < 20 {
				t.Errorf("%d bytes in %d entries", size, n)
			}
		})
		t.Run(name+"/takes nothing too large", func(t *testing.T) {
			f := make(t, 1000)
			f.Put("small", []byte("1"))
			f.Put("large", bytes.Repeat([]byte{'x'}, 600))
			if _, ok := f.Get("large"); ok {
				t.Error("it was kept")
			}
			if _, ok := f.Get("small"); !ok {
				t.Error("it drove out others")
			}
		})
		t.Run(name+"/many at a time", func(t *testing.T) {
			f := make(t, 20_000)
			var group sync.WaitGroup
			for worker := range 4 {
				group.Go(func() {
					for i := range 500 {
						key := fmt.Sprint(i % 150)
						if v, ok := f.Get(key); ok && string(v) != strings.Repeat(key, 20) {
							t.Errorf("%d: %s has %q", worker, key, v)
						}
						f.Put(key, []byte(strings.Repeat(key, 20)))
					}
				})
			}
			group.Wait()
		})
	}
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir, "v1", 10_000)
	for i := range 1000 {
		first.Put(fmt.Sprint("key", i), []byte(fmt.Sprint("value", i)))
	}
	size, entries := first.Size()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := open(t, dir, "v1", 10_000)
	if s, n := second.Size(); s != size || n != entries {
		t.Errorf("%d bytes in %d entries, before the restart %d in %d", s, n, size, entries)
	}
	if v, ok := second.Get("key999"); string(v) != "value999" || !ok {
		t.Errorf("%q, %t", v, ok)
	}
	second.Put("another", []byte("x"))
	second.Close()
	if v, ok := open(t, dir, "v1", 10_000).Get("another"); string(v) != "x" || !ok {
		t.Errorf("after the second restart: %q, %t", v, ok)
	}
	if _, n := open(t, dir, "v2", 10_000).Size(); n != 0 {
		t.Errorf("%d entries of another version", n)
	}
	var onDisk int64
	for _, name := range []string{youngName, oldName} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil {
			onDisk += info.Size()
		}
	}
	if onDisk > 10_000 {
		t.Errorf("%d bytes in the folder", onDisk)
	}
}

// TestTorn cuts and damages the file at every place: what was whole before it
// is kept, nothing else is taken, and the file can be used again.
func TestTorn(t *testing.T) {
	dir := t.TempDir()
	whole := open(t, dir, "v", 10_000)
	for i := range 3 {
		whole.Put(fmt.Sprint("key", i), []byte(fmt.Sprint("value", i)))
	}
	whole.Close()
	data, err := os.ReadFile(filepath.Join(dir, youngName))
	if err != nil {
		t.Fatal(err)
	}
	for at := range data {
		damaged := bytes.Clone(data)
		damaged[at] ^= 0x40
		for _, content := range [][]byte{data[:at], damaged} {
			if err := os.WriteFile(filepath.Join(dir, youngName), content, 0o600); err != nil {
				t.Fatal(err)
			}
			d := open(t, dir, "v", 10_000)
			for i := range 3 {
				if v, ok := d.Get(fmt.Sprint("key", i)); ok && string(v) != fmt.Sprint("value", i) {
					t.Fatalf("damaged at %d: key%d has %q", at, i, v)
				}
			}
			d.Put("new", []byte("x"))
			d.Close()
			again := open(t, dir, "v", 10_000)
			if v, ok := again.Get("new"); string(v) != "x" || !ok {
				t.Fatalf("damaged at %d: what was put afterwards is %q, %t", at, v, ok)
			}
			again.Close()
		}
	}
}

// A folder that cannot be written any more costs the next start its warmth.
func TestFault(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "analysis")
	d := open(t, dir, "v", 10_000)
	if err := d.file.Close(); err != nil {
		t.Fatal(err)
	}
	for i := range 500 {
		d.Put(fmt.Sprint("key", i), []byte("value"))
	}
	if v, ok := d.Get("key499"); string(v) != "value" || !ok {
		t.Errorf("%q, %t", v, ok)
	}
	if _, err := Open(filepath.Join(dir, youngName), "v", 10_000, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a file was opened as a folder")
	}
}
