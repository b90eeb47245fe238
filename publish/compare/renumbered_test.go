package compare

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// Where nothing has changed but numbers, that is seen without a tree, and says as
// many numbers as the tree does.
func TestRenumbered(t *testing.T) {
	pages, err := filepath.Glob("../render/testdata/*.html")
	if err != nil || len(pages) < 10 {
		t.Fatal(len(pages), err)
	}
	label := regexp.MustCompile(`class="(number|label)">([^<]*[0-9])`)
	link := regexp.MustCompile(`href="([a-z0-9-]*#[^"]*)">`)
	numbers := 0
	for _, name := range pages {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		old := rendered(t, article(t, "<article>"+string(source)+"</article>"))
		new := label.ReplaceAllString(old, `class="$1">${2}7`)
		new = link.ReplaceAllString(new, `href="2-$1">`)
		n, ok := renumbered([]byte(old), []byte(new))
		if !ok {
			t.Errorf("%s: something else has changed", name)
		}
		if d := checkMarks(t, old, new); d.counts.Numbers != n {
			t.Errorf("%s: %d numbers, %d in the tree", name, n, d.counts.Numbers)
		}
		numbers += n
	}
	if numbers < 40 {
		t.Errorf("the pages have %d numbers", numbers)
	}
	for i, tt := range []struct {
		old, new string
		numbers  int // -1: something else has changed
	}{
		{`<p>x</p>`, `<p>x</p>`, 0},
		{`<a href="1-x#f">Figure 1.2</a>`, `<a href="2-x#f">Figure 2.2</a>`, 1},
		{`<a href="1-x#f">Figure 1.2</a>`, `<a href="2-x#f">Table 2.2</a>`, -1},
		{`<a href="https://x/1">v 1.2</a>`, `<a href="https://x/2">v 1.2</a>`, -1},
		{`<a href="https://x/1">v 1.2</a>`, `<a href="https://x/1">v 1.3</a>`, -1},
		{`<a href="1-x#a:b">1.2</a>`, `<a href="2-x#a:b">2.2</a>`, 1},
		{`<a href="x" class="number">iv.</a>`, `<a href="y" class="number">v.</a>`, 1},
		{`<span class="label">Figure 1</span>`, `<span class="label">Figure 1 2</span>`, -1},
		{`<span class="label">Figure 1</span> x`, `<span class="label">Figure 2</span> y`, -1},
		{`<span class="label">1</span>`, `<span class="number">1</span>`, -1},
		{`<span class="label">1<b>2</b></span>`, `<span class="label">2<b>2</b></span>`, -1},
		{`<p class="label">1</p>`, `<p class="label">2</p>`, -1},
		{`<math><mtext><span class="label">1</span></mtext></math>`, `<math><mtext><span class="label">2</span></mtext></math>`, -1},
		{`<svg><text><a href="x">1</a></text></svg>`, `<svg><text><a href="x">2</a></text></svg>`, -1},
		{`<button><button><span class="label">1</span>`, `<button><button><span class="label">2</span>`, -1},
		{`<script>"<span class='label'>1</span>"</script>`, `<script>"<span class='label'>2</span>"</script>`, -1},
		{`<!--<span class="label">1</span>-->`, `<!--<span class="label">2</span>-->`, -1},
		{`<pre><span class="label">1 </span></pre>`, `<pre><span class="label">2  </span></pre>`, -1},
		{`<span class="label">1`, `<span class="label">2`, -1},
		{`<img src="a"><span class="label">1</span>`, `<img src="a"><span class="label">2</span>`, 1},
	} {
		n, ok := renumbered([]byte(tt.old), []byte(tt.new))
		if ok != (tt.numbers >= 0) || ok && n != tt.numbers {
			t.Errorf("%d: %d, %v for %s and %s", i, n, ok, tt.old, tt.new)
		}
		if ok {
			if d := checkMarks(t, fmt.Sprintf("<article>%s</article>", tt.old), fmt.Sprintf("<article>%s</article>", tt.new)); d.counts.Numbers != n {
				t.Errorf("%d: %+v", i, d.counts)
			}
		}
	}
}
