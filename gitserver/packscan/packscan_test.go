package packscan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/packscan/packscantest"
	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// copyAll scans a pack as if more came behind it, and returns its objects.
func copyAll(t testing.TB, pack []byte, limits Limits) ([]entry, Summary, error) {
	t.Helper()
	var out bytes.Buffer
	s := newScanner(&out, io.MultiReader(bytes.NewReader(pack), strings.NewReader("more")), limits)
	var entries []entry
	s.each = func(e entry) { entries = append(entries, e) }
	err := s.pack()
	s.summary.Size = s.in.offset()
	if err == nil && !bytes.Equal(append(out.Bytes(), s.summary.Trailer[:]...), pack[:s.summary.Size]) {
		t.Error("what was handed on is not what was read")
	}
	if whole := append(bytes.Clone(pack), "more"...); !bytes.HasPrefix(whole, out.Bytes()) {
		t.Error("what was handed on is not the beginning of what was read")
	}
	return entries, s.summary, err
}

func sample() []byte {
	var b packscantest.Builder
	at := b.Offset()
	blob := b.Object(plumbing.BlobObject, []byte(strings.Repeat("line\n", 50)))
	b.OfsDelta(at, packscantest.Delta(250, 203, packscantest.CopyFirst(200), packscantest.Insert([]byte("end"))))
	b.RefDelta(blob, packscantest.Delta(250, 104, packscantest.CopyFirst(100), packscantest.Insert([]byte("stop"))))
	empty := b.Object(plumbing.BlobObject, nil)
	b.RefDelta(empty, []byte{0x80, 0x80, 0x80, 0x80}) // git takes it, so it is no error here
	b.Commit(b.Tree(packscantest.Entry{Mode: "100644", Name: "a", ID: blob}))
	b.Object(plumbing.TagObject, []byte("object "+blob.String()+"\ntype blob\ntag t\ntagger a <a@example.org> 1 +0000\n\nt\n"))
	return b.Pack()
}

func TestCopy(t *testing.T) {
	pack := sample()
	entries, summary, err := copyAll(t, pack, Standard)
	if err != nil {
		t.Fatal(err)
	}
	if summary.Objects != 8 || summary.Deltas != 3 || summary.Size != int64(len(pack)) || len(entries) != 8 {
		t.Errorf("%+v", summary)
	}
	if e := entries[1]; e.kind != ofsDelta || e.base != 250 || e.result != 203 {
		t.Errorf("%+v", e)
	}
}

func TestCopyEmptyPack(t *testing.T) {
	pack := new(packscantest.Builder).Pack()
	if _, summary, err := copyAll(t, pack, Standard); err != nil || summary.Size != 32 {
		t.Errorf("%+v, %v", summary, err)
	}
}

func TestLimits(t *testing.T) {
	pack := sample()
	var long packscantest.Builder
	random := make([]byte, 200<<10)
	rand.NewChaCha8([32]byte{}).Read(random)
	long.Object(plumbing.BlobObject, random)
	var many packscantest.Builder
	for i := range 100 {
		many.Object(plumbing.BlobObject, append(make([]byte, 100<<10), byte(i)))
	}
	for name, tt := range map[string]struct {
		pack   []byte
		limits Limits
		want   string
	}{
		"objects":  {pack, Limits{1 << 20, 7, 1 << 20, 1 << 20, 1}, "it holds 8 objects, and at most 7 are taken"},
		"object":   {pack, Limits{1 << 20, 10, 249, 1 << 20, 1}, "object 1 at byte 12: it becomes 250 bytes large, and an object may have 249 bytes"},
		"result":   {pack, Limits{1 << 20, 10, 250, 452, 0}, "object 2 at byte"},
		"wire":     {long.Pack(), Limits{128 << 10, 10, 1 << 20, 1 << 20, 1}, "it is longer than 128 KiB"},
		"inflated": {many.Pack(), Limits{1 << 20, 1000, 1 << 20, 1 << 20, 1}, "more than is taken"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := copyAll(t, tt.pack, tt.limits)
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// The bombs are refused before they do harm: little is read of them, and less
// is kept.
func TestBombs(t *testing.T) {
	for name, tt := range map[string]struct {
		make func() ([]byte, plumbing.Hash)
		want string
	}{
		"deltas":   {func() ([]byte, plumbing.Hash) { return packscantest.DeltaBomb(20) }, "it becomes 960 MiB large, and an object may have 256 MiB"},
		"zeros":    {func() ([]byte, plumbing.Hash) { return packscantest.ZeroBomb(1000) }, "it becomes 1000 MiB large"},
		"lying":    {func() ([]byte, plumbing.Hash) { return packscantest.LyingBomb(1000) }, "it is longer than the 100 bytes it says"},
		"harmless": {func() ([]byte, plumbing.Hash) { return packscantest.DeltaChain(50_000) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			pack, _ := tt.make()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Copy(io.Discard, bytes.NewReader(pack), Standard)
			runtime.ReadMemStats(&after)
			if spent := after.TotalAlloc - before.TotalAlloc; spent > 4<<20 {
				t.Errorf("%d bytes were allocated", spent)
			}
			if tt.want == "" && err == nil {
				return
			}
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(e.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// A reader who has had enough does not keep the pack from being read.
func TestCopyReadsOnWithoutItsReader(t *testing.T) {
	r, w := io.Pipe()
	r.Close()
	pack := sample()
	in := bytes.NewReader(append(bytes.Clone(pack), "rest"...))
	if summary, err := Copy(w, in, Standard); err != nil || summary.Size != int64(len(pack)) {
		t.Errorf("%+v, %v", summary, err)
	}
}

// An error of the reader's is told as such.
func TestCopyTellsReadErrors(t *testing.T) {
	gone := errors.New("the client went away")
	r, w := io.Pipe()
	go func() {
		w.Write(sample()[:40])
		w.CloseWithError(gone)
	}()
	if _, err := Copy(io.Discard, r, Standard); !errors.Is(err, gone) {
		t.Error(err)
	}
}

// listed is what git verify-pack says of each object: offset and size.
func listed(t testing.TB, pack []byte) (map[int64]int64, error) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "p.pack")
	if err := os.WriteFile(path, pack, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("git", "index-pack", path)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	out, err := exec.Command("git", "verify-pack", "-v", path).Output()
	if err != nil {
		return nil, err
	}
	sizes := map[int64]int64{}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) >= 5 && len(f[0]) == 40 {
			var size, offset int64
			fmt.Sscan(f[2], &size)
			fmt.Sscan(f[4], &offset)
			sizes[offset] = size
		}
	}
	return sizes, nil
}

// cooked is a pack made by a recipe of three bytes and some content for each
// object: its type, by how much its size is wrong, how long its content is.
// Most changes of a recipe are packs that are nearly right, as changes of a
// pack's own bytes are not.
func cooked(recipe []byte) []byte {
	var b packscantest.Builder
	offsets := []int64{b.Offset()}
	for len(recipe) >= 3 {
		kind, wrong := plumbing.ObjectType(recipe[0]&7), int64(int8(recipe[1]))
		n := min(int(recipe[2]), len(recipe)-3)
		content := recipe[3 : 3+n]
		var base []byte
		switch kind {
		case plumbing.OFSDeltaObject:
			base = []byte{byte(b.Offset()-offsets[int(recipe[0]>>3)%len(offsets)]) & 0x7f}
		case plumbing.REFDeltaObject:
			id := plumbing.ComputeHash(plumbing.BlobObject, nil)
			base = id[:]
		}
		offsets = append(offsets, b.Offset())
		b.Raw(kind, max(0, int64(n)+wrong), base, packscantest.Deflate(content))
		recipe = recipe[3+n:]
	}
	return b.Pack()
}

// What index-pack takes is taken, with the sizes that git sees; only limits are
// ours. The oracle is git itself.
func FuzzCopy(f *testing.F) {
	f.Add([]byte("\x03\x00\x00\x07\x00\x04\x80\x80\x80\x80"), false) // an empty blob, a delta to it
	f.Add([]byte("\x03\x00\x04text\x06\x00\x05\x04\x04\x90\x04\x00"), false)
	f.Add([]byte("\x03\x01\x02lie\x01\x00\x00"), false)
	f.Add(sample(), true)
	f.Add(new(packscantest.Builder).Pack(), true)
	f.Fuzz(func(t *testing.T, in []byte, raw bool) {
		pack := cooked(in)
		if raw { // with its checksum put right a changed pack gets further
			if len(in) < 32 {
				t.Skip()
			}
			pack = packscantest.Seal(bytes.Clone(in[:len(in)-20]))
		}
		limits := Limits{Wire: 1 << 20, Objects: 1000, Object: 1 << 20, Inflated: 1 << 30, Ratio: 1}
		entries, _, err := copyAll(t, pack, limits)
		if err != nil && !errors.As(err, new(*Error)) {
			t.Fatalf("not an error about the pack: %v", err)
		}
		if err != nil && (strings.Contains(err.Error(), "may have") || strings.Contains(err.Error(), "at a time")) {
			return // a limit; git is not asked to carry it through
		}
		sizes, gitErr := listed(t, pack)
		switch {
		case gitErr != nil:
			return
		case err != nil:
			t.Fatalf("git takes it: %v", err)
		case len(sizes) != len(entries):
			// Two objects of one id are one to git.
			return
		}
		for _, e := range entries {
			if sizes[e.offset] != e.size {
				t.Errorf("at %d: size %d, git says %d", e.offset, e.size, sizes[e.offset])
			}
		}
	})
}

// The packs of real books pass, and their sizes are git's.
func TestRealPacks(t *testing.T) {
	for _, bundle := range testenv.RealBooks(t) {
		t.Run(filepath.Base(bundle), func(t *testing.T) {
			data, err := os.ReadFile(bundle)
			if err != nil {
				t.Fatal(err)
			}
			pack := data[bytes.Index(data, []byte("\n\nPACK"))+2:]
			entries, summary, err := copyAll(t, pack, Standard)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d objects, %d bytes, inflated %d, ratio %.1f", summary.Objects, summary.Size, summary.Inflated, float64(summary.Inflated)/float64(summary.Size))
			sizes, err := listed(t, pack)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if sizes[e.offset] != e.size {
					t.Fatalf("at %d: size %d, git says %d", e.offset, e.size, sizes[e.offset])
				}
			}
		})
	}
}

func BenchmarkCopy(b *testing.B) {
	data, err := os.ReadFile(testenv.SharedData(b, "osbooks-introduction-python-programming.bundle"))
	if err != nil {
		b.Fatal(err)
	}
	pack := data[bytes.Index(data, []byte("\n\nPACK"))+2:]
	b.SetBytes(int64(len(pack)))
	for b.Loop() {
		if _, err := Copy(io.Discard, bytes.NewReader(pack), Standard); err != nil {
			b.Fatal(err)
		}
	}
}
