package merge

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// Texts that are made to take long are merged or given up in a few seconds: nothing in
// the merge grows with the square of a text.
func TestHostileTexts(t *testing.T) {
	testenv.Slow(t, "merges large texts")
	const size = 300_000 // bytes of each version
	fill := func(format string, arg func(i int) int) string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, format, arg(i), arg(i)*7919)
		}
		return b.String()
	}
	up := func(i int) int { return i }
	reversed := func(by int) func(int) int { return func(i int) int { return 1_000_000 - i*by } }
	odd := func(n int) func(int) int {
		return func(i int) int {
			if i%2 == 0 {
				return i
			}
			return i + n
		}
	}
	const para, item, word = "The paragraph %d has seven words %d.\n\n", "- %d %d\n", "w%d w%d "
	wrap := func(s string) string {
		return `<document xmlns="http://cnx.rice.edu/cnxml"><content>` + s + `</content></document>`
	}
	for _, c := range []struct{ name, path, base, ours, theirs string }{
		{"paragraphs added by both", "a.md", "One.\n", "One.\n\n" + fill(para, up), "One.\n\n" + fill(para, reversed(3))},
		{"paragraphs moved by both", "a.md", fill(para, up), fill(para, reversed(1)), fill(para, func(i int) int { return i ^ 1 })},
		{"every other paragraph", "a.md", fill(para, up), fill(para, odd(1_000_000)), fill(para, odd(2_000_000))},
		{"items", "a.md", fill(item, up), fill(item, odd(1_000_000)), fill(item, reversed(1))},
		{"one paragraph", "a.md", fill(word, up), fill(word, odd(1_000_000)), fill(word, reversed(1))},
		{"one letter", "a.md", strings.Repeat("a ", size/2), strings.Repeat("b a ", size/4), strings.Repeat("a c ", size/4)},
		{"contents", "SUMMARY.md", fill("- [c%d](%d.md)\n", up), fill("- [c%d](%d.md)\n", reversed(1)), fill("- [d%d](%d.md)\n", up)},
		{"elements", "a.cnxml", wrap(fill(`<para id="a%d">x %d</para>`, up)), wrap(fill(`<para id="a%d">x %d</para>`, reversed(1))), wrap(fill(`<para id="a%d">y %d</para>`, odd(1_000_000)))},
		{"attributes", "a.cnxml", wrap("<para id='a'/>"), wrap("<para " + fill(` a%d="%d"`, up) + "/>"), wrap("<para " + fill(` a%d="%d"`, reversed(1)) + "/>")},
		{"settings", "a.toml", "", fill("a%d = %d\n", up), fill("a%d = %d\n", odd(1_000_000))},
		{"lines", "a.txt", fill("%d %d\n", up), fill("%d %d\n", odd(1_000_000)), fill("%d %d\n", reversed(1))},
	} {
		began := time.Now()
		got := File(c.path, []byte(c.base), []byte(c.ours), []byte(c.theirs))
		took := time.Since(began)
		t.Logf("%s: %v, %d conflicts", c.name, took.Round(time.Millisecond), len(got.Conflicts))
		if took > 20*time.Second {
			t.Errorf("%s takes %v", c.name, took)
		}
	}
}
