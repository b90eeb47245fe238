package render_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// renderCode renders a page with one block of code.
func renderCode(t *testing.T, lang, text string) string {
	t.Helper()
	text = strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(text)
	lib := library(t, "en", module(t, "m1", document("T", `<code display="block" lang="`+lang+`">`+text+`</code>`)))
	book := newBook(t, lib, lib.Books[0])
	body, _ := renderPage(t, book, book.Pages()[1])
	checkMarkup(t, book.Pages()[1], string(body))
	return string(body)
}

func TestHighlight(t *testing.T) {
	tests := []struct{ name, lang, text, want string }{
		{"keywords", "rust", "let x = 5; // five", `<span class="tok-keyword">let</span> x = <span class="tok-number">5</span>; <span class="tok-comment">// five</span>`},
		{"upper case", "Python", "None", `<span class="tok-keyword">None</span>`},
		{"a session", "console", "$ cargo run\nHello", `<span class="tok-keyword">$</span> cargo run`},
		{"another name", "cmd", "REM x", `<span class="tok-comment">REM x</span>`},
		{"nothing is lost", "python", "\tx <y> & z\n\n# <", "\tx &lt;y&gt; &amp; z\n\n<span class=\"tok-comment\"># &lt;</span>"},
		{"no language", "", "let x", "<code>let x</code>"},
		{"unknown", "klingon", "let x", `<code class="language-klingon">let x</code>`},
		{"no ending of a file", "rs.in", "let x", "<code>let x</code>"},
		{"plain", "text", "let x", `<code class="language-text">let x</code>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := renderCode(t, tt.lang, tt.text); !strings.Contains(got, tt.want) {
				t.Errorf("got %s, want %s in it", got, tt.want)
			}
		})
	}
}

// TestHighlightBounds renders code that is long or hard: it is written in time,
// and whole.
func TestHighlightBounds(t *testing.T) {
	for name, text := range map[string]string{
		"long":       strings.Repeat("let x = 5;\n", 100_000),
		"open":       strings.Repeat(`"`, 60_000),
		"one letter": strings.Repeat("a", 60_000),
	} {
		for _, lang := range []string{"rust", "markdown"} {
			start := testenv.ProcessorTime(t)
			body := renderCode(t, lang, text)
			if took := testenv.ProcessorTime(t) - start; took > 10*time.Second {
				t.Errorf("%s in %s: %v", name, lang, took)
			}
			if n := strings.Count(body, text[:1]); n < strings.Count(text, text[:1]) {
				t.Errorf("%s in %s: %d of %q are left of %d", name, lang, n, text[:1], strings.Count(text, text[:1]))
			}
		}
	}
}
