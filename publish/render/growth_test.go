package render_test

import (
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// costly are contents of n parts each of which might be compared with all others.
var costly = map[string]func(n int) string{
	"collected sections": func(n int) string {
		return repeated(`<section id="s%" class="summary"><title>A</title><exercise id="e%"><problem id="p%"/>
<solution id="o%"><para id="q%">x</para></solution></exercise></section>`, n)
	},
	"terms and definitions": func(n int) string {
		return repeated(`<para id="p%"><term id="t%">w%</term></para>`, n) + "</content><glossary>" +
			repeated(`<definition id="d%"><term>v%</term><meaning id="m%">x</meaning></definition>`, n) + "</glossary><content>"
	},
	"columns": func(n int) string {
		return `<table id="t"><tgroup cols="1">` + repeated(`<colspec colname="c%"/>`, n) + "<tbody>" +
			strings.Repeat(`<row><entry namest="c`+strconv.Itoa(n-1)+`">x</entry></row>`, n) + "</tbody></tgroup></table>"
	},
	"links": func(n int) string {
		return repeated(`<figure id="f%"/><para id="p%"><link target-id="f%"/></para>`, n)
	},
}

// repeated is the text n times, each with its number for the percent signs.
func repeated(text string, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(text, "%", strconv.Itoa(i)))
	}
	return b.String()
}

// TestCostly renders large modules: the time, and what comes of it, must not
// grow with the square of their size. Those that did took from eight seconds to
// a minute here, or made a page of 640 MB.
func TestCostly(t *testing.T) {
	for name, content := range costly {
		t.Run(name, func(t *testing.T) {
			text := document("A", content(8_000))
			best, made := time.Hour, 0
			for range 3 { // the machine may be busy
				lib := library(t, "en", module(t, "m1", text))
				start := time.Now()
				book := bookWith(t, lib, lib.Books[0], analysis.None{}, outline.Standard())
				made = 0
				for _, p := range book.Pages() {
					book.Depends(io.Discard, p)
					body, _ := renderPage(t, book, p)
					made += len(body)
				}
				if best = min(best, time.Since(start)); best < 2*time.Second {
					break
				}
			}
			if best > 6*time.Second || made > 10*len(text) {
				t.Errorf("%d bytes of source make %d, in %v", len(text), made, best)
			}
		})
	}
}
