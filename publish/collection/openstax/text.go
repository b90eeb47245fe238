package openstax

import (
	"context"
	"fmt"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// textFile is the file of a module whose text can be read.
type textFile struct {
	files *collection.Files
	path  string
}

// read parses the file anew.
func (f textFile) read(ctx context.Context) (*collection.Text, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	end, err := f.files.Begin(f.path, f.files.Size(f.path)*memoryFactor)
	if err != nil {
		return nil, fmt.Errorf("read the text of %s: %w", f.path, err)
	}
	defer end()
	data, err := f.files.Read(f.path, fileBytes)
	if err != nil {
		return nil, fmt.Errorf("read the text of %s: %w", f.path, err)
	}
	root, _ := cnxml.Parse(data, cnxml.Limits{Bytes: fileBytes})
	if !root.Is("document") {
		return &collection.Text{}, nil
	}
	return textOf(root), nil
}

// textOf takes a document apart into what a text holds.
func textOf(root *cnxml.Node) *collection.Text {
	t := &collection.Text{Content: root.Child("content"), Glossary: root.Child("glossary")}
	if title := root.Child("title"); !title.IsBlank() {
		cnxml.PlainTitle(title)
		t.Title = title
	}
	if t.Content == nil {
		t.Content = &cnxml.Node{Space: cnxml.CNXML, Name: "content", Pos: root.Pos, End: root.End}
	}
	if links := root.Child("featured-links"); links != nil { // stand before the content, as in the source
		content := *t.Content
		content.Children = append([]*cnxml.Node{links}, content.Children...)
		t.Content = &content
	}
	if abstract := metadataOf(root).ChildIn(cnxml.MDML, "abstract"); !abstract.IsBlank() {
		t.Abstract = abstract
	}
	return t
}
