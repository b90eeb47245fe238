// Command rhaptos-bench measures this server beside others that serve the same book on
// the same machine in the same run, and prints the figures as a table in
// Markdown. `make bench` runs it.
//
// Every server is a process of its own. A figure in parentheses is the processor
// time that the server and the git processes it starts have used, as the kernel
// counts it, until they are idle again. Servers are measured in turn, in several
// rounds, and of each figure the median is shown.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
)

// settings are the flags.
type settings struct {
	program string // bin/rhaptos
	book    string // a bundle; if it is not there a book of its size is made
	rounds  int
	pushes  int
	only    string

	publish bool   // publication, and not git
	hugo    string // the program that publication is compared with
	other   string // a second bundle
	changes int    // of one module
	modules int    // of the largest generated book
}

func main() {
	switch {
	case filepath.Base(os.Args[0]) == countName:
		fail(countBackend(os.Args[0]))
		return
	case len(os.Args) > 2 && os.Args[1] == "serve":
		fail(servePeer(os.Args[2], os.Args[3:]))
		return
	}
	var s settings
	flag.StringVar(&s.program, "program", "bin/rhaptos", "the server to measure")
	flag.StringVar(&s.book, "book", "../shared/data/osbooks-introductory-statistics-bundle.bundle", "a git bundle with the book")
	flag.IntVar(&s.rounds, "rounds", 3, "how often to measure everything")
	flag.IntVar(&s.pushes, "pushes", 200, "how many pushes in a row")
	flag.StringVar(&s.only, "only", "", "only what has this in its name")
	flag.BoolVar(&s.publish, "publish", false, "measure publication in place of git")
	flag.StringVar(&s.hugo, "hugo", "bin/hugo", "the program that publication is compared with")
	flag.StringVar(&s.other, "other", "../shared/data/osbooks-introduction-python-programming.bundle", "a second bundle to publish")
	flag.IntVar(&s.changes, "changes", 20, "how often to change one module and publish that")
	flag.IntVar(&s.modules, "modules", 10_000, "how many modules the largest generated book has")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	measure := run
	if s.publish {
		measure = ratePublishing
	}
	err := measure(ctx, s)
	stop()
	fail(err)
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "rhaptos-bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings) error {
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b, err := openBook(ctx, dir, s.book)
	if err != nil {
		return err
	}
	peers, err := startPeers(ctx, dir, s.program, b)
	defer func() {
		for _, p := range peers {
			p.stop()
		}
	}()
	if err != nil {
		return err
	}
	t := &table{peers: peers}
	for _, m := range measures(s) {
		if !strings.Contains(m.name, s.only) {
			continue
		}
		fmt.Fprintln(os.Stderr, m.name)
		if err = t.measure(ctx, m, dir, b); err != nil {
			break // what was found before is worth printing
		}
	}
	for _, line := range versions(context.WithoutCancel(ctx), s, b) {
		fmt.Println(line)
	}
	fmt.Println()
	return errors.Join(err, t.print(os.Stdout))
}

// versions say what was measured, and where.
func versions(ctx context.Context, s settings, b *book) []string {
	out := func(name string, args ...string) string {
		text, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
		if err != nil {
			return fmt.Sprintf("%s: %v", name, err)
		}
		return strings.Join(strings.Fields(string(text)), " ")
	}
	modules := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			modules[m.Path] = m.Version
		}
	}
	machine := fmt.Sprintf("%s, %s. %d processors, %s. Medians of %d rounds",
		out(s.program, "--version"), out("git", "--version"), runtime.NumCPU(), runtime.Version(), s.rounds)
	if b == nil {
		return []string{machine + "."}
	}
	return []string{
		machine + "; in parentheses the server's processor time.",
		fmt.Sprintf("gitkit %s, go-git %s, %s, fcgiwrap %s.", modules["github.com/sosedoff/gitkit"], modules["github.com/go-git/go-git/v5"],
			out("nginx", "-v"), out("dpkg-query", "-W", "-f", "${Version}", "fcgiwrap")),
		fmt.Sprintf("The book: %s.", b.what),
		"A dash: it cannot do it (go-git completes no thin packs, http-backend has no SSH), or takes minutes for it (go-git).",
	}
}
