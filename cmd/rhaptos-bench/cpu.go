package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the kernel's unit of processor time in /proc (USER_HZ, see proc(5)).
const tick = 10 * time.Millisecond

// cpu is the processor time that the peer's processes have used so far, with
// all their children that have ended.
func (p *peer) cpu() (time.Duration, error) {
	children, err := processes()
	if err != nil {
		return 0, err
	}
	var total time.Duration
	var visit func(pid int) error
	visit = func(pid int) error {
		used, _, err := stat(pid)
		if errors.Is(err, os.ErrNotExist) {
			return nil // it has ended meanwhile, and is counted with its parent
		}
		total += used
		for _, child := range children[pid] {
			err = errors.Join(err, visit(child))
		}
		return err
	}
	for _, cmd := range p.processes {
		if err := visit(cmd.Process.Pid); err != nil {
			return 0, err
		}
	}
	if p.log == "" {
		return total, nil
	}
	lost, err := readCounts(p.log)
	return total + lost, err
}

// processes are all processes of the machine, by their parent.
func processes() (map[int][]int, error) {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	for _, dir := range dirs {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			return nil, err
		}
		if _, parent, err := stat(pid); err == nil {
			children[parent] = append(children[parent], pid)
		}
	}
	return children, nil
}

// stat reads a process's times, those of its ended children included, and its parent.
func stat(pid int) (used time.Duration, parent int, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, err
	}
	// The name, in parentheses, may hold anything: the rest is behind the last one.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 15 {
		return 0, 0, fmt.Errorf("process %d: %q", pid, text)
	}
	if parent, err = strconv.Atoi(fields[1]); err != nil {
		return 0, 0, err
	}
	for _, field := range fields[11:15] { // utime, stime, cutime, cstime
		ticks, err := strconv.Atoi(field)
		if err != nil {
			return 0, 0, err
		}
		used += time.Duration(ticks) * tick
	}
	return used, parent, nil
}

// settle waits until the peer is idle, that is until it has used next to nothing
// for a while, and returns the processor time that it has used by then. After
// hundreds of pushes there may be minutes of publishing left.
func (p *peer) settle(ctx context.Context) (time.Duration, error) {
	before, err := p.cpu()
	for range 1500 {
		if err != nil {
			return 0, err
		}
		select {
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		case <-time.After(400 * time.Millisecond):
		}
		var now time.Duration
		now, err = p.cpu()
		if err == nil && now-before <= 2*tick {
			return now, nil
		}
		before = now
	}
	return 0, fmt.Errorf("%s does not come to rest", p.name)
}
