package mdbook

import (
	"bytes"
	"context"
	"fmt"
	"strconv"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/mdbook/markdown"
)

// chapter is a module while it is read.
type chapter struct {
	*collection.Module
	*reader
	chapterAnalysis
	name   string             // its path as the contents have it; Path is that of the file, behind links
	listed *collection.Report // of the chapter's file
	report *collection.Report // of what is wrong in its text
}

// read takes the cached analysis, or converts the chapter's file to find
// them.
func (ch *chapter) read(ctx context.Context) error {
	blob, err := ch.files.BlobID(ch.name)
	if err != nil {
		return err
	}
	known, err := ch.recall(blob)
	if err != nil {
		return err
	}
	if !known {
		ch.chapterAnalysis = chapterAnalysis{}
		text, err := ch.convert(ctx)
		if err != nil {
			return err
		}
		ch.problems = ch.report.Problems()
		ch.keep(blob)
		if ch.onParse != nil && ch.whole {
			ch.onParse(ch.kept, ch.key, text)
		}
	}
	ch.Key, ch.Source = ch.key, ch.text
	return nil
}

// text converts the chapter's file anew, for [collection.Module.Text].
func (ch *chapter) text(ctx context.Context) (*collection.Text, error) {
	again := &chapter{Module: ch.Module, reader: ch.reader, name: ch.name, report: collection.NewReport("")}
	text, err := again.convert(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the text of %s: %w", ch.name, err)
	}
	return text, nil
}

// convert makes the tree of the chapter and keeps its analysis.
func (ch *chapter) convert(ctx context.Context) (*collection.Text, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	end, err := ch.files.Begin(ch.Path, ch.files.Size(ch.name)*memoryFactor)
	if err != nil {
		return nil, err
	}
	defer func() { end() }()
	data, missing, err := load(ch.files, ch.name, ch.report)
	if data == nil || missing || err != nil {
		return &collection.Text{}, err
	}
	ch.whole = true
	data = withoutMark(data)
	cursor := cnxml.NewCursor(data)
	in := &includer{chapter: ch, out: markdown.NewSource(cursor), cursor: cursor}
	checkConflicts(data, func(from, to int) collection.Place {
		return collection.Place{Pos: cursor.At(from), End: cursor.At(to)}
	}, ch.report)
	if err := in.expand(data); err != nil {
		return nil, err
	}
	held := 2 * len(data)
	hold := func(size int) (err error) {
		if size <= held {
			return nil
		}
		end()
		if end, err = ch.files.Begin(ch.Path, int64(size)*memoryFactor); err != nil {
			end = func() {}
		}
		held = size
		return err
	}
	if err := hold(len(in.out.Text())); err != nil { // it includes more than it has
		return nil, err
	}
	src := ch.preprocess(in.out)
	if err := hold(len(src.Text())); err != nil { // a translation may be longer
		return nil, err
	}
	ch.key = keyOf(data, src.Text(), ch.dialect.String()+ch.textKey)
	return ch.convertText(src), nil
}

// convertText converts the text with all that it includes, and keeps the ids and
// pointers in it.
func (ch *chapter) convertText(src *markdown.Source) *collection.Text {
	in := markdown.Input{Source: src, Dialect: ch.dialect, HideLines: ch.hidelines, Report: ch.report}
	if p := ch.preprocessing; p.toc {
		in.Contents = &markdown.Contents{Marker: p.marker, Levels: p.tocLevel}
	}
	if ch.preprocessing.spec {
		in.ResolveLink = ch.specified
	}
	result := markdown.Convert(in)
	ch.names, ch.pointers = result.IDs, result.Pointers
	return result.Text
}

// keyOf names what a chapter is made of: its file, and that with everything
// that it includes, and the dialect that it is written in.
func keyOf(data, expanded []byte, dialect string) string {
	size := strconv.Itoa(len(data)) + " markdown-5" + dialect
	return analysis.ContentID(bytes.Join([][]byte{[]byte(size), data, expanded}, []byte{'\n'}))
}
