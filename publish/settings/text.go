package settings

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/publish/collection"
)

const maxSettings = 32 << 10 // bytes

// settingsText reads the file, if its size is within bounds.
func settingsText(fsys fs.FS) (string, error) {
	return readText(fsys, File, maxSettings)
}

// readText reads a file of at most limit bytes that must be UTF-8 text. The
// error of a missing file matches fs.ErrNotExist; the text of any other error
// is fit for an author.
func readText(fsys fs.FS, name string, limit int64) (string, error) {
	f, err := collection.NewFiles(fsys).Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return "", err
	case int64(len(data)) > limit:
		return "", fmt.Errorf("it has more than %d bytes", limit)
	case !utf8.Valid(data):
		return "", errors.New("it is not UTF-8 text")
	}
	return string(data), nil
}
