package compare

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// noise is about n bytes of random words.
func noise(random *rand.Rand, n, kinds int, between string) string {
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "w%d%s", random.IntN(kinds), between)
	}
	return b.String()
}

// edited is about n bytes of words of which every fifth one is random.
func edited(random *rand.Rand, n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		if i%5 == 4 {
			fmt.Fprintf(&b, "x%d ", random.IntN(1<<20))
			continue
		}
		fmt.Fprintf(&b, "w%d ", i)
	}
	return b.String()
}

// hostile are pages of about n bytes that are made to take long, in two versions.
var hostile = map[string]func(random *rand.Rand, n int, old bool) string{
	"one long line": func(random *rand.Rand, n int, old bool) string { return "<p>" + noise(random, n, 1<<20, " ") + "</p>" },
	"few words":     func(random *rand.Rand, n int, old bool) string { return "<p>" + noise(random, n, 3, " ") + "</p>" },
	"one word": func(random *rand.Rand, n int, old bool) string {
		return "<p>" + strings.Repeat("x ", n/2-random.IntN(9)) + "</p>"
	},
	"many equal blocks": func(random *rand.Rand, n int, old bool) string { return noise(random, n, 2, "<p>a</p>") },
	"many blocks": func(random *rand.Rand, n int, old bool) string {
		return "<p>" + noise(random, n, 1<<20, "</p><p>") + "</p>"
	},
	"many likely blocks": func(random *rand.Rand, n int, old bool) string {
		return "<p>" + noise(random, n, 40, "</p><p>the same words in each of them ") + "</p>"
	},
	"deep": func(random *rand.Rand, n int, old bool) string {
		return strings.Repeat(strings.Repeat("<div>", 200)+noise(random, 200, 9, " ")+strings.Repeat("</div>", 200), n/2400)
	},
	"deep blocks with text": func(random *rand.Rand, n int, old bool) string {
		var b strings.Builder
		for b.Len() < n {
			for range 200 {
				b.WriteString("<div>" + noise(random, 12, 1<<20, " "))
			}
			b.WriteString(strings.Repeat("</div>", 200))
		}
		return b.String()
	},
	"deep lists": func(random *rand.Rand, n int, old bool) string {
		var b strings.Builder
		for b.Len() < n {
			for range 100 {
				b.WriteString("<ul><li>" + noise(random, 8, 30, " "))
			}
			b.WriteString(strings.Repeat("</li></ul>", 100))
		}
		return b.String()
	},
	"deep spans": func(random *rand.Rand, n int, old bool) string {
		var b strings.Builder
		for b.Len() < n {
			b.WriteString("<p>" + strings.Repeat("<span>", 200) + noise(random, 2000, 1<<20, " ") + strings.Repeat("</span>", 200) + "</p>")
		}
		return b.String()
	},
	"deep spans around a block": func(random *rand.Rand, n int, old bool) string {
		var b strings.Builder
		for b.Len() < n {
			b.WriteString(strings.Repeat("<span>", 200) + "<p>" + noise(random, 20, 1<<20, " ") + "</p>" + strings.Repeat("</span>", 200))
		}
		return b.String()
	},
	"deep spans with some words changed": func(random *rand.Rand, n int, old bool) string {
		var b strings.Builder
		for b.Len() < n {
			b.WriteString("<p>" + strings.Repeat("<span>", 400) + edited(random, 20_000) + strings.Repeat("</span>", 400) + "</p>")
		}
		return b.String()
	},
	"deep spans before a block": func(random *rand.Rand, n int, old bool) string {
		return strings.Repeat("<span>", 400) + strings.Repeat("<b></b>", n/7) + "<p>" + noise(random, 20, 1<<20, " ") + "</p>" + strings.Repeat("</span>", 400)
	},
	"spans that are gone": func(random *rand.Rand, n int, old bool) string {
		if !old {
			return "<p>" + edited(random, n) + "</p>"
		}
		return "<p>" + strings.Repeat("<span>", 400) + edited(random, n) + strings.Repeat("</span>", 400) + "</p>"
	},
	"a span with a long class is gone": func(random *rand.Rand, n int, old bool) string {
		if !old {
			return "<p>" + edited(random, n/2) + "</p>"
		}
		return "<p><span class=" + strings.Repeat("x", n/2) + ">" + edited(random, n/2) + "</span></p>"
	},
	"numbers": func(random *rand.Rand, n int, old bool) string {
		return "<p>" + noise(random, n, 30, `<span class=number>1</span> `) + "</p>"
	},
	"elements in a line": func(random *rand.Rand, n int, old bool) string {
		return "<p>" + noise(random, n, 50, "<em>x</em> ") + "</p>"
	},
	"one link in a line": func(random *rand.Rand, n int, old bool) string {
		return "<p>" + noise(random, n, 50, "<a href=x>x</a>") + "</p>"
	},
	"nothing but empties": func(random *rand.Rand, n int, old bool) string {
		return "<p>" + strings.Repeat("<span></span>", n/13) + noise(random, 20, 9, " ") + "</p>"
	},
	"one row": func(random *rand.Rand, n int, old bool) string {
		return "<table><tr><td>" + noise(random, n, 1<<20, "<td>") + "</table>"
	},
	"code": func(random *rand.Rand, n int, old bool) string {
		return "<pre>" + noise(random, n, 9, "\n  ") + "</pre>"
	},
	"ids like those of changes": func(random *rand.Rand, n int, old bool) string {
		var b strings.Builder
		prefix := "change-"
		for b.Len() < n {
			fmt.Fprintf(&b, "<p id=%s1>w%d</p>", prefix, random.IntN(1<<20))
			prefix = "x-" + prefix
		}
		return b.String()
	},
	"cells over rows": func(random *rand.Rand, n int, old bool) string {
		return "<table><tr><td rowspan=2>" + noise(random, n, 40, "<tr><td rowspan=3>some words<td>") + "</table>"
	},
}

// written compares two pages and writes the result, as Comparison.Page does.
func written(t testing.TB, old, new string) []byte {
	t.Helper()
	out, _ := marked(t, old, new)
	var b bytes.Buffer
	if err := html.Render(&b, out); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestHostile compares pages that are made to take long.
func TestHostile(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for name, page := range hostile {
		t.Run(name, func(t *testing.T) {
			var took [2]time.Duration
			for i, n := range []int{20_000, 200_000} {
				old, new := "<article>"+page(random, n, true)+"</article>", "<article>"+page(random, n, false)+"</article>"
				start := time.Now()
				out, _ := marked(t, old, new)
				took[i] = time.Since(start)
				if size := len(rendered(t, out)); size > 12*(len(old)+len(new))+maxCopied {
					t.Errorf("%d bytes become %d", len(old)+len(new), size)
				}
				if read(out, atom.Del) != read(article(t, new), 0) {
					t.Error("the text is not that of the page")
				}
			}
			t.Log(took)
			if took[1] > 5*time.Second && took[1] > 30*took[0] { // ten times as much and some noise, not a hundred times
				t.Errorf("200 kB took %v, 20 kB %v", took[1], took[0])
			}
		})
	}
}

// BenchmarkHostile shows how the time grows with the size of such pages:
// cpu-ns/byte stays about the same where it is linear.
func BenchmarkHostile(b *testing.B) {
	for _, name := range slices.Sorted(maps.Keys(hostile)) {
		for _, n := range []int{125_000, 250_000, 500_000, 1_000_000} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				random := rand.New(rand.NewPCG(3, 4))
				old, new := "<article>"+hostile[name](random, n, true)+"</article>", "<article>"+hostile[name](random, n, false)+"</article>"
				size := 0
				used, rounds := testenv.ProcessorTime(b), 0
				for b.Loop() {
					size = len(written(b, old, new))
					rounds++
				}
				each := float64(testenv.ProcessorTime(b)-used) / float64(rounds)
				b.ReportMetric(each/1e6, "cpu-ms")
				b.ReportMetric(each/float64(len(old)+len(new)), "cpu-ns/byte")
				b.ReportMetric(float64(size)/float64(len(new)), "out/in")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}
