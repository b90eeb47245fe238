package collection

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/rhaptos/rhaptos/gitserver/lru"
)

// ErrTooLarge says that a file is larger than the reader takes.
var ErrTooLarge = errors.New("file too large")

// Files reads the files of a library. Only folders and regular files exist for
// it: a symbolic link, a device or a name that file systems refuse gives
// fs.ErrNotExist, so reading never leaves the tree. Names are compared byte by
// byte, also where the file system does not care for case. Any other error is
// a fault of the storage. It may be used by many goroutines if its tree may,
// and keeps the folders that it read last.
type Files struct {
	fsys    fs.FS
	folders *lru.Cache[string, *Folder]

	mu    sync.Mutex
	media map[string]*Media
}

// keptFolders is the number of folders in the cache: many books have one for each
// module.
const keptFolders = 1000

// Folder lists the names in a folder, sorted.
type Folder struct {
	Files   []string
	Folders []string
	entries map[string]fs.DirEntry
}

// NewFiles reads from the tree.
func NewFiles(fsys fs.FS) *Files {
	return &Files{fsys: fsys, folders: lru.New[string, *Folder](keptFolders), media: map[string]*Media{}}
}

// Folder lists a folder; nil if there is none with the name.
func (f *Files) Folder(name string) (*Folder, error) {
	if !plausible(name) {
		return nil, nil
	}
	if folder, ok := f.folders.Get(name); ok {
		return folder, nil
	}
	if name != "." {
		above, err := f.Folder(path.Dir(name))
		if above == nil || err != nil {
			return nil, err
		}
		if e := above.entries[path.Base(name)]; e == nil || !e.IsDir() {
			return nil, nil
		}
	}
	list, err := fs.ReadDir(f.fsys, name)
	if err != nil {
		return nil, err
	}
	folder := &Folder{entries: make(map[string]fs.DirEntry, len(list))}
	for _, e := range list {
		folder.entries[e.Name()] = e
		if e.IsDir() {
			folder.Folders = append(folder.Folders, e.Name())
		} else if e.Type().IsRegular() {
			folder.Files = append(folder.Files, e.Name())
		}
	}
	slices.Sort(folder.Files)
	slices.Sort(folder.Folders)
	f.folders.Put(name, folder, 1)
	return folder, nil
}

// Below calls visit for each regular file in the folder and below it, in no
// particular order.
func (f *Files) Below(name string, visit func(name string)) error {
	for next := []string{name}; len(next) > 0; {
		at := next[len(next)-1]
		next = next[:len(next)-1]
		folder, err := f.Folder(at)
		if err != nil {
			return err
		}
		if folder == nil {
			continue
		}
		for _, file := range folder.Files {
			visit(path.Join(at, file))
		}
		for _, below := range folder.Folders {
			next = append(next, path.Join(at, below))
		}
	}
	return nil
}

// entry is a regular file, or nil.
func (f *Files) entry(name string) (fs.DirEntry, error) {
	if !plausible(name) || name == "." {
		return nil, nil
	}
	folder, err := f.Folder(path.Dir(name))
	if folder == nil || err != nil {
		return nil, err
	}
	if e := folder.entries[path.Base(name)]; e != nil && e.Type().IsRegular() {
		return e, nil
	}
	return nil, nil
}

// Stat describes a regular file.
func (f *Files) Stat(name string) (fs.FileInfo, error) {
	e, err := f.entry(name)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return e.Info()
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

// Exists reports whether there is a regular file with the name.
func (f *Files) Exists(name string) (bool, error) {
	e, err := f.entry(name)
	return e != nil, err
}

// BlobID is the id of the file's content if the tree knows one, as git's do:
// the same id means the same bytes. It is empty if not, or if there is no file.
func (f *Files) BlobID(name string) (string, error) {
	e, err := f.entry(name)
	if e == nil || err != nil {
		return "", err
	}
	if blob, ok := e.(interface{ BlobID() string }); ok {
		return blob.BlobID(), nil
	}
	info, err := e.Info()
	if err != nil {
		return "", err
	}
	if blob, ok := info.Sys().(interface{ BlobID() string }); ok {
		return blob.BlobID(), nil
	}
	return "", nil
}

// Open opens a regular file.
func (f *Files) Open(name string) (fs.File, error) {
	if ok, err := f.Exists(name); err != nil {
		return nil, err
	} else if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return f.fsys.Open(name)
}

// Begin is to be called before a file is parsed, and end after it: parsing may take up
// to so many bytes of memory. A tree that bounds that (see package budget) may let the
// caller wait.
func (f *Files) Begin(name string, memory int64) (end func(), err error) {
	bounded, ok := f.fsys.(interface {
		Begin(name string, memory int64) (end func(), err error)
	})
	if !ok {
		return func() {}, nil
	}
	return bounded.Begin(name, memory)
}

// Size returns the size of a file in bytes; 0 if there is none.
func (f *Files) Size(name string) int64 {
	info, err := f.Stat(name)
	if err != nil {
		return 0
	}
	return info.Size()
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
// The same file gives the same Media. What only the content says, its size
// among it, is known after CheckMedia.
func (f *Files) Media(name string) (*Media, error) {
	ok, err := f.Exists(name)
	if !ok || err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.media[name]
	if m == nil {
		m = &Media{Path: name, Type: mediaTypes[strings.ToLower(path.Ext(name))]}
		f.media[name] = m
	}
	return m, nil
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
