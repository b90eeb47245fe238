package check_test

import (
	"context"
	"fmt"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
	"github.com/rhaptos/rhaptos/publish/check"
)

// What one file may cost at most, whatever is in it: a small part of what package
// budget allows, so that those bounds are never met by what the parsers let through.
const (
	fileCost   = 10 * time.Second // of processor time; 2 were measured
	fileMemory = 700 << 20        // bytes; 400 MiB were measured
)

// Just below the sizes of the largest files.
const (
	cnxmlBytes    = 8<<20 - 4096
	markdownBytes = 4<<20 - 4096
)

func fill(s string, size int) string { return strings.Repeat(s, size/len(s)) }

// numbered repeats the format, which takes one number as often as it likes.
func numbered(format string, size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// costlyModules are contents of modules at the limits of size or elements.
func costlyModules() map[string]string {
	const math = "<equation id='e'><m:math xmlns:m='http://www.w3.org/1998/Math/MathML'>"
	return map[string]string{
		"elements":       fill("<para/>", 7*499_000),
		"emphasis":       "<para id='p'>" + fill("<emphasis>a</emphasis>", cnxmlBytes) + "</para>",
		"paragraphs":     numbered("<para id='p%[1]d'>a</para>", cnxmlBytes),
		"sections":       numbered("<section id='s%[1]d'><title>a</title></section>", cnxmlBytes),
		"exercises":      numbered("<exercise id='e%[1]d'><problem id='q%[1]d'><para id='r%[1]d'>a</para></problem></exercise>", cnxmlBytes),
		"figures":        numbered("<figure id='f%[1]d'><media id='m%[1]d' alt=''><image src='a.png' mime-type='image/png'/></media></figure>", cnxmlBytes),
		"tables":         numbered("<table id='t%[1]d' summary=''><tgroup cols='1'><tbody><row><entry>a</entry></row></tbody></tgroup></table>", cnxmlBytes),
		"attributes":     fill("<para "+numbered("a%[1]d='' ", 1600)+"/>", cnxmlBytes),
		"text and space": "<para id='p'>" + fill("a<space/>", 9*400_000) + "</para>",
		"links":          "<para id='p'>" + fill("<link target-id='x'/>", 21*390_000) + "</para>",
		"formulas":       math + fill("<m:mrow><m:mi>x</m:mi><m:mo>+</m:mo></m:mrow>", cnxmlBytes) + "</m:math></equation>",
		"media":          fill("<media id='x' alt=''><image src='a.png' mime-type='image/png'/></media>", cnxmlBytes),
		"over the limit": fill("<para/>", cnxmlBytes),
	}
}

// costlyChapters are chapters at the limits of size, lines, tags, cells or steps, or
// just above them.
func costlyChapters() map[string]string {
	row := fill("|a", 600) + "\n"
	return map[string]string{
		"code":        fill("`a` ", markdownBytes),
		"some code":   fill("`a` ", 4*120_000),
		"double code": fill("``a`` ", markdownBytes),
		"words":       fill("word ", markdownBytes),
		"lines":       fill("a\n", 2*99_000),
		"emphasis":    fill(fill("*a ", 3*19_900)+"\n\n", markdownBytes),
		"tags":        fill("<b>a</b> ", 9*49_000),
		"tags apart":  fill("a <i>b</i>\n\n", 12*49_000),
		"entities":    fill("&amp;", markdownBytes),
		"addresses":   fill("http://a.b ", markdownBytes),
		"cells":       row + fill("|-", 600) + "\n" + fill(row, len(row)*1600),
		"images":      fill("![a](b.png)\n\n", 13*49_000),
		"links":       fill("[a](b)\n\n", 8*49_000),
		"items":       fill("- a\n", 4*99_000),
		"headings":    fill("# a\n", 4*99_000),
		"quotes":      fill("\"a\" ", markdownBytes),
		"escapes":     fill("\\*", markdownBytes),
		"breaks":      fill("a  \n", 4*99_000),
	}
}

// heapInUse returns the bytes of the heap in use.
func heapInUse() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// peak returns the most memory that was in use while f ran, beyond what was before.
func peak(f func()) uint64 {
	runtime.GC()
	before, stop, most := heapInUse(), make(chan bool), make(chan uint64)
	go func() {
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		highest := uint64(0)
		for {
			select {
			case <-stop:
				most <- highest
				return
			case <-tick.C:
				highest = max(highest, heapInUse())
			}
		}
	}()
	f()
	close(stop)
	if highest := <-most; highest > before {
		return highest - before
	}
	return 0
}

// costlyTrees are trees with one costly file each.
func costlyTrees() map[string]fstest.MapFS {
	trees := map[string]fstest.MapFS{}
	for name, body := range costlyModules() {
		tree := openStax("")
		tree["modules/m1/index.cnxml"] = file(moduleXML("m1", 1, body))
		trees["module of "+name] = tree
	}
	for name, text := range costlyChapters() {
		tree := mdBook("")
		tree["src/ebb.md"] = file(text)
		trees["chapter of "+name] = tree
	}
	including := mdBook("")
	including["src/ebb.md"] = file(fill("{{#include all.md}}\n", 20*40))
	including["src/all.md"] = file(fill("# a\n", 4*2_400))
	trees["chapter of includes"] = including
	return trees
}

// No file that the parsers let through, and none that they refuse, costs nearly as much
// as package budget allows.
func TestCostOfAnyFile(t *testing.T) {
	testenv.Slow(t, "some thirty of the costliest files that there can be")
	for name, tree := range costlyTrees() {
		before := testenv.ProcessorTime(t)
		memory := peak(func() {
			if r, err := check.Tree(context.Background(), tree, nil); err != nil {
				t.Errorf("%s: %v", name, err)
			} else {
				for _, p := range r.Problems {
					if p.Rule == "check-limit" {
						t.Errorf("%s: %v", name, p)
					}
				}
			}
		})
		took := testenv.ProcessorTime(t) - before
		t.Logf("%-32s %6.2f s %5d MiB", name, took.Seconds(), memory>>20)
		if took > fileCost || memory > fileMemory {
			t.Errorf("%s: %v of processor time and %d MiB of memory, want at most %v and %d MiB", name, took, memory>>20, fileCost, fileMemory>>20)
		}
	}
}

// Many trees at the same time take little more memory than one.
func TestCostOfManyTrees(t *testing.T) {
	testenv.Slow(t, "twelve costly trees at the same time")
	trees := costlyTrees()
	memory := peak(func() {
		var wg sync.WaitGroup
		for range 4 {
			for _, name := range []string{"module of sections", "chapter of headings", "chapter of cells"} {
				wg.Go(func() {
					if _, err := check.Tree(context.Background(), trees[name], nil); err != nil {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
	})
	t.Logf("%d MiB", memory>>20)
	if memory > 2*fileMemory {
		t.Errorf("%d MiB of memory, want at most %d MiB", memory>>20, 2*fileMemory>>20)
	}
}
