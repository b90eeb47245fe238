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
// it, and symbolic links that lead to one in the tree; see links.go. A device, a
// name that file systems refuse, or git's own folder gives fs.ErrNotExist, so
// reading never leaves the tree. Names are compared byte by byte, also where the
// file system does not care for case. Any other error is a fault of the storage.
// It may be used by many goroutines if its tree may, and keeps the folders that
// it read last.
type Files struct {
	fsys    fs.FS
	entries *lru.Cache[string, map[string]fs.DirEntry] // of folders without links on their way
	folders *lru.Cache[string, *Folder]

	mu    sync.Mutex
	media map[string]*Media
	links map[string]found // what symbolic links lead to
}

// keptFolders is the number of folders in the cache: many books have one for each
// module.
const keptFolders = 1000

// Folder lists the names in a folder, sorted, those of links by what they lead to.
type Folder struct {
	Files   []string
	Folders []string
	linked  map[string]bool // folders that are links
}

// NewFiles reads from the tree.
func NewFiles(fsys fs.FS) *Files {
	return &Files{
		fsys:    fsys,
		entries: lru.New[string, map[string]fs.DirEntry](keptFolders), folders: lru.New[string, *Folder](keptFolders),
		media: map[string]*Media{}, links: map[string]found{},
	}
}

// Folder lists a folder; nil if there is none with the name.
func (f *Files) Folder(name string) (*Folder, error) {
	if folder, ok := f.folders.Get(name); ok {
		return folder, nil
	}
	at, err := f.find(name)
	if err != nil || !at.folder {
		return nil, err
	}
	folder, ok := f.folders.Get(at.path)
	if !ok {
		if folder, err = f.listFolder(at.path); err != nil {
			return nil, err
		}
		f.folders.Put(at.path, folder, 1)
	}
	if name != at.path {
		f.folders.Put(name, folder, 1)
	}
	return folder, nil
}

func (f *Files) listFolder(real string) (*Folder, error) {
	entries, err := f.list(real)
	if err != nil {
		return nil, err
	}
	folder := &Folder{linked: map[string]bool{}}
	for name, e := range entries {
		isFile, isFolder := e.Type().IsRegular(), e.IsDir()
		if e.Type()&fs.ModeSymlink != 0 {
			to, err := f.follow(path.Join(real, name), 0)
			if err != nil {
				return nil, err
			}
			isFile, isFolder = to.entry != nil, to.folder
			folder.linked[name] = isFolder
		}
		switch {
		case isFolder:
			folder.Folders = append(folder.Folders, name)
		case isFile:
			folder.Files = append(folder.Files, name)
		}
	}
	slices.Sort(folder.Files)
	slices.Sort(folder.Folders)
	return folder, nil
}

// list is what a folder holds, by name. There must be such a folder, without
// links on its way.
func (f *Files) list(real string) (map[string]fs.DirEntry, error) {
	if entries, ok := f.entries.Get(real); ok {
		return entries, nil
	}
	list, err := fs.ReadDir(f.fsys, real)
	if err != nil {
		return nil, err
	}
	entries := make(map[string]fs.DirEntry, len(list))
	for _, e := range list {
		if !strings.EqualFold(e.Name(), ".git") {
			entries[e.Name()] = e
		}
	}
	f.entries.Put(real, entries, 1)
	return entries, nil
}

// Below calls visit for each file in the folder and below it, in no particular
// order. It does not go into folders that are links: what is in them is visited
// where it is.
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
			if !folder.linked[below] {
				next = append(next, path.Join(at, below))
			}
		}
	}
	return nil
}

// Stat describes a regular file.
func (f *Files) Stat(name string) (fs.FileInfo, error) {
	at, err := f.find(name)
	if err != nil {
		return nil, err
	}
	if at.entry == nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return at.entry.Info()
}

// longestPath is the length in bytes of a path that is looked for.
const longestPath = 4000

// plausible reports whether a file may have the name: POSIX systems end names
// at 255 bytes and paths at 4096, and answer longer ones with other errors
// than "not there".
func plausible(name string) bool {
	if !fs.ValidPath(name) || len(name) > longestPath || strings.Contains(name, "\x00") {
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
	at, err := f.find(name)
	return at.entry != nil, err
}

// BlobID is the id of the file's content if the tree knows one, as git's do:
// the same id means the same bytes. It is empty if not, or if there is no file.
func (f *Files) BlobID(name string) (string, error) {
	at, err := f.find(name)
	if at.entry == nil || err != nil {
		return "", err
	}
	if blob, ok := at.entry.(interface{ BlobID() string }); ok {
		return blob.BlobID(), nil
	}
	info, err := at.entry.Info()
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
	at, err := f.find(name)
	if err != nil {
		return nil, err
	}
	if at.entry == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return f.fsys.Open(at.path)
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
	at, err := f.find(name)
	if err != nil {
		return nil, err
	}
	if at.entry == nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	info, err := at.entry.Info()
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s: %w: %d bytes, at most %d", name, ErrTooLarge, info.Size(), limit)
	}
	return fs.ReadFile(f.fsys, at.path)
}

// Media describes a file that a module shows; nil if there is no such file.
// The same file gives the same Media, by whichever links. What only the content
// says, its size among it, is known after CheckMedia.
func (f *Files) Media(name string) (*Media, error) {
	at, err := f.find(name)
	if at.entry == nil || err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.media[at.path]
	if m == nil {
		m = &Media{Path: at.path, Type: mediaTypes[strings.ToLower(path.Ext(at.path))]}
		f.media[at.path] = m
	}
	if m.Type == "" {
		m.Type = mediaTypes[strings.ToLower(path.Ext(name))]
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
