package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/theme"
)

// The media types of what is made when it is asked for.
const (
	typeHTML = "text/html; charset=utf-8"
	typeJSON = "application/json"
	typeText = "text/plain; charset=utf-8"
)

// made is a representation that write makes once it has been chosen. Its tag
// comes from its bytes, so nothing that it is made from can be forgotten.
func generated(mediaType, cacheControl string, write func(context.Context, io.Writer) error) decision.Representation {
	return decision.Representation{
		Type:         mediaType,
		CacheControl: cacheControl,
		Prepare: func(ctx context.Context, r *decision.Representation) error {
			var b bytes.Buffer
			if err := write(ctx, &b); err != nil {
				return fmt.Errorf("make %s: %w", mediaType, err)
			}
			whole := decision.Bytes(r.Type, b.Bytes())
			r.ETag, r.Content = whole.ETag, whole.Content
			return nil
		},
	}
}

// writeJSON writes v on one line.
func writeJSON(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }

// jsonAlternate tells a page's reader of its JSON.
func jsonAlternate(url string) []theme.Alternate {
	return []theme.Alternate{{Name: "JSON", Type: typeJSON, URL: url}}
}
