package openstax

import (
	"fmt"
	"io/fs"
	"testing"

	"github.com/rhaptos/rhaptos/publish/analysis"
)

// BenchmarkCold checks the tip of a real book of which nothing is known, as the
// server reads it after a push.
func BenchmarkCold(b *testing.B) {
	for _, name := range []string{statistics, physics, python} {
		b.Run(name, func(b *testing.B) {
			h := openHistory(b, name)
			all := h.commits(b)
			b.ReportAllocs()
			for b.Loop() {
				judge(b, h.fresh(b, all[len(all)-1]), analysis.None{})
			}
		})
	}
}

// BenchmarkChanged checks a push to the largest book that changes so many of
// its modules. The rest is known.
func BenchmarkChanged(b *testing.B) {
	h := openHistory(b, statistics)
	all := h.commits(b)
	tip := all[len(all)-1]
	known := h.tree(b, tip)
	lib, _, err := Format{}.Read(b.Context(), known, analysis.None{})
	if err != nil {
		b.Fatal(err)
	}
	var paths []string
	for _, m := range lib.Modules {
		paths = append(paths, m.Path)
	}
	for _, n := range []int{0, 1, 10, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			kept := analysis.NewMemory(256 << 20)
			judge(b, h.tree(b, tip), kept)
			size, _ := kept.Size()
			b.ReportAllocs()
			round, opened := 0, int64(0)
			for b.Loop() {
				b.StopTimer()
				o := over(nil)
				for _, name := range paths[:n] {
					text, err := fs.ReadFile(known, name)
					if err != nil {
						b.Fatal(err)
					}
					round++
					o.put(name, fmt.Appendf(text, "<!-- %d -->", round))
				}
				b.StartTimer()
				o.FS = h.fresh(b, tip)
				judge(b, o, kept)
				opened += o.opened.Load()
			}
			b.ReportMetric(float64(opened)/float64(b.N), "opened/op")
			b.ReportMetric(float64(size)/float64(len(paths)), "cache-bytes/module")
		})
	}
}

func BenchmarkRead(b *testing.B) {
	h := openHistory(b, statistics)
	fsys := h.tip(b)
	kept := analysis.NewMemory(256 << 20)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := (Format{}).Read(b.Context(), fsys, kept); err != nil {
			b.Fatal(err)
		}
	}
}
