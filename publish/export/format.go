package export

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/rhaptos/rhaptos/publish/export/content"
	"github.com/rhaptos/rhaptos/publish/export/epub"
	"github.com/rhaptos/rhaptos/publish/export/offline"
	"github.com/rhaptos/rhaptos/publish/export/pdf"
	"github.com/rhaptos/rhaptos/publish/export/source"
)

// Format is a kind of file that can be generated from a release.
type Format struct {
	Name string // in the database and in .rhaptos.toml
	End  string // of the address: BOOK@1.4 and this
	Type string // media type
	Said string // what people call it

	// Slow says that nobody should wait for it.
	Slow bool
}

// The formats, the one that readers like best first.
var (
	EPUBFormat   = Format{Name: "epub", End: ".epub", Type: epub.MediaType, Said: "EPUB"}
	PDFFormat    = Format{Name: "pdf", End: ".pdf", Type: "application/pdf", Said: "PDF", Slow: true}
	ZipFormat    = Format{Name: "zip", End: ".zip", Type: "application/zip", Said: "zip"}
	SourceFormat = Format{Name: "source", End: ".source.zip", Type: "application/zip", Said: "source"}
)

// Formats are all formats. One whose end ends in that of another comes before it.
func Formats() []Format { return []Format{EPUBFormat, PDFFormat, SourceFormat, ZipFormat} }

// formatNamed is the format with the name; false if there is none.
func formatNamed(name string) (Format, bool) {
	i := slices.IndexFunc(Formats(), func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return Formats()[i], true
}

// FileName returns the name under which readers save a file of the format.
func (f Format) FileName(book, number string) string {
	return content.SafeName(book) + "-" + number + f.End
}

// write makes the file of an edition.
func (x *Exports) write(ctx context.Context, w io.Writer, f Format, e *content.Edition) error {
	switch f.Name {
	case "epub":
		return epub.Write(ctx, w, e)
	case "zip":
		return offline.WriteZip(ctx, w, e)
	case "source":
		return source.Write(ctx, w, e)
	case "pdf":
		return pdf.Write(ctx, w, e, x.Chromium)
	}
	return fmt.Errorf("%w: nobody knows how to make %s", ErrUnavailable, f.Name)
}
