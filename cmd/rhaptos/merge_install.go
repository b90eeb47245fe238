package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rhaptos/rhaptos/gitserver/localrepo"
)

// mergeDriver is what git runs to merge a file of a book. Where the program is not
// installed, git's own merge is run. See gitattributes(5).
const mergeDriver = `if command -v rhaptos >/dev/null 2>&1; then rhaptos merge %O %A %B %P; else git merge-file -L ours -L base -L theirs --marker-size=%L %A %O %B; fi`

// mergeMark begins the lines of .gitattributes that are ours.
const mergeMark = "# Merged by \"rhaptos merge\"; without that driver git merges these files by lines.\n"

const mergeAttributes = mergeMark + `*.md merge=rhaptos
*.cnxml merge=rhaptos
*.collection.xml merge=rhaptos
META-INF/books.xml merge=rhaptos
book.toml merge=rhaptos
.rhaptos.toml merge=rhaptos
`

// installMerge makes the program the merge driver of the books in a repository.
func installMerge(ctx context.Context, dir string, con console) error {
	repo, err := localrepo.Open(ctx, dir)
	if err != nil {
		return err
	}
	defer repo.Close()
	top, err := repo.Top(ctx)
	if err != nil {
		return err
	}
	for _, setting := range [][2]string{{"merge.rhaptos.name", "merge that knows books"}, {"merge.rhaptos.driver", mergeDriver}} {
		if err := repo.Configure(ctx, setting[0], setting[1]); err != nil {
			return err
		}
	}
	con.printf("set merge.rhaptos.driver in the configuration of %s\n", top)
	path := filepath.Join(top, ".gitattributes")
	there, err := os.ReadFile(path)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case bytes.Contains(there, []byte(mergeMark)):
		return nil
	case len(there) > 0 && !bytes.HasSuffix(there, []byte("\n")):
		there = append(there, '\n')
	}
	if err := os.WriteFile(path, append(there, mergeAttributes...), 0o666); err != nil {
		return err
	}
	con.printf("wrote %s; commit it, so that it holds for all who clone the repository\n", path)
	return nil
}
