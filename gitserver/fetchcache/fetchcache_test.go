package fetchcache_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/fetchcache"
)

func open(t *testing.T, bytes int64) (*fetchcache.Cache, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "responses")
	c, err := fetchcache.Open(dir, bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c, dir
}

func key(s string) (k fetchcache.Key) {
	copy(k[:], s)
	return k
}

func anybody(context.Context) (func(), error) { return func() {}, nil }

// says produces one text.
func says(text string) fetchcache.Producer {
	return func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// never fails the test when it is called.
func never(t *testing.T) fetchcache.Producer {
	return func(context.Context, io.Writer) error {
		t.Error("made again")
		return nil
	}
}

func read(t *testing.T, c *fetchcache.Cache, k string, p fetchcache.Producer) (string, error) {
	t.Helper()
	a, err := c.Get(t.Context(), "repository", key(k), anybody, p)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	var b bytes.Buffer
	_, err = a.WriteTo(&b)
	return b.String(), err
}

func files(t *testing.T, dir string) int {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestGetIsMadeOnce(t *testing.T) {
	c, dir := open(t, 1<<20)
	if got, err := read(t, c, "a", says("hello")); got != "hello" || err != nil {
		t.Fatalf("%q, %v", got, err)
	}
	if got, err := read(t, c, "a", never(t)); got != "hello" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	a, err := c.Get(t.Context(), "repository", key("a"), anybody, never(t))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	file, size, ok := a.Whole()
	if !ok || size != 5 {
		t.Fatalf("%d bytes, whole: %v", size, ok)
	}
	if b, err := io.ReadAll(file); string(b) != "hello" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	// A folder that somebody has cleared is no harm.
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if got, err := read(t, c, "a", says("again")); got != "again" || err != nil {
		t.Errorf("after the folder was cleared: %q, %v", got, err)
	}
}

// Sixteen ask at once: one producer, and each reads while it writes.
func TestFollowers(t *testing.T) {
	c, _ := open(t, 1<<20)
	var made atomic.Int32
	more := make(chan string)
	produce := func(_ context.Context, w io.Writer) error {
		made.Add(1)
		for text := range more {
			if _, err := io.WriteString(w, text); err != nil {
				return err
			}
		}
		return nil
	}
	const readers = 16
	var wg sync.WaitGroup
	seen := make(chan bool, readers)
	for range readers {
		a, err := c.Get(t.Context(), "repository", key("a"), anybody, produce)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			defer a.Close()
			w := &notes{first: func() { seen <- true }}
			if _, err := a.WriteTo(w); err != nil || w.String() != "one, two" {
				t.Errorf("%q, %v", w, err)
			}
		})
	}
	more <- "one, "
	for range readers {
		<-seen // everybody has the beginning before there is an end
	}
	if a, err := c.Get(t.Context(), "repository", key("a"), anybody, produce); err != nil {
		t.Error(err)
	} else {
		if _, _, ok := a.Whole(); ok {
			t.Error("whole before its end")
		}
		a.Close()
	}
	more <- "two"
	close(more)
	wg.Wait()
	if made.Load() != 1 {
		t.Errorf("made %d times", made.Load())
	}
}

// notes is a buffer that tells when it gets its first bytes.
type notes struct {
	strings.Builder
	first func()
}

func (n *notes) Write(p []byte) (int, error) {
	if n.Len() == 0 {
		n.first()
	}
	return n.Builder.Write(p)
}

// What failed is sent as far as it got, and not kept.
func TestFailureIsNotKept(t *testing.T) {
	c, dir := open(t, 1<<20)
	broken := errors.New("broken")
	got, err := read(t, c, "a", func(_ context.Context, w io.Writer) error {
		io.WriteString(w, "half")
		return broken
	})
	if got != "half" || !errors.Is(err, broken) {
		t.Errorf("%q, %v", got, err)
	}
	if files(t, dir) != 0 {
		t.Error("the half is kept")
	}
	if got, err := read(t, c, "a", says("whole")); got != "whole" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// The producer outlives the reader that it was started for, and nobody's
// leaving but the last one's stops it.
func TestProducerStopsBehindTheLastReader(t *testing.T) {
	c, dir := open(t, 1<<20)
	stopped := make(chan error, 1)
	began := make(chan bool, 1)
	produce := func(ctx context.Context, w io.Writer) error {
		io.WriteString(w, "begin")
		began <- true
		<-ctx.Done()
		stopped <- ctx.Err()
		return ctx.Err()
	}
	ctx, cancel := context.WithCancel(t.Context())
	first, err := c.Get(ctx, "repository", key("a"), anybody, produce)
	if err != nil {
		t.Fatal(err)
	}
	second, err := c.Get(t.Context(), "repository", key("a"), anybody, never(t))
	if err != nil {
		t.Fatal(err)
	}
	<-began
	cancel()
	if _, err := first.WriteTo(io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("the reader who left: %v", err)
	}
	first.Close()
	select {
	case <-stopped:
		t.Fatal("stopped while somebody reads")
	default:
	}
	second.Close()
	<-stopped
	if got, err := read(t, c, "a", says("new")); got != "new" || err != nil {
		t.Errorf("after that: %q, %v", got, err)
	}
	if n := files(t, dir); n > 2 {
		t.Errorf("%d files", n)
	}
}

// The bytes kept are bounded; what is asked for stays longest.
func TestBound(t *testing.T) {
	c, dir := open(t, 3*(100_000+4096))
	big := strings.Repeat("x", 100_000)
	for i := range 10 {
		read(t, c, "hot", says(big))
		if _, err := read(t, c, fmt.Sprint(i), says(big)); err != nil {
			t.Fatal(err)
		}
	}
	if n := files(t, dir); n != 3 {
		t.Errorf("%d files, want 3", n)
	}
	read(t, c, "hot", never(t))
	// One that is larger than all is sent and not kept, and drives nobody out.
	if got, err := read(t, c, "huge", says(strings.Repeat(big, 4))); len(got) != 400_000 || err != nil {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	read(t, c, "hot", never(t))
	if n := files(t, dir); n != 3 {
		t.Errorf("%d files, want 3", n)
	}
}

func TestPurge(t *testing.T) {
	c, dir := open(t, 1<<20)
	read(t, c, "a", says("secret"))
	other, err := c.Get(t.Context(), "other", key("b"), anybody, says("other"))
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Wait(); err != nil {
		t.Fatal(err)
	}
	other.Close()
	// One is read and one is made at the moment.
	held, err := c.Get(t.Context(), "repository", key("a"), anybody, never(t))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	release := make(chan bool)
	growing, err := c.Get(t.Context(), "repository", key("g"), anybody, func(_ context.Context, w io.Writer) error {
		<-release
		_, err := io.WriteString(w, "grown")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer growing.Close()
	c.Purge("repository")
	close(release)
	for a, want := range map[*fetchcache.Response]string{held: "secret", growing: "grown"} {
		var b strings.Builder
		if _, err := a.WriteTo(&b); err != nil || b.String() != want {
			t.Errorf("who reads: %q, %v", b.String(), err)
		}
	}
	if n := files(t, dir); n != 1 {
		t.Errorf("%d files are left, want that of the other repository", n)
	}
	for _, k := range []string{"a", "g"} {
		if got, err := read(t, c, k, says("new")); got != "new" || err != nil {
			t.Errorf("%s: %q, %v", k, got, err)
		}
	}
	if got, err := read(t, c, "b", never(t)); got != "other" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// One who may not begin does not keep the others from it.
func TestAdmission(t *testing.T) {
	c, dir := open(t, 1<<20)
	busy := errors.New("busy")
	asked, refuse := make(chan bool), make(chan bool)
	errs := make(chan error)
	go func() {
		_, err := c.Get(t.Context(), "repository", key("a"), func(context.Context) (func(), error) {
			asked <- true
			<-refuse
			return nil, busy
		}, never(t))
		errs <- err
	}()
	<-asked
	got := make(chan string)
	go func() {
		s, _ := read(t, c, "a", says("for me"))
		got <- s
	}()
	close(refuse)
	if err := <-errs; !errors.Is(err, busy) {
		t.Errorf("who may not: %v", err)
	}
	if s := <-got; s != "for me" {
		t.Errorf("who may: %q", s)
	}
	if n := files(t, dir); n != 1 {
		t.Errorf("%d files", n)
	}
}

// The end of a producer is told to who admitted it, whatever came of it.
func TestAdmissionEnds(t *testing.T) {
	c, _ := open(t, 1<<20)
	for _, err := range []error{nil, errors.New("broken")} {
		ended := make(chan bool)
		a, gerr := c.Get(t.Context(), "repository", key("a"), func(context.Context) (func(), error) {
			return func() { close(ended) }, nil
		}, func(context.Context, io.Writer) error { return err })
		if gerr != nil {
			t.Fatal(gerr)
		}
		<-ended
		if got := a.Wait(); !errors.Is(got, err) {
			t.Errorf("%v, want %v", got, err)
		}
		a.Close()
		c.Purge("repository")
	}
}

func TestOpenEmptiesTheFolder(t *testing.T) {
	c, dir := open(t, 1<<20)
	read(t, c, "a", says("old"))
	if _, err := fetchcache.Open(dir, 1<<20); err != nil || files(t, dir) != 0 {
		t.Errorf("%d files, %v", files(t, dir), err)
	}
}
