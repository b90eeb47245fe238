package pdf

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Bounds of a browser that prints.
const (
	printLimit  = 6 * time.Minute // of one printing
	printMemory = 3 << 30         // bytes, of all of its processes
)

// Chromium prints documents. It has no network: what it is shown are files in a
// folder of its own.
type Chromium struct {
	Path   string // of the program
	Folder string // in which its folders are made

	Limit time.Duration // of one printing, if not printLimit
}

// FindChromium is the path of a Chromium or Chrome on the PATH; empty if there
// is none.
func FindChromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// folder makes a folder for one book.
func (c *Chromium) folder() (string, error) {
	if err := os.MkdirAll(c.Folder, 0o700); err != nil {
		return "", err
	}
	return os.MkdirTemp(c.Folder, "print-")
}

// Clear removes what an earlier process has left.
func (c *Chromium) Clear() error { return os.RemoveAll(c.Folder) }

// print prints a document in the folder into a new file. It ends with its context,
// and all of its processes with it.
func (c *Chromium) print(ctx context.Context, dir, document, out string) error {
	limit := cmp.Or(c.Limit, printLimit)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := os.Remove(out); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	from := url.URL{Scheme: "file", Path: document}
	args := []string{"--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-sync", "--disable-default-apps",
		"--disable-background-networking", "--disable-component-update", "--disable-crash-reporter", "--disable-breakpad", "--disable-dev-shm-usage",
		"--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>", "--host-resolver-rules=MAP * ~NOTFOUND",
		"--user-data-dir=" + filepath.Join(dir, "profile"),
		"--no-pdf-header-footer", "--generate-pdf-document-outline", "--print-to-pdf=" + out}
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // it has none for root
	}
	cmd := exec.CommandContext(ctx, c.Path, append(args, from.String())...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "LANG=C.UTF-8", "DBUS_SESSION_BUS_ADDRESS=disabled:", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	var said bytes.Buffer
	cmd.Stderr = &limited{b: &said, left: 64 << 10}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start Chromium: %w", err)
	}
	_ = syscall.Setpriority(syscall.PRIO_PGRP, cmd.Process.Pid, 10) // pushes come first
	tooLarge := watchMemory(ctx, cmd.Process.Pid, cancel)
	err := cmd.Wait()
	cancel()
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // whatever it has left running
	switch {
	case <-tooLarge:
		return fmt.Errorf("%w: Chromium needed more than %d MiB of memory for this book", ErrTooMuch, printMemory>>20)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%w: Chromium took longer than %s", ErrTooMuch, limit)
	case err != nil:
		return fmt.Errorf("Chromium: %w: %s", err, lastLines(said.String()))
	}
	if _, err := os.Stat(out); err != nil {
		return fmt.Errorf("Chromium has written nothing: %s", lastLines(said.String()))
	}
	return nil
}

func lastLines(s string) string {
	if len(s) > 500 {
		s = s[len(s)-500:]
	}
	return strings.TrimSpace(strings.ToValidUTF8(s, ""))
}

// limited keeps the beginning of what is written to it.
type limited struct {
	b    *bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.b.Write(p[:n])
	l.left -= n
	return len(p), nil
}

// watchMemory ends a group of processes that takes too much memory, and then
// says so, once the context has ended. Limits of the system count a browser's
// address space, which is huge from the start.
func watchMemory(ctx context.Context, group int, stop func()) <-chan bool {
	said := make(chan bool, 1)
	go func() {
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				said <- false
				return
			case <-tick.C:
				if resident(group) > printMemory {
					stop()
					said <- true
					return
				}
			}
		}
	}()
	return said
}

// resident returns the resident memory of a process group in bytes, shared pages
// not included (proc(5)).
func resident(group int) int64 {
	folders, _ := filepath.Glob("/proc/[0-9]*")
	page, sum := int64(os.Getpagesize()), int64(0)
	for _, folder := range folders {
		stat, err := os.ReadFile(folder + "/stat")
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(rest)
		if len(fields) < 3 || fields[2] != strconv.Itoa(group) {
			continue
		}
		statm, err := os.ReadFile(folder + "/statm")
		if err != nil {
			continue
		}
		if f := strings.Fields(string(statm)); len(f) > 2 {
			all, _ := strconv.ParseInt(f[1], 10, 64)
			shared, _ := strconv.ParseInt(f[2], 10, 64)
			sum += (all - shared) * page
		}
	}
	return sum
}
