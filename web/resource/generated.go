package resource

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
	TypeHTML = "text/html; charset=utf-8"
	TypeJSON = "application/json"
	TypeText = "text/plain; charset=utf-8"
)

// made is a representation that write makes once it has been chosen. Its tag
// comes from its bytes, so nothing that it is made from can be forgotten.
func Generated(mediaType, cacheControl string, write func(context.Context, io.Writer) error) decision.Representation {
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

// WriteJSON writes v on one line.
func WriteJSON(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }

// JSONAlternate tells a page's reader of its JSON.
func JSONAlternate(url string) []theme.Alternate {
	return []theme.Alternate{{Name: "JSON", Type: TypeJSON, URL: url}}
}
