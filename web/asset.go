package web

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
)

// keptAssets lets caches keep the theme's files for five minutes: a new version of
// the server may change them.
const keptAssets = "public, max-age=300"

// assetTypes has the media types of the theme's files by extension. The table of
// the operating system is not used: it differs between machines.
var assetTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".svg":   "image/svg+xml",
	".png":   "image/png",
	".ico":   "image/vnd.microsoft.icon",
	".woff2": "font/woff2",
	".txt":   resource.TypeText,
	".json":  resource.TypeJSON,
}

// openAsset opens "/-/theme/NAME"; nil if the theme has none of that name.
func openAsset(s *site, m route.Match) decision.Resource {
	if representations := s.assets[m.Path]; representations != nil {
		return resource.Static{All: representations}
	}
	return nil
}

// openFavicon opens "/favicon.ico", which browsers request whatever a page says:
// the theme's icon.
func openFavicon(s *site, _ route.Match) decision.Resource {
	return resource.Static{All: s.assets["icon.svg"]}
}

// readAssets reads all files into memory and compresses those that get smaller.
func readAssets(assets fs.FS) (map[string][]decision.Representation, error) {
	all := map[string][]decision.Representation{}
	err := fs.WalkDir(assets, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(assets, name)
		if err != nil {
			return err
		}
		all[name], err = assetRepresentations(name, content)
		return err
	})
	return all, err
}

func assetRepresentations(name string, content []byte) ([]decision.Representation, error) {
	mediaType := assetTypes[path.Ext(name)]
	if mediaType == "" {
		mediaType = resource.TypeUnknown
	}
	plain := decision.Bytes(mediaType, content)
	plain.CacheControl = keptAssets
	if mediaType == "image/svg+xml" {
		plain.Header = http.Header{"Content-Security-Policy": {resource.DrawingPolicy}}
	}
	small, err := compress(content)
	if err != nil {
		return nil, fmt.Errorf("compress %s: %w", name, err)
	}
	if len(small) >= len(content)*9/10 {
		return []decision.Representation{plain}, nil
	}
	packed := decision.Bytes(mediaType, small)
	packed.Coding, packed.CacheControl, packed.Header = "gzip", plain.CacheControl, plain.Header
	packed.ETag = strings.TrimSuffix(plain.ETag, `"`) + `-gzip"`
	return []decision.Representation{packed, plain}, nil
}

func compress(content []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}
