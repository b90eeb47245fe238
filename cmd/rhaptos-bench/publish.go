package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// published has the pages of a pushed book and how long a server took to publish it.
type published struct {
	push  time.Duration // until git has its answer: taking it and judging it
	after time.Duration // from then until the last of the books can be read
	cpu   time.Duration // of the server, for all of it
	peak  int64         // bytes of memory that the server had at most
	pages []page        // of all books
}

// page is one page of a release.
type page struct {
	book   string // slug
	slug   string
	module string
}

// ratePublishing measures publication beside Hugo and prints the tables.
func ratePublishing(ctx context.Context, s settings) error {
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	hugo, err := output(exec.CommandContext(ctx, s.hugo, "version"))
	if err != nil {
		return fmt.Errorf("the peer is missing; make bench-publish installs it: %w", err)
	}
	for _, line := range versions(ctx, s, nil) {
		fmt.Println(line)
	}
	fmt.Printf("%s\n\n", strings.Join(strings.Fields(hugo)[:2], " "))
	for i, name := range []string{s.book, s.other} {
		b, err := openBook(ctx, filepath.Join(dir, strconv.Itoa(i)), name)
		if err != nil {
			return err
		}
		if err := rateBook(ctx, s, filepath.Join(dir, strconv.Itoa(i)), b); err != nil {
			return err
		}
	}
	return rateGrowth(ctx, s, filepath.Join(dir, "grown"))
}

// rateBook publishes a book on a fresh server, changes one module after another,
// and builds a site of the same text with Hugo.
func rateBook(ctx context.Context, s settings, dir string, b *book) error {
	fmt.Fprintln(os.Stderr, "publishing", b.what)
	var cold []published
	var site *site
	for round := range s.rounds {
		p, err := freshServer(ctx, s, filepath.Join(dir, fmt.Sprint("server-", round)))
		if err != nil {
			return err
		}
		found, err := publishCold(ctx, p, b)
		if err == nil && site == nil {
			site, err = siteOf(ctx, filepath.Join(dir, "site"), b, p.read, found.pages)
		}
		if err == nil {
			err = site.build(ctx, s.hugo)
		}
		if err == nil && round == s.rounds-1 {
			err = rateChanges(ctx, s, p, filepath.Join(dir, "work"), b, found.pages, site)
		}
		p.stop()
		if err != nil {
			return err
		}
		cold = append(cold, found)
	}
	slices.SortFunc(cold, func(a, b published) int { return int(a.after - b.after) })
	c := cold[len(cold)/2]
	fmt.Printf("### %s\n\n%d pages, %d kB of text\n\n", b.what, len(c.pages), site.text/1000)
	fmt.Println("| | Rhaptos | Hugo |\n|---|---|---|")
	fmt.Printf("| push, with judgement | %s | |\n", seconds(c.push))
	fmt.Printf("| cold publication | %s | %s |\n", seconds(c.after), seconds(median(site.took)))
	fmt.Printf("| pages per second | %.0f | %.0f |\n", float64(len(c.pages))/c.after.Seconds(), float64(len(c.pages))/median(site.took).Seconds())
	fmt.Printf("| processor time (with the push) | %s | %s |\n", seconds(c.cpu), seconds(median(site.cpu)))
	fmt.Printf("| peak memory | %d MB | %d MB |\n", c.peak>>20, site.peak>>20)
	fmt.Printf("| one module changed, from the answer to the push to the page: median | %s | %s |\n", millis(quantile(site.changes, 0.5)), millis(quantile(site.rebuilds, 0.5)))
	fmt.Printf("| the same, 90 of 100 | %s | %s |\n\n", millis(quantile(site.changes, 0.9)), millis(quantile(site.rebuilds, 0.9)))
	return nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func median(all []time.Duration) time.Duration { return quantile(all, 0.5) }

// quantile is the least value that so large a part of all does not exceed.
func quantile(all []time.Duration, part float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(int(part*float64(len(sorted))), len(sorted)-1)]
}

// freshServer starts a server of ours on an empty folder.
func freshServer(ctx context.Context, s settings, dir string) (*peer, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	key := filepath.Join(dir, "key")
	if _, err := output(exec.CommandContext(ctx, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)); err != nil {
		return nil, err
	}
	p := &peer{}
	if err := startRhaptos(ctx, p, dir, s.program, key, nil); err != nil {
		p.stop()
		return nil, err
	}
	_, err := p.settle(ctx)
	return p, err
}

// publishCold pushes a book and waits until all that it holds can be read.
func publishCold(ctx context.Context, p *peer, b *book) (found published, err error) {
	before, err := p.cpu()
	if err != nil {
		return found, err
	}
	began := time.Now()
	if _, err := git(ctx, b.dir, "push", "-q", p.write, "HEAD:refs/heads/main"); err != nil {
		return found, err
	}
	answered := time.Now()
	found.push = answered.Sub(began)
	repository := strings.TrimSuffix(p.read, ".git")
	var slugs []string
	for len(slugs) == 0 { // all books of a push appear at once
		if err := pause(ctx, answered, time.Millisecond); err != nil {
			return found, err
		}
		if slugs, err = books(ctx, repository); err != nil {
			return found, err
		}
	}
	found.after = time.Since(answered)
	after, err := p.settle(ctx)
	if err != nil {
		return found, err
	}
	found.cpu = after - before
	if found.peak, err = peakMemory(p.processes[0].Process.Pid); err != nil {
		return found, err
	}
	for _, slug := range slugs {
		more, err := pagesOf(ctx, repository, slug)
		if err != nil {
			return found, err
		}
		found.pages = append(found.pages, more...)
	}
	return found, nil
}

// longest is how long a publication is waited for.
const longest = 5 * time.Minute

func pause(ctx context.Context, since time.Time, d time.Duration) error {
	if time.Since(since) > longest {
		return errors.New("nothing was published")
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// fetch returns the body at an address, nil if there is nothing.
func fetch(ctx context.Context, address string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return nil, err
	case answer.StatusCode == http.StatusNotFound:
		return nil, nil
	case answer.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s: %s", address, answer.Status)
	}
	return data, nil
}

// books are the slugs of the books that a repository has released.
func books(ctx context.Context, repository string) ([]string, error) {
	data, err := fetch(ctx, repository+"/-/releases.json")
	if err != nil {
		return nil, err
	}
	var list struct {
		Releases []struct{ Book string }
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, err
	}
	var slugs []string
	for _, r := range list.Releases {
		slugs = append(slugs, r.Book)
	}
	slices.Sort(slugs)
	return slices.Compact(slugs), nil
}

type entry struct {
	Slug, Module string
	Children     []entry
}

// pagesOf are the pages of a book's first release.
func pagesOf(ctx context.Context, repository, slug string) (pages []page, err error) {
	data, err := fetch(ctx, repository+"/"+url.PathEscape(slug)+"@1.1.json")
	if err != nil {
		return nil, err
	}
	var manifest struct{ Contents []entry }
	if err := json.Unmarshal(data, &manifest); err != nil {
		return nil, err
	}
	var collect func([]entry)
	collect = func(entries []entry) {
		for _, e := range entries {
			if e.Slug != "" {
				pages = append(pages, page{book: slug, slug: e.Slug, module: e.Module})
			}
			collect(e.Children)
		}
	}
	collect(manifest.Contents)
	return pages, nil
}

// peakMemory is the most memory that a process has had (proc(5), VmHWM).
func peakMemory(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmHWM:")); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(string(rest)), " kB"), 10, 64)
			return n << 10, err
		}
	}
	return 0, fmt.Errorf("process %d does not say how much memory it had", pid)
}

// rateChanges changes one module, pushes it, and waits for its page; and builds
// the site of the same text again.
func rateChanges(ctx context.Context, s settings, p *peer, work string, b *book, pages []page, site *site) error {
	at := slices.IndexFunc(pages, func(p page) bool { return b.choose(p.module) })
	if at < 0 {
		return fmt.Errorf("%s: no page can be changed", b.what)
	}
	if _, err := git(ctx, "", "clone", "-q", b.dir, work); err != nil {
		return err
	}
	repository := strings.TrimSuffix(p.read, ".git")
	for i := range s.changes {
		if err := b.change(ctx, work); err != nil {
			return err
		}
		if _, err := p.settle(ctx); err != nil {
			return err
		}
		if _, err := git(ctx, work, "push", "-q", p.write, "HEAD:refs/heads/main"); err != nil {
			return err
		}
		answered := time.Now()
		address := fmt.Sprintf("%s/%s@1.%d/%s", repository, url.PathEscape(pages[at].book), i+2, url.PathEscape(pages[at].slug))
		for {
			data, err := fetch(ctx, address)
			if err != nil {
				return err
			}
			if data != nil {
				break
			}
			if err := pause(ctx, answered, time.Millisecond); err != nil {
				return fmt.Errorf("%s: %w", address, err)
			}
		}
		site.changes = append(site.changes, time.Since(answered))
		if i < 5 {
			if err := site.rebuild(ctx, s.hugo); err != nil {
				return err
			}
		}
	}
	return nil
}
