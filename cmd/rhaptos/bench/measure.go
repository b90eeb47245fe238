package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// measure is a row of the table.
type measure struct {
	name   string
	rounds int
	url    func(p *peer) string // that is measured; empty: the peer cannot do it
	run    func(ctx context.Context, p *peer, url, dir string, b *book) (sample, error)
}

// sample is what one round found.
type sample struct {
	each  time.Duration // of one operation, as its client sees it
	count int           // operations, for the processor time of each
	rate  float64       // shown in place of the time, if it is set
	unit  string        // of the rate
}

func read(p *peer) string  { return p.read }
func write(p *peer) string { return p.write }
func ssh(p *peer) string   { return p.ssh }

// measures are the rows, in their order.
func measures(s settings) []measure {
	return []measure{
		{"ls-remote, raw, 1 connection at a time", s.rounds, read, lsRemotes(1)},
		{"ls-remote, raw, 16 at a time", s.rounds, read, lsRemotes(16)},
		{"`git fetch` with nothing new", s.rounds, read, noopFetch},
		{"`git clone`", s.rounds, read, clones(1)},
		{"16 equal clones at once", s.rounds, read, clones(16)},
		{"fetch of everything, raw, 4 at a time", s.rounds, read, rawFetches(4)},
		{"`git push` of one page, HTTP", s.rounds, write, pushes(1, 5)},
		{"`git push` of one page, SSH", s.rounds, ssh, pushes(1, 5)},
		{fmt.Sprintf("%d pushes in a row", s.pushes), 1, write, pushes(1, s.pushes)},
		{"`git clone` after them", s.rounds, write, clones(1)},
		{"8 pushers, each to its branch", 1, write, pushes(8, 5)},
	}
}

// atOnce runs f in that many goroutines, and waits for them.
func atOnce(n int, f func(i int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// lsRemotes asks for the refs, each time over a new connection, for two seconds.
func lsRemotes(connections int) func(context.Context, *peer, string, string, *book) (sample, error) {
	return func(ctx context.Context, p *peer, url, _ string, b *book) (sample, error) {
		head, err := tip(ctx, url)
		if err != nil {
			return sample{}, err
		}
		counts := make([]int, connections)
		began := time.Now()
		err = atOnce(connections, func(i int) error {
			for time.Since(began) < 2*time.Second && ctx.Err() == nil {
				c, err := dialRaw(url)
				if err != nil {
					return err
				}
				_, err = c.lsRemote(head)
				c.close()
				if err != nil {
					return err
				}
				counts[i]++
			}
			return nil
		})
		total := 0
		for _, n := range counts {
			total += n
		}
		took := time.Since(began)
		return sample{count: total, rate: float64(total) / took.Seconds(), unit: "/s"}, err
	}
}

// tip is where main is.
func tip(ctx context.Context, url string) (string, error) {
	out, err := git(ctx, "", "ls-remote", url, "refs/heads/main")
	if err == nil && len(out) < 40 {
		err = fmt.Errorf("%s: no branch main: %q", url, out)
	}
	if err != nil {
		return "", err
	}
	return out[:40], nil
}

func noopFetch(ctx context.Context, _ *peer, url, dir string, _ *book) (sample, error) {
	const times = 20
	if _, err := git(ctx, "", "clone", "-q", "--bare", url, filepath.Join(dir, "clone")); err != nil {
		return sample{}, err
	}
	began := time.Now()
	for range times {
		if _, err := git(ctx, filepath.Join(dir, "clone"), "fetch", "-q", url, "main"); err != nil {
			return sample{}, err
		}
	}
	return sample{each: time.Since(began) / times, count: times}, nil
}

func clones(n int) func(context.Context, *peer, string, string, *book) (sample, error) {
	return func(ctx context.Context, _ *peer, url, dir string, _ *book) (sample, error) {
		began := time.Now()
		err := atOnce(n, func(i int) error {
			_, err := git(ctx, "", "clone", "-q", "--bare", url, filepath.Join(dir, fmt.Sprint("clone", i)))
			return err
		})
		return sample{each: time.Since(began), count: n}, err
	}
}

// rawFetches takes everything over and over for three seconds.
func rawFetches(connections int) func(context.Context, *peer, string, string, *book) (sample, error) {
	return func(ctx context.Context, _ *peer, url, _ string, _ *book) (sample, error) {
		head, err := tip(ctx, url)
		if err != nil {
			return sample{}, err
		}
		bytes, counts := make([]int64, connections), make([]int, connections)
		began := time.Now()
		err = atOnce(connections, func(i int) error {
			for time.Since(began) < 3*time.Second && ctx.Err() == nil {
				c, err := dialRaw(url)
				if err != nil {
					return err
				}
				n, err := c.fetch(head)
				c.close()
				if err != nil {
					return err
				}
				bytes[i] += n
				counts[i]++
			}
			return nil
		})
		var total int64
		n := 0
		for i := range connections {
			total += bytes[i]
			n += counts[i]
		}
		return sample{count: n, rate: float64(total) / 1e6 / time.Since(began).Seconds(), unit: " MB/s"}, err
	}
}

// pushes lets authors push changed pages, each to a branch of its own; the only
// one to main. What is committed is not in the time.
func pushes(authors, times int) func(context.Context, *peer, string, string, *book) (sample, error) {
	return func(ctx context.Context, _ *peer, url, dir string, b *book) (sample, error) {
		took := make([]time.Duration, authors)
		var began time.Time
		works := make([]string, authors)
		for i := range authors {
			works[i] = filepath.Join(dir, fmt.Sprint("work", i))
			if _, err := git(ctx, "", "clone", "-q", url, works[i]); err != nil {
				return sample{}, err
			}
		}
		began = time.Now()
		err := atOnce(authors, func(i int) error {
			branch := "main"
			if authors > 1 {
				branch = fmt.Sprintf("author-%d-%d", i, time.Now().UnixNano())
			}
			for range times {
				if err := b.change(ctx, works[i]); err != nil {
					return err
				}
				start := time.Now()
				if _, err := git(ctx, works[i], "push", "-q", url, "HEAD:refs/heads/"+branch); err != nil {
					return err
				}
				took[i] += time.Since(start)
			}
			return nil
		})
		if authors > 1 {
			return sample{count: authors * times, rate: float64(authors*times) / time.Since(began).Seconds(), unit: " pushes/s"}, err
		}
		return sample{each: took[0] / time.Duration(times), count: times}, err
	}
}

// clean removes what a round has left.
func clean(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Mkdir(dir, 0o700)
}
