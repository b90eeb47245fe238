package settings

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode/utf8"
)

// The TOML decoder takes time in the cube of how deep keys and inline tables
// are nested, so the characters that open them are bounded.
const (
	maxSettings     = 32 << 10 // bytes
	maxSettingsLine = 500      // bytes
	maxInlineTables = 250
)

// settingsText reads the file, if its size and nesting are within bounds.
func settingsText(fsys fs.FS) (string, error) {
	text, err := readText(fsys, File, maxSettings)
	if err != nil {
		return "", err
	}
	if strings.Count(text, "{") > maxInlineTables {
		return "", fmt.Errorf("it holds more than %d inline tables", maxInlineTables)
	}
	for line := range strings.Lines(text) {
		if len(line) > maxSettingsLine {
			return "", fmt.Errorf("it has a line of more than %d bytes", maxSettingsLine)
		}
	}
	return text, nil
}

// readText reads a file of at most limit bytes that must be UTF-8 text. The
// error of a missing file matches fs.ErrNotExist; the text of any other error
// is fit for an author.
func readText(fsys fs.FS, name string, limit int64) (string, error) {
	f, err := fsys.Open(name)
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
