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

// Exports are the files of releases that people carry away: [export.Exports].
type Exports interface {
	// Export is the file of a release in the format: made, wanted or failed,
	// with how long to wait for another state. The error of a format that is
	// not made here matches export.ErrNotMade.
	Export(ctx context.Context, r *release.Release, f export.Format) (*export.Export, time.Duration, error)

	// Of are the exports of a release that are there, in every state.
	Of(ctx context.Context, r *release.Release) ([]*export.Export, error)

	// Possible are the formats that can be made here.
	Possible() []export.Format
}

// cutFormat takes the end of a format's addresses off a name.
func cutFormat(name string) (before string, f export.Format, ok bool) {
	for _, f := range export.Formats() {
		if before, ok := strings.CutSuffix(name, f.End); ok && before != "" {
			return before, f, true
		}
	}
	return name, export.Format{}, false
}

// carried is which file of a release is asked for, and what became of it.
type carried struct {
	asked  bool // by the address, or by Accept
	format export.Format
	export *export.Export // once it is made
	why    string         // why it is not
}

// Unavailable says why a file is not there yet.
func (c *contents) Unavailable() string { return c.file.why }

// Available sees to it that the file is there which is asked for, if whoever
// asks may have it; only they are told that it is being made.
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
	made, wait, err := c.site.Exports.Export(r.Context(), c.Release, c.file.format)
	switch {
	case errors.Is(err, export.ErrNotMade):
		c.file.why = "There is no " + c.file.format.Said + " of this book: " + strings.TrimPrefix(err.Error(), export.ErrNotMade.Error()+": ") + "."
		return true, 0, nil
	case err != nil:
		return true, 0, err
	case made.State == export.Failed:
		c.file.why = "Making the " + c.file.format.Said + " of this book has failed; the server's log says why. It will be tried again."
		return false, wait, nil
	case made.State != export.Made:
		c.file.why = "The " + c.file.format.Said + " of this book is being made. Come back in a moment."
		return false, wait, nil
	}
	c.file.export = made
	return true, 0, nil
}

// askedFor reports whether a file is asked for: by the end of the address, or
// because Accept prefers it to the contents.
func (c *contents) askedFor(r *http.Request) bool {
	if c.file.asked || c.json {
		return c.file.asked
	}
	offers := []string{resource.TypeHTML, resource.TypeJSON}
	possible := c.site.Exports.Possible()
	for _, f := range possible {
		offers = append(offers, f.Type)
	}
	i, ok := negotiate.MediaType(r.Header.Values("Accept"), offers)
	if ok && i >= 2 {
		c.file.asked, c.file.format = true, possible[i-2]
	}
	return c.file.asked
}

// noFile is the state of a file that no release has; false if it has.
func (c *contents) noFile() (decision.State, bool) {
	if !c.byEnd || c.file.export != nil {
		return decision.State{}, false
	}
	why := c.file.why
	if c.Release == nil {
		why = "A draft is read here only; files to carry away are made of releases."
	}
	return decision.State{Existence: decision.Missing, Reason: why}, true
}

// carriedFile is the file that was asked for.
func (c *contents) carriedFile(cacheControl string) decision.Representation {
	f, e := c.file.format, c.file.export
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
		Open:         func(ctx context.Context) (io.ReadSeekCloser, error) { return c.site.Blobs.Open(ctx, e.Digest) },
	}
}

// disposition lets a browser save a file under its name (RFC 6266), or show it
// if it can.
func disposition(f export.Format, name string) string {
	how := "attachment"
	if f.Name == export.PDFFormat.Name {
		how = "inline"
	}
	return mime.FormatMediaType(how, map[string]string{"filename": name})
}

// carryAway are the files of the release, with their sizes as far as they are
// made.
func (c *contents) carryAway(ctx context.Context) ([]theme.Alternate, error) {
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

// alternateLinks are alternates as values of the Link field (RFC 8288).
func alternateLinks(list []theme.Alternate) []string {
	var links []string
	for _, a := range list {
		links = append(links, "<"+a.URL+`>; rel="alternate"; type="`+a.Type+`"`)
	}
	return links
}
