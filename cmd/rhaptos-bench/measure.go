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
	name    string
	rounds  int
	url     func(p *peer) string // that is measured; empty: it is not, with this peer
	prepare preparation
}

// preparation gets ready for one round and returns what is to be measured.
type preparation func(ctx context.Context, url, dir string, b *book) (func() (sample, error), error)

// sample has the result of one round.
type sample struct {
	each  time.Duration // of one operation, as its client sees it
	count int           // operations, for the processor time of each
	rate  float64       // shown in place of the time, if it has a unit
	unit  string        // of the rate
}

func read(p *peer) string  { return p.read }
func write(p *peer) string { return p.write }
func ssh(p *peer) string   { return p.ssh }

// heavy leaves out the peer that takes minutes for it.
func heavy(p *peer) string {
	if p.slow {
		return ""
	}
	return p.read
}

// measures are the rows, in their order.
func measures(s settings) []measure {
	return []measure{
		{"ls-remote, raw, 1 connection at a time", s.rounds, read, lsRemotes(1)},
		{"ls-remote, raw, 16 at a time", s.rounds, read, lsRemotes(16)},
		{"`git fetch` with nothing new", s.rounds, read, noopFetch},
		{"`git clone`", s.rounds, read, clones(1)},
		{"16 equal clones at once", s.rounds, heavy, clones(16)},
		{"fetch of everything, raw, 4 at a time", s.rounds, heavy, rawFetches(4)},
		{"`git push` of one page, HTTP", s.rounds, write, pushes(5)},
		{"`git push` of one page, SSH", s.rounds, ssh, pushes(5)},
		{fmt.Sprintf("%d pushes in a row", s.pushes), 1, write, pushes(s.pushes)},
		{"`git clone` after them", s.rounds, write, clones(1)},
		{"8 pushers, each to its branch", 1, write, pushers(8, 5)},
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

// during counts what f does in that many goroutines until the time is over.
func during(ctx context.Context, limit time.Duration, goroutines int, f func() (amount int64, err error)) (count int, amount int64, took time.Duration, err error) {
	var mu sync.Mutex
	began := time.Now()
	err = atOnce(goroutines, func(int) error {
		for time.Since(began) < limit && ctx.Err() == nil {
			n, err := f()
			if err != nil {
				return err
			}
			mu.Lock()
			count++
			amount += n
			mu.Unlock()
		}
		return context.Cause(ctx)
	})
	return count, amount, time.Since(began), err
}

// lsRemotes asks for the refs, each time over a new connection.
func lsRemotes(connections int) preparation {
	return func(ctx context.Context, url, _ string, _ *book) (func() (sample, error), error) {
		head, err := tip(ctx, url)
		return func() (sample, error) {
			count, _, took, err := during(ctx, 2*time.Second, connections, func() (int64, error) {
				c, err := dialRaw(url)
				if err != nil {
					return 0, err
				}
				defer c.close()
				_, err = c.lsRemote(head)
				return 0, err
			})
			return sample{count: count, rate: float64(count) / took.Seconds(), unit: "/s"}, err
		}, err
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

func noopFetch(ctx context.Context, url, dir string, _ *book) (func() (sample, error), error) {
	const times = 20
	clone := filepath.Join(dir, "clone")
	_, err := git(ctx, "", "clone", "-q", "--bare", url, clone)
	return func() (sample, error) {
		began := time.Now()
		for range times {
			if _, err := git(ctx, clone, "fetch", "-q", url, "main"); err != nil {
				return sample{}, err
			}
		}
		return sample{each: time.Since(began) / times, count: times}, nil
	}, err
}

func clones(n int) preparation {
	return func(ctx context.Context, url, dir string, _ *book) (func() (sample, error), error) {
		return func() (sample, error) {
			began := time.Now()
			err := atOnce(n, func(i int) error {
				_, err := git(ctx, "", "clone", "-q", "--bare", url, filepath.Join(dir, fmt.Sprint("clone", i)))
				return err
			})
			return sample{each: time.Since(began), count: n}, err
		}, nil
	}
}

// rawFetches takes everything over and over.
func rawFetches(connections int) preparation {
	return func(ctx context.Context, url, _ string, _ *book) (func() (sample, error), error) {
		head, err := tip(ctx, url)
		return func() (sample, error) {
			count, bytes, took, err := during(ctx, 3*time.Second, connections, func() (int64, error) {
				c, err := dialRaw(url)
				if err != nil {
					return 0, err
				}
				defer c.close()
				return c.fetch(head)
			})
			return sample{count: count, rate: float64(bytes) / 1e6 / took.Seconds(), unit: " MB/s"}, err
		}, err
	}
}

// pushes lets an author push one changed page after the other to main. Making
// the commits is not in the time.
func pushes(times int) preparation {
	return func(ctx context.Context, url, dir string, b *book) (func() (sample, error), error) {
		work := filepath.Join(dir, "work")
		_, err := git(ctx, "", "clone", "-q", url, work)
		return func() (sample, error) {
			var took time.Duration
			for range times {
				if err := b.change(ctx, work); err != nil {
					return sample{}, err
				}
				began := time.Now()
				if _, err := git(ctx, work, "push", "-q", url, "HEAD:refs/heads/main"); err != nil {
					return sample{}, err
				}
				took += time.Since(began)
			}
			return sample{each: took / time.Duration(times), count: times}, nil
		}, err
	}
}

// pushers lets many authors do so at once, each to a branch of its own.
func pushers(authors, times int) preparation {
	return func(ctx context.Context, url, dir string, b *book) (func() (sample, error), error) {
		work := func(i int) string { return filepath.Join(dir, fmt.Sprint("work", i)) }
		run := time.Now().UnixNano()
		err := atOnce(authors, func(i int) error {
			_, err := git(ctx, "", "clone", "-q", url, work(i))
			return err
		})
		return func() (sample, error) {
			began := time.Now()
			err := atOnce(authors, func(i int) error {
				for range times {
					if err := b.change(ctx, work(i)); err != nil {
						return err
					}
					if _, err := git(ctx, work(i), "push", "-q", url, fmt.Sprintf("HEAD:refs/heads/author-%d-%d", run, i)); err != nil {
						return err
					}
				}
				return nil
			})
			n := authors * times
			return sample{count: n, rate: float64(n) / time.Since(began).Seconds(), unit: " pushes/s"}, err
		}, err
	}
}

// clean removes what a round has left.
func clean(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Mkdir(dir, 0o700)
}
