package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// rateGrowth publishes generated books of growing size, each on a fresh server,
// and builds sites of as many pages.
func rateGrowth(ctx context.Context, s settings, dir string) error {
	fmt.Printf("### A generated book\n\n| modules | Rhaptos, publication | each | peak memory | Hugo | each | peak memory |\n|---|---|---|---|---|---|---|\n")
	for modules := 10; modules <= s.modules; modules *= 10 {
		fmt.Fprintln(os.Stderr, "publishing", modules, "modules")
		at := filepath.Join(dir, fmt.Sprint(modules))
		b, err := grow(ctx, filepath.Join(at, "book"), modules)
		if err != nil {
			return err
		}
		p, err := freshServer(ctx, s, filepath.Join(at, "server"))
		if err != nil {
			return err
		}
		found, err := publishCold(ctx, p, b)
		p.stop()
		if err != nil {
			return err
		}
		site := &site{dir: filepath.Join(at, "site")}
		if err := site.begin(); err != nil {
			return err
		}
		for i := range modules {
			if err := site.page(i, fmt.Sprint("Module ", i), "## Reading\n\n"+strings.Repeat(sentence+"\n\n", 12)); err != nil {
				return err
			}
		}
		if err := site.build(ctx, s.hugo); err != nil {
			return err
		}
		each := func(seconds float64) string { return fmt.Sprintf("%.2f ms", seconds*1000/float64(modules)) }
		took := site.took[0]
		fmt.Printf("| %d | %s | %s | %d MB | %s | %s | %d MB |\n", modules, seconds(found.after), each(found.after.Seconds()),
			found.peak>>20, seconds(took), each(took.Seconds()), site.peak>>20)
	}
	return nil
}

const sentence = "A book is bound from leaves that were folded and sewn, and whoever reads it turns them one by one."

// grow makes a book of so many modules in chapters of twenty: each with
// paragraphs, a table, an exercise, a key term, and a link to the module before.
func grow(ctx context.Context, dir string, modules int) (*book, error) {
	b := &book{dir: dir, page: "modules/m0/index.cnxml", mark: "<content>", what: fmt.Sprint(modules, " modules")}
	files := map[string]string{"META-INF/books.xml": `<container xmlns="https://openstax.org/namespaces/book-container" version="1">
<book slug="grown" style="grown" href="../collections/grown.collection.xml"/></container>`}
	var contents strings.Builder
	for i := range modules {
		if i%20 == 0 {
			if i > 0 {
				contents.WriteString("</col:content></col:subcollection>\n")
			}
			fmt.Fprintf(&contents, "<col:subcollection><md:title>Chapter %d</md:title><col:content>\n", i/20+1)
		}
		fmt.Fprintf(&contents, "<col:module document=\"m%d\"/>\n", i)
		files[fmt.Sprintf("modules/m%d/index.cnxml", i)] = module(i)
	}
	files["collections/grown.collection.xml"] = `<col:collection xmlns:col="http://cnx.rice.edu/collxml" xmlns:md="http://cnx.rice.edu/mdml">
<col:metadata><md:title>Grown</md:title><md:slug>grown</md:slug><md:language>en</md:language>
<md:uuid>00000000-0000-4000-8000-000000000000</md:uuid><md:license url="http://creativecommons.org/licenses/by/4.0/"/></col:metadata>
<col:content>` + contents.String() + "</col:content></col:subcollection></col:content></col:collection>"
	for name, text := range files {
		if err := writeFile(filepath.Join(dir, name), text); err != nil {
			return nil, err
		}
	}
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"config", "gc.auto", "0"}, {"add", "."}, {"commit", "-q", "-m", "a book"}, {"gc", "-q"}} {
		if _, err := git(ctx, dir, args...); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func module(i int) string {
	before := ""
	if i > 0 {
		before = fmt.Sprintf(`<para id="p-back">It goes on from <link document="m%d" target-id="t1"/>.</para>`, i-1)
	}
	paragraphs := ""
	for j := range 12 {
		paragraphs += fmt.Sprintf("<para id=\"p%d\">%s</para>\n", j, sentence)
	}
	return fmt.Sprintf(`<document xmlns="http://cnx.rice.edu/cnxml">
<title>Module %d</title>
<metadata xmlns:md="http://cnx.rice.edu/mdml"><md:title>Module %d</md:title><md:content-id>m%d</md:content-id>
<md:uuid>00000000-0000-4000-8000-%012x</md:uuid></metadata>
<content>
<section id="s1"><title>Reading</title>
%s%s
<table id="t1"><tgroup cols="2"><tbody><row><entry>leaves</entry><entry>%d</entry></row></tbody></tgroup></table>
<exercise id="e1"><problem id="q1"><para id="q1p">How many leaves?</para></problem><solution id="a1"><para id="a1p">%d</para></solution></exercise>
</section>
</content>
<glossary><definition id="d1"><term>leaf %d</term><meaning id="d1m">what is turned</meaning></definition></glossary>
</document>`, i, i, i, i+1, paragraphs, before, i, i, i)
}
