package budget

import (
	"fmt"
	"runtime"
	"runtime/metrics"
	"time"

	"golang.org/x/sys/unix"
)

// file is a file that is being parsed.
type file struct {
	tree   *Tree
	name   string
	memory int64         // bytes that it may take, by an estimate
	clock  int32         // of the thread that parses it
	began  time.Duration // on that clock
}

// Begin waits until a file may be parsed that takes so many bytes of memory, by an
// estimate, and counts what this goroutine does until it calls end, which it must.
// Meanwhile it must not call Begin for another file. The error is that of a tree that
// was given up, or of its context.
func (t *Tree) Begin(name string, memory int64) (end func(), err error) {
	if err := t.Err(); err != nil {
		return nil, err
	}
	g := t.governor
	weight := min(max(memory, 1), g.limits.Parsing)
	if err := g.gate.Acquire(t.ctx, weight); err != nil {
		return nil, err
	}
	runtime.LockOSThread()
	f := &file{tree: t, name: name, memory: memory, clock: threadClock(unix.Gettid())}
	f.began = read(f.clock)
	g.mu.Lock()
	g.files[f] = true
	g.mu.Unlock()
	return func() {
		used := f.used()
		g.mu.Lock()
		delete(g.files, f)
		g.mu.Unlock()
		runtime.UnlockOSThread()
		g.gate.Release(weight)
		t.spend(f, used)
	}, nil
}

// spend adds the processor time of a file that has ended.
func (t *Tree) spend(f *file, used time.Duration) {
	t.mu.Lock()
	t.spent += used
	spent := t.spent
	t.mu.Unlock()
	switch limits := t.governor.limits; {
	case used > limits.FileTime:
		t.fail(f.tookTooLong(limits.FileTime))
	case spent > limits.TreeTime:
		t.fail(t.tookTooLong(f.name))
	}
}

// used returns the processor time that the file has taken so far.
func (f *file) used() time.Duration { return read(f.clock) - f.began }

func (f *file) tookTooLong(limit time.Duration) *Error {
	return &Error{f.name, fmt.Sprintf("checking %s took more than %v of processor time", f.name, limit)}
}

// threadClock returns the clock of a thread's processor time, for any thread of this
// process (clock_getcpuclockid(3), and CPUCLOCK_PERTHREAD and CPUCLOCK_SCHED in the
// kernel's posix-timers).
func threadClock(thread int) int32 { return int32(^thread<<3 | 4 | 2) }

// read reads a clock; the clock of a thread that has ended is zero.
func read(clock int32) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(clock, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// liveMemory returns the bytes of the heap that are in use, or not yet collected.
func liveMemory() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
