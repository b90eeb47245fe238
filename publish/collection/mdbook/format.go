// Package mdbook reads books written for mdBook: a book.toml, a table of
// contents in src/SUMMARY.md, and chapters in Markdown. Chapters are converted
// into the elements of CNXML, so that a page is checked, numbered and rendered
// in one way whatever it was written in.
//
// The Markdown is CommonMark with GitHub's tables, strikethrough, task lists
// and alerts, and with footnotes and heading attributes; the package markdown
// converts it. What common preprocessors do to the text is done here (see the
// package preprocess). {{#include}} and its kin are resolved inside the repository
// only. Raw HTML means what a browser makes of it; an element that is not on the
// list of allowed ones loses its tags.
//
// A chapter is converted from its own text and what it includes. What its links and
// images lead to is looked up afterwards, when all chapters are known.
package mdbook

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"path"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/mdbook/markdown"
	"github.com/rhaptos/rhaptos/publish/collection/mdbook/preprocess"
)

const configPath = "book.toml"

// Format is the layout of mdBook. The zero value is ready for use.
type Format struct {
	OnParse collection.OnParse // given the text of each chapter that is converted to be checked; may be nil
}

var _ collection.Format = Format{}

// Detect reports whether there is a book.toml. A tree whose storage fails is
// detected too, so that Read reports the fault.
func (Format) Detect(fsys fs.FS) bool {
	ok, err := collection.NewFiles(fsys).Exists(configPath)
	return ok || err != nil
}

// Read reads the book and checks its chapters. Those without a cached analysis are
// converted, on all cores; of others, and of what they include, nothing is read.
func (f Format) Read(ctx context.Context, fsys fs.FS, cache analysis.Cache) (*collection.Library, []collection.Problem, error) {
	r := &reader{
		files:    collection.NewFiles(fsys),
		kept:     cache,
		onParse:  f.OnParse,
		lib:      &collection.Library{Formats: []string{"mdbook"}, Modules: map[string]*collection.Module{}},
		chapters: map[string]*chapter{},
		shown:    map[string]bool{},
		title:    func(s string) string { return s },
	}
	steps := []func(context.Context) error{r.readConfig, r.readCatalog, r.readSummary, r.readNames, r.readChapters, r.checkRedirects, r.checkLinks, r.checkMedia, r.checkSymlinks}
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if err := step(ctx); err != nil {
			return nil, nil, err
		}
	}
	var problems []collection.Problem
	for _, report := range r.reports {
		problems = append(problems, report.Problems()...)
	}
	collection.SortProblems(problems)
	return r.lib, problems, nil
}

// reader is the state of one reading.
type reader struct {
	files     *collection.Files
	kept      analysis.Cache
	onParse   collection.OnParse
	lib       *collection.Library
	book      *collection.Book
	src       string // the folder of the chapters
	dialect   markdown.Dialect
	hidelines map[string]string // by language

	preprocessing preprocessing
	catalog       *preprocess.Catalog // of translations; nil if there are none
	title         func(string) string // translates a title
	places        map[string]place    // of what mdbook-spec names
	textKey       string              // names what the text of all chapters depends on, but for the dialect

	doubtful  bool                // book.toml is at fault, src a guess
	config    *collection.Report  // of book.toml
	moved     []redirect          // as book.toml has them
	redirects map[string]bool     // old pages that lead to new ones, relative to src
	chapters  map[string]*chapter // by path
	order     []*chapter
	shown     map[string]bool // files that pages show
	suggested int
	all       []string // files, once a suggestion was looked for
	reports   []*collection.Report
}

func (r *reader) report(path string) *collection.Report {
	report := collection.NewReport(path)
	r.reports = append(r.reports, report)
	return report
}

// fileBytes is the most that one file may hold, and a chapter with everything
// that it includes.
const fileBytes = 4 << 20

// memoryFactor is how much memory converting a chapter takes at most, as a multiple of
// its size: 520 was measured, of headings.
const memoryFactor = 512

// load reads a text file. It is nil if there is none, or none that can be
// read; missing says which.
func load(files *collection.Files, name string, report *collection.Report) (text []byte, missing bool, err error) {
	data, err := files.Read(name, fileBytes)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, true, nil
	case errors.Is(err, collection.ErrTooLarge):
		report.Error(cnxml.Pos{}, "file-too-large", "the file is larger than 4 MiB; split it")
		return nil, false, nil
	case err != nil:
		return nil, false, err
	}
	if at := invalidUTF8(data); at >= 0 {
		place := placeIn(data, at, at+1)
		report.Add(place.Problem(collection.Error, "not-utf8", "the text is not UTF-8 from here; save the file as UTF-8"))
		return nil, false, nil
	}
	if data == nil {
		data = []byte{}
	}
	return data, false, nil
}

// placeIn is the place of a part of a file.
func placeIn(data []byte, from, to int) collection.Place {
	cursor := cnxml.NewCursor(data)
	return collection.Place{Pos: cursor.At(from), End: cursor.At(to)}
}

// readChapters converts the chapters.
func (r *reader) readChapters(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, ch := range r.order {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return ch.read(ctx)
		})
	}
	return group.Wait()
}

// checkLinks follows links, looks for images, and for files that were to be
// included.
func (r *reader) checkLinks(context.Context) error {
	for _, ch := range r.order {
		ch.listed.Include(ch.problems)
		for _, p := range ch.pointers {
			check := ch.checkLink
			if p.Image {
				check = ch.checkImage
			}
			if err := check(p); err != nil {
				return err
			}
		}
		for _, a := range ch.absent {
			if err := ch.checkAbsent(a); err != nil {
				return err
			}
		}
	}
	return nil
}

func (ch *chapter) checkLink(l markdown.Pointer) error {
	to, err := ch.follow(l.Destination)
	switch {
	case err != nil:
		return err
	case to.problem != nil:
		p := *to.problem
		p.Line, p.Column, p.EndLine, p.EndColumn = l.At.Pos.Line, l.At.Pos.Column, l.At.End.Line, l.At.End.Column
		if behind, err := ch.behindLink(&p, path.Join(path.Dir(ch.name), markdown.Decoded(withoutQuery(l.Destination)))); err != nil {
			return err
		} else if to.wanted != "" && !behind {
			ch.suggestPage(&p, l.At, path.Dir(ch.name), l.Destination, to.wanted)
		}
		ch.listed.Add(p)
	case to.media != nil:
		ch.Media[l.Destination] = to.media
		ch.shown[to.media.Path] = true
	}
	if to.page != nil && !to.own {
		ch.Pages[to.address] = to.page.Module
	}
	if to.page != nil && to.id != "" && to.page.whole && !to.page.has(to.id) {
		p := l.At.Problem(collection.Warning, "link-target-missing",
			"#%s is no heading and no id on the page %s; correct the link", cnxml.Escape(to.id), cnxml.Escape(path.Base(to.page.name)))
		ch.suggestID(&p, l, to.id, to.page)
		ch.listed.Add(p)
	}
	return nil
}

func (ch *chapter) checkImage(image markdown.Pointer) error {
	found, err := ch.picture(image.Destination)
	if err != nil {
		return err
	}
	if found != nil {
		ch.Media[image.Destination] = found
		ch.shown[found.Path] = true
		return nil
	}
	p := image.At.Problem(collection.Error, "resource-missing",
		"the image %s does not exist; add it or correct the path, which is relative to this file", cnxml.Quote(image.Destination))
	dir := path.Dir(ch.name)
	name := path.Join(dir, markdown.Decoded(withoutQuery(image.Destination)))
	if behind, err := ch.behindLink(&p, name); behind || err != nil {
		ch.listed.Add(p)
		return err
	}
	err = ch.suggestFile(&p, image.At, dir, name, isImage, func(s string) string { return percent(s, "") })
	ch.listed.Add(p)
	return err
}

// isImage reports whether browsers show a file of that name as an image.
func isImage(name string) bool {
	return slices.Contains(imageTypes, strings.ToLower(path.Ext(name)))
}

var imageTypes = []string{".avif", ".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp"}

func (ch *chapter) checkAbsent(a absentee) error {
	p := a.at.Problem(collection.Error, "include-missing",
		"%s does not exist; add it or correct the path, which is relative to the file that includes it", cnxml.Quote(a.written))
	if behind, err := ch.behindLink(&p, a.path); behind || err != nil {
		ch.listed.Add(p)
		return err
	}
	canBeWritten := func(name string) bool { return !strings.ContainsAny(name, ":}\n ") }
	err := ch.suggestFile(&p, a.at, path.Dir(ch.name), a.path, canBeWritten, func(s string) string { return s })
	ch.listed.Add(p)
	return err
}

// checkMedia checks the content of the files that pages show.
func (r *reader) checkMedia(context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(r.shown)) {
		problems, err := r.files.CheckMedia(name, r.kept)
		if err != nil {
			return err
		}
		if len(problems) > 0 {
			r.report(name).Add(problems...)
		}
	}
	return nil
}
