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

// Media types of generated representations.
const (
	TypeHTML = "text/html; charset=utf-8"
	TypeJSON = "application/json"
	TypeText = "text/plain; charset=utf-8"
)

// Generated returns a representation that write generates once it has been chosen.
// Its entity tag is derived from its bytes.
func Generated(mediaType, cacheControl string, write func(context.Context, io.Writer) error) decision.Representation {
	return decision.Representation{
		Type:         mediaType,
		CacheControl: cacheControl,
		Prepare: func(ctx context.Context, r *decision.Representation) error {
			var b bytes.Buffer
			if err := write(ctx, &b); err != nil {
				return fmt.Errorf("generate %s: %w", mediaType, err)
			}
			whole := decision.Bytes(r.Type, b.Bytes())
			r.ETag, r.Content = whole.ETag, whole.Content
			return nil
		},
	}
}

// WriteJSON writes v on one line.
func WriteJSON(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }

// JSONAlternate returns the JSON at the URL as an alternate of a page.
func JSONAlternate(url string) []theme.Alternate {
	return []theme.Alternate{{Name: "JSON", Type: TypeJSON, URL: url}}
}
