// Package mdbook reads books written for mdBook: a book.toml, a table of
// contents in src/SUMMARY.md, and chapters in Markdown. Chapters are converted
// into the elements of CNXML, so that a page is judged, numbered and rendered
// in one way whatever it was written in.
//
// The Markdown is CommonMark with GitHub's tables, strikethrough, task lists
// and alerts, and with footnotes and heading attributes. {{#include}} and its
// kin are resolved inside the repository only. Raw HTML is taken apart: an
// element that is not on the list of allowed ones loses its tags.
package mdbook

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

const configPath = "book.toml"

// Format is the layout of mdBook. The zero value is ready for use.
type Format struct{}

var _ collection.Format = Format{}

// Detect reports whether there is a book.toml. A tree whose storage fails is
// detected too, so that Read tells the fault.
func (Format) Detect(fsys fs.FS) bool {
	ok, err := collection.NewFiles(fsys).Exists(configPath)
	return ok || err != nil
}

// Read reads the book and converts its chapters, on all cores.
func (Format) Read(ctx context.Context, fsys fs.FS) (*collection.Library, []collection.Problem, error) {
	r := &reader{
		files:    collection.NewFiles(fsys),
		lib:      &collection.Library{Format: "mdbook", Modules: map[string]*collection.Module{}},
		chapters: map[string]*chapter{},
	}
	steps := []func(context.Context) error{r.readConfig, r.readSummary, r.readChapters, r.checkFragments}
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
	files    *collection.Files
	lib      *collection.Library
	book     *collection.Book
	src      string              // the folder of the chapters
	doubtful bool                // book.toml is at fault, src a guess
	chapters map[string]*chapter // by path
	order    []*chapter
	reports  []*collection.Report
}

func (r *reader) report(path string) *collection.Report {
	report := collection.NewReport(path)
	r.reports = append(r.reports, report)
	return report
}

// fileBytes is the most that one file may hold, and a chapter with everything
// that it includes.
const fileBytes = 4 << 20

// load reads a text file. It is nil if there is none, or none that can be
// read; missing says which.
func load(files *collection.Files, name string, report *collection.Report) (text []byte, missing bool, err error) {
	data, err := files.Read(name, fileBytes)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, true, nil
	case errors.Is(err, collection.ErrTooLarge):
		report.Error(cnxml.Pos{}, "file-too-large", "the file is larger than 4 MiB; divide it")
		return nil, false, nil
	case err != nil:
		return nil, false, err
	}
	if at := invalidUTF8(data); at >= 0 {
		report.Error(cnxml.NewCursor(data).At(at), "not-utf8", "the text is not UTF-8 from here; save the file as UTF-8")
		return nil, false, nil
	}
	if data == nil {
		data = []byte{}
	}
	return data, false, nil
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
			return ch.read()
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if r.book != nil {
		dropSameTitles(r.book.Collection.Entries)
	}
	return nil
}

// dropSameTitles leaves an entry its title only where the chapter's own, which
// may hold markup, reads differently.
func dropSameTitles(entries []collection.Entry) {
	for i := range entries {
		e := &entries[i]
		if e.Subcollection != nil {
			dropSameTitles(e.Subcollection.Entries)
		} else if strings.Join(strings.Fields(e.Module.Title.PlainText()), " ") == e.Title {
			e.Title = ""
		}
		dropSameTitles(e.Children)
	}
}

// checkFragments follows the links that lead to a place on a page.
func (r *reader) checkFragments(context.Context) error {
	for _, ch := range r.order {
		for _, l := range ch.fragments {
			if l.to.Content != nil && !l.to.ids[l.id] {
				ch.report.Warning(l.pos, "link-target-missing", "#%s is no heading and no id on the page %s; correct the link",
					cnxml.Escape(l.id), cnxml.Escape(path.Base(l.to.Path)))
			}
		}
	}
	return nil
}
