package collection

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
)

// ErrTooLarge says that a file is larger than the reader takes.
var ErrTooLarge = errors.New("file too large")

// Files reads the files of a library. Only folders and regular files exist for
// it: a symbolic link, a device or a name that file systems refuse gives
// fs.ErrNotExist, so reading never leaves the tree. Any other error is a fault
// of the storage. It may be used by many goroutines if its tree may.
type Files struct {
	fsys fs.FS

	mu    sync.Mutex
	dirs  map[string]bool   // whether it is a folder
	media map[string]*Media // nil: there is no such file
}

// NewFiles reads from the tree.
func NewFiles(fsys fs.FS) *Files {
	return &Files{fsys: fsys, dirs: map[string]bool{".": true}, media: map[string]*Media{}}
}

// Stat describes a regular file.
func (f *Files) Stat(name string) (fs.FileInfo, error) {
	missing := &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	if !plausible(name) {
		return nil, missing
	}
	for i, c := range name {
		if c != '/' {
			continue
		}
		if ok, err := f.isDir(name[:i]); err != nil {
			return nil, err
		} else if !ok {
			return nil, missing
		}
	}
	info, err := fs.Lstat(f.fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, missing
	}
	return info, nil
}

// plausible reports whether a file may have the name: POSIX systems end names
// at 255 bytes and paths at 4096, and answer longer ones with other errors
// than "not there".
func plausible(name string) bool {
	if !fs.ValidPath(name) || len(name) > 4000 || strings.Contains(name, "\x00") {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if len(part) > 255 {
			return false
		}
	}
	return true
}

func (f *Files) isDir(name string) (bool, error) {
	f.mu.Lock()
	dir, known := f.dirs[name]
	f.mu.Unlock()
	if known {
		return dir, nil
	}
	info, err := fs.Lstat(f.fsys, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	dir = err == nil && info.IsDir()
	f.mu.Lock()
	f.dirs[name] = dir
	f.mu.Unlock()
	return dir, nil
}

// Exists reports whether there is a regular file with the name.
func (f *Files) Exists(name string) (bool, error) {
	_, err := f.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Read reads a whole file of at most limit bytes; a larger one gives ErrTooLarge.
func (f *Files) Read(name string, limit int64) ([]byte, error) {
	info, err := f.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s: %w: %d bytes, at most %d", name, ErrTooLarge, info.Size(), limit)
	}
	return fs.ReadFile(f.fsys, name)
}

// Media describes a file that a module shows; nil if there is no such file.
// The same file gives the same Media.
func (f *Files) Media(name string) (*Media, error) {
	f.mu.Lock()
	m, known := f.media[name]
	f.mu.Unlock()
	if known {
		return m, nil
	}
	info, err := f.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	default:
		m = &Media{Path: name, Size: info.Size()}
		if m.Type, err = f.mediaType(name); err != nil {
			return nil, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if first := f.media[name]; first != nil {
		return first, nil
	}
	f.media[name] = m
	return m, nil
}

// mediaType goes by the extension, and by the file's first bytes where that
// says nothing: opening a file costs more than all the rest.
func (f *Files) mediaType(name string) (string, error) {
	if t, ok := mediaTypes[strings.ToLower(path.Ext(name))]; ok {
		return t, nil
	}
	file, err := f.fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	head := make([]byte, 512) // as much as DetectContentType looks at
	n := 0
	for n < len(head) {
		k, err := file.Read(head[n:])
		n += k
		if err != nil || k == 0 {
			break
		}
	}
	return http.DetectContentType(head[:n]), nil
}

// mediaTypes has the types of files that books show, as IANA registers them.
// It is a table of our own since the one of package mime depends on the machine.
var mediaTypes = map[string]string{
	".avif": "image/avif", ".bmp": "image/bmp", ".gif": "image/gif", ".ico": "image/vnd.microsoft.icon",
	".jpeg": "image/jpeg", ".jpg": "image/jpeg", ".png": "image/png", ".svg": "image/svg+xml",
	".tif": "image/tiff", ".tiff": "image/tiff", ".webp": "image/webp",
	".aac": "audio/aac", ".flac": "audio/flac", ".m4a": "audio/mp4", ".mp3": "audio/mpeg", ".oga": "audio/ogg",
	".ogg": "audio/ogg", ".wav": "audio/wav",
	".m4v": "video/mp4", ".mp4": "video/mp4", ".ogv": "video/ogg", ".webm": "video/webm", ".vtt": "text/vtt",
	".css": "text/css", ".csv": "text/csv", ".htm": "text/html", ".html": "text/html", ".js": "text/javascript",
	".md": "text/markdown", ".txt": "text/plain", ".xml": "application/xml",
	".epub": "application/epub+zip", ".json": "application/json", ".pdf": "application/pdf", ".zip": "application/zip",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".odt":  "application/vnd.oasis.opendocument.text",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".otf":  "font/otf", ".ttf": "font/ttf", ".woff": "font/woff", ".woff2": "font/woff2",
}
