package edition

import (
	"context"
	"fmt"
	"io/fs"
	"path"
)

// addAssets adds the files of the theme.
func (b *build) addAssets(ctx context.Context) error {
	assets := b.Theme.Assets()
	return fs.WalkDir(assets, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(assets, name)
		if err != nil {
			return fmt.Errorf("read asset %s of the theme: %w", name, err)
		}
		return b.addData(ctx, "-/"+name, assetType(name), data)
	})
}

// editionStyle is the path of the style sheet by which a draft shows that it is
// one; in a release the sheet is empty. So the pages of a draft are, byte for
// byte, those of the release that it becomes.
const editionStyle = "-/edition.css"

// assetType returns the media type by the extension. It does not ask the
// operating system, whose table differs from machine to machine: manifests must
// not.
func assetType(name string) string {
	if t, ok := assetTypes[path.Ext(name)]; ok {
		return t
	}
	return "application/octet-stream"
}

var assetTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".gif":   "image/gif",
	".html":  "text/html; charset=utf-8",
	".ico":   "image/vnd.microsoft.icon",
	".jpg":   "image/jpeg",
	".js":    "text/javascript; charset=utf-8",
	".json":  "application/json",
	".otf":   "font/otf",
	".png":   "image/png",
	".svg":   "image/svg+xml",
	".ttf":   "font/ttf",
	".txt":   "text/plain; charset=utf-8",
	".woff":  "font/woff",
	".woff2": "font/woff2",
}
