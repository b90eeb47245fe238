package source

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// What symbolic links may add to a zip, which holds what they lead to: a few links
// to folders with links can stand for any number of files.
const (
	linkedPaths = 10_000
	linkedBytes = 256 << 20
)

// all are the paths of all files, those behind symbolic links too, sorted.
func all(tree *collection.Files) ([]string, error) {
	var files []string
	paths, size := 0, int64(0)
	for next := []string{"."}; len(next) > 0; {
		at := next[0]
		next = next[1:]
		folder, err := tree.Folder(at)
		if err != nil {
			return nil, err
		}
		for _, name := range folder.Files {
			file := path.Join(at, name)
			files = append(files, file)
			real, err := tree.Real(file)
			if err != nil || real == file {
				if err != nil {
					return nil, err
				}
				continue
			}
			info, err := tree.Stat(file)
			if err != nil {
				return nil, err
			}
			paths++
			size += info.Size()
		}
		for _, name := range folder.Folders {
			below := path.Join(at, name)
			real, err := tree.RealFolder(below)
			if err != nil {
				return nil, err
			}
			if real != below {
				paths++
				if real == "." || strings.HasPrefix(at+"/", real+"/") { // a folder that holds the link
					continue
				}
			}
			next = append(next, below)
		}
		if paths > linkedPaths || size > linkedBytes {
			return nil, fmt.Errorf("the symbolic links of the repository lead to more than %d files or %d MiB; use fewer", linkedPaths, linkedBytes>>20)
		}
	}
	slices.Sort(files)
	return files, nil
}
