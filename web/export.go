package web

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/publish/export"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/negotiate"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/theme"
)

// Exports has the files of releases to download: [export.Exports].
type Exports interface {
	// Export returns the file of a release in the format, requesting it if it is
	// new, and how long to wait for another state. For a format that is not
	// built here the error matches export.ErrUnavailable.
	Export(ctx context.Context, r *release.Release, f export.Format) (*export.Export, time.Duration, error)

	// Of returns the exports of a release, in every state.
	Of(ctx context.Context, r *release.Release) ([]*export.Export, error)

	// Possible returns the formats that can be built here.
	Possible() []export.Format
}

// cutFormat cuts the extension of a format off a name.
func cutFormat(name string) (before string, f export.Format, ok bool) {
	for _, f := range export.Formats() {
		if before, ok := strings.CutSuffix(name, f.End); ok && before != "" {
			return before, f, true
		}
	}
	return name, export.Format{}, false
}

// download is the export that a request asks for.
type download struct {
	asked  bool // by the address or by Accept
	format export.Format
	export *export.Export // nil until it is built
	why    string         // why it is not built
}

// Unavailable returns why an export is not built yet.
func (c *contents) Unavailable() string { return c.download.why }

// Available requests the export if the sender may have it; only then it reports
// that the export is being built.
func (c *contents) Available(r *http.Request) (bool, time.Duration, error) {
	if c.site.Exports == nil || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return true, 0, nil
	}
	if access, err := c.Access(r); err != nil || resource.Refused(access) || c.Release == nil {
		return true, 0, nil // the flow comes to it
	}
	if state, err := c.edition.State(r); err != nil || state.Existence != decision.Exists || !c.askedFor(r) {
		return true, 0, nil
	}
	made, wait, err := c.site.Exports.Export(r.Context(), c.Release, c.download.format)
	switch {
	case errors.Is(err, export.ErrUnavailable):
		c.download.why = "There is no " + c.download.format.Said + " of this book: " + strings.TrimPrefix(err.Error(), export.ErrUnavailable.Error()+": ") + "."
		return true, 0, nil
	case err != nil:
		return true, 0, err
	case made.State == export.Failed:
		c.download.why = "Building the " + c.download.format.Said + " of this book failed; the log of the server says why. It will be tried again."
		return false, wait, nil
	case made.State != export.Ready:
		c.download.why = "The " + c.download.format.Said + " of this book is being built. Try again in a moment."
		return false, wait, nil
	}
	c.download.export = made
	return true, 0, nil
}

// askedFor reports whether an export is requested: by the extension, or because
// Accept prefers it to the contents.
func (c *contents) askedFor(r *http.Request) bool {
	if c.download.asked || c.json {
		return c.download.asked
	}
	offers := []string{resource.TypeHTML, resource.TypeJSON}
	possible := c.site.Exports.Possible()
	for _, f := range possible {
		offers = append(offers, f.Type)
	}
	i, ok := negotiate.MediaType(r.Header.Values("Accept"), offers)
	if ok && i >= 2 {
		c.download.asked, c.download.format = true, possible[i-2]
	}
	return c.download.asked
}

// noFile returns the state of an export that does not exist; false if it exists.
func (c *contents) noFile() (decision.State, bool) {
	if !c.byName || c.download.export != nil {
		return decision.State{}, false
	}
	why := c.download.why
	if c.Release == nil {
		why = "A draft has no files to download; releases have."
	}
	return decision.State{Existence: decision.Missing, Reason: why}, true
}

// exported returns the requested export.
func (c *contents) exported(cacheControl string) decision.Representation {
	f, e := c.download.format, c.download.export
	header := c.Header()
	header.Set("Content-Disposition", disposition(f, f.FileName(e.Book, e.Number.String())))
	return decision.Representation{
		Type:         f.Type,
		Location:     c.Address() + f.End,
		ETag:         `"` + string(e.Digest) + `"`,
		Modified:     c.Modified(),
		Length:       e.Size,
		CacheControl: c.CacheControl(cacheControl),
		Header:       header,
		Open: func(ctx context.Context) (io.ReadSeekCloser, error) {
			return c.site.OpenBlob(ctx, e.Digest, c.Address()+f.End)
		},
	}
}

// disposition lets a browser save an export under its name (RFC 6266), or show a
// PDF.
func disposition(f export.Format, name string) string {
	how := "attachment"
	if f.Name == export.PDFFormat.Name {
		how = "inline"
	}
	return mime.FormatMediaType(how, map[string]string{"filename": name})
}

// downloads returns the exports of the release, with the sizes of those that are
// built.
func (c *contents) downloads(ctx context.Context) ([]theme.Alternate, error) {
	if c.site.Exports == nil || c.Release == nil {
		return nil, nil
	}
	made, err := c.site.Exports.Of(ctx, c.Release)
	if err != nil {
		return nil, err
	}
	var list []theme.Alternate
	for _, f := range c.site.Exports.Possible() {
		a := theme.Alternate{Name: f.Said, Type: f.Type, URL: c.Address() + f.End}
		for _, e := range made {
			if e.Format == f.Name {
				a.Size = e.Size
			}
		}
		list = append(list, a)
	}
	return list, nil
}

// alternateLinks returns alternates as values of the Link field (RFC 8288).
func alternateLinks(list []theme.Alternate) []string {
	var links []string
	for _, a := range list {
		links = append(links, "<"+a.URL+`>; rel="alternate"; type="`+a.Type+`"`)
	}
	return links
}
