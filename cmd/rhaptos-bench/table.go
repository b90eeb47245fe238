package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// table has the results: a column for each peer.
type table struct {
	peers []*peer
	rows  []row
}

type row struct {
	name  string
	cells []string // by peer
}

// measure adds a row.
func (t *table) measure(ctx context.Context, m measure, dir string, b *book) error {
	found := make([][]sample, len(t.peers))
	used := make([][]time.Duration, len(t.peers))
	for range m.rounds {
		for i, p := range t.peers {
			url := m.url(p)
			if url == "" {
				continue
			}
			s, cpu, err := once(ctx, m, p, url, filepath.Join(dir, "round"), b)
			if err != nil {
				return fmt.Errorf("%s of %s: %w", m.name, p.name, err)
			}
			found[i] = append(found[i], s)
			used[i] = append(used[i], cpu)
		}
	}
	r := row{name: m.name}
	for i := range t.peers {
		r.cells = append(r.cells, cell(found[i], used[i]))
	}
	t.rows = append(t.rows, r)
	return nil
}

// once is one round of one peer. The processor time is that of one operation.
func once(ctx context.Context, m measure, p *peer, url, dir string, b *book) (s sample, cpu time.Duration, err error) {
	s, cpu, err = measured(ctx, m, p, url, dir, b)
	if err != nil || p.counted == nil {
		return s, cpu / time.Duration(max(s.count, 1)), err
	}
	// Its processor time is counted only when it is started in a way that takes longer.
	counted, cpu, err := measured(ctx, m, p, p.counted(url), dir, b)
	return s, cpu / time.Duration(max(counted.count, 1)), err
}

func measured(ctx context.Context, m measure, p *peer, url, dir string, b *book) (s sample, cpu time.Duration, err error) {
	if err := clean(dir); err != nil {
		return s, 0, err
	}
	work, err := m.prepare(ctx, url, dir, b)
	if err != nil {
		return s, 0, err
	}
	before, err := p.settle(ctx)
	if err != nil {
		return s, 0, err
	}
	if s, err = work(); err != nil {
		return s, 0, err
	}
	after, err := p.settle(ctx)
	return s, after - before, err
}

// cell is the median of the samples, and of the processor time.
func cell(found []sample, used []time.Duration) string {
	if len(found) == 0 {
		return "-"
	}
	slices.SortFunc(found, func(a, b sample) int {
		if a.rate != b.rate {
			return int(a.rate - b.rate)
		}
		return int(a.each - b.each)
	})
	slices.Sort(used)
	s, cpu := found[len(found)/2], used[len(used)/2]
	if s.unit != "" {
		return fmt.Sprintf("%s%s (%s)", round(s.rate), s.unit, millis(cpu))
	}
	return fmt.Sprintf("%s (%s)", millis(s.each), millis(cpu))
}

func millis(d time.Duration) string { return round(float64(d)/float64(time.Millisecond)) + " ms" }

// round shows three digits at the most.
func round(f float64) string {
	switch {
	case f < 1:
		return fmt.Sprintf("%.2f", f)
	case f < 100:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.0f", f)
}

// print writes the table in Markdown.
func (t *table) print(w io.Writer) error {
	var b strings.Builder
	b.WriteString("| |")
	for _, p := range t.peers {
		fmt.Fprintf(&b, " %s |", p.name)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(t.peers)) + "\n")
	for _, r := range t.rows {
		fmt.Fprintf(&b, "| %s | %s |\n", r.name, strings.Join(r.cells, " | "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
