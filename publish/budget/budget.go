// Package budget bounds what reading the files of hostile trees may cost, so that no
// tree that is pushed can bring the server down for others.
//
//   - A [Governor] is for a whole process. Files that are parsed at the same time may
//     take at most so much memory together, by an estimate from their sizes, however
//     many trees are being checked; others wait their turn.
//   - A [Tree] is one tree while it is checked: an fs.FS whose files are parsed between
//     Begin and the function that Begin returns. It may use so much processor time, and
//     keep so many bytes of what is known about its files.
//   - A tree that exceeds a bound is given up with an [Error] that names the file. Its
//     goroutine may be in the middle of a file; whoever waits for it waits no longer.
//
// The parsers themselves bound the size, nesting, elements and steps of each file
// (cnxml.Limits; the steps of package mdbook), and a test generates files just within
// those bounds and measures that none comes near the budgets here. So these catch only
// what nobody has thought of, and verdicts do not depend on the machine. Processor time
// is counted, not time on the clock: a busy machine changes nothing.
//
// A child process with the limits of the system would bound the same more rigidly: a
// goroutine that never ends keeps its share of the processor until the server is
// restarted. It was not chosen because starting one costs 30 to 90 ms, which is more
// than most whole pushes take, and handing it the tree and the analysis cache costs
// more with each file; Begin costs 5 µs.
package budget

import (
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// Limits are the bounds of a governor. A zero field means the default.
type Limits struct {
	Parsing  int64         // bytes that parsing files may take at the same time, in the whole process; 512 MiB
	FileTime time.Duration // processor time of one file; 1 minute
	TreeTime time.Duration // processor time of one tree; 10 minutes
	Analysis int64         // bytes of what is known about the files of a tree; 256 MiB
	Memory   uint64        // bytes in use in the memory of the whole process while trees are checked; 3 GiB
}

func (l Limits) orDefaults() Limits {
	if l.Parsing == 0 {
		l.Parsing = 512 << 20
	}
	if l.FileTime == 0 {
		l.FileTime = time.Minute
	}
	if l.TreeTime == 0 {
		l.TreeTime = 10 * time.Minute
	}
	if l.Analysis == 0 {
		l.Analysis = 256 << 20
	}
	if l.Memory == 0 {
		l.Memory = 3 << 30
	}
	return l
}

// Error says which bound a tree exceeded.
type Error struct {
	File string // that was being parsed; empty if it is not one file's fault
	What string // "checking src/a.md took more than 1m0s of processor time"
}

// Error implements [error].
func (e *Error) Error() string { return e.What }

// Governor bounds the trees of a process. It may be used by many goroutines.
type Governor struct {
	limits Limits
	gate   *semaphore.Weighted

	mu    sync.Mutex
	trees map[*Tree]bool
	files map[*file]bool // being parsed
	stop  chan struct{}  // ends the watch; nil while there is no tree
}

// New returns a governor with the limits.
func New(l Limits) *Governor {
	l = l.orDefaults()
	return &Governor{limits: l, gate: semaphore.NewWeighted(l.Parsing), trees: map[*Tree]bool{}, files: map[*file]bool{}}
}

// add begins to watch a tree.
func (g *Governor) add(t *Tree) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.trees[t] = true
	if g.stop == nil {
		g.stop = make(chan struct{})
		go g.watch(g.stop)
	}
}

// remove ends the watch of a tree.
func (g *Governor) remove(t *Tree) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.trees, t)
	if len(g.trees) == 0 && g.stop != nil {
		close(g.stop)
		g.stop = nil
	}
}

// watchEvery is the time between two looks at the files that are being parsed.
const watchEvery = 100 * time.Millisecond

func (g *Governor) watch(stop <-chan struct{}) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			g.look()
		}
	}
}

// look gives up the trees whose files exceed a bound just now.
func (g *Governor) look() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for f := range g.files {
		if used := f.used(); used > g.limits.FileTime {
			f.tree.fail(f.tookTooLong(g.limits.FileTime))
		} else if f.tree.total()+used > g.limits.TreeTime {
			f.tree.fail(f.tree.tookTooLong(f.name))
		}
	}
	if liveMemory() > g.limits.Memory {
		g.giveUpLargest()
	}
}

// giveUpLargest gives up the tree that is likely to use the most memory: by the
// estimates for the files that are being parsed, and by what is known about others.
func (g *Governor) giveUpLargest() {
	uses, largest := map[*Tree]int64{}, map[*Tree]*file{}
	for t := range g.trees {
		uses[t] = t.analysis.Load()
	}
	for f := range g.files {
		uses[f.tree] += f.memory
		if l := largest[f.tree]; l == nil || f.memory > l.memory {
			largest[f.tree] = f
		}
	}
	var worst *Tree
	for t, n := range uses {
		if g.trees[t] && (worst == nil || n > uses[worst]) {
			worst = t
		}
	}
	if worst == nil {
		return
	}
	e := &Error{"", fmt.Sprintf("checking the tree took more memory than there is: %d MiB in all", g.limits.Memory>>20)}
	if f := largest[worst]; f != nil {
		e = &Error{f.name, fmt.Sprintf("checking %s took more memory than there is: %d MiB in all", f.name, g.limits.Memory>>20)}
	}
	worst.fail(e)
}
