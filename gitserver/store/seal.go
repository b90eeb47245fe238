package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

// Seal implements gitserver.Quarantine: the loose objects become a pack.
func (q *quarantine) Seal(ctx context.Context) error {
	loose, err := filepath.Glob(filepath.Join(q.dir, "objects", "[0-9a-f][0-9a-f]", "*"))
	if err != nil || len(loose) == 0 {
		return err
	}
	var ids, out bytes.Buffer
	for _, path := range loose {
		id := filepath.Base(filepath.Dir(path)) + filepath.Base(path)
		if plumbing.IsHash(id) { // git's unfinished files are called otherwise
			fmt.Fprintln(&ids, id)
		}
	}
	err = q.store.git.Run(ctx, gitexec.Command{
		Args: []string{"-c", "core.fsync=none", "pack-objects", "--quiet", filepath.Join(q.dir, "objects", "pack", "pack")},
		Env:  q.Environment(), Stdin: &ids, Stdout: &out,
	})
	if err != nil {
		return err
	}
	name := strings.TrimSpace(out.String())
	if !plumbing.IsHash(name) {
		return fmt.Errorf("git pack-objects answered %q", out.String())
	}
	q.packs = append(q.packs, name)
	for _, path := range loose {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	q.closeObjects()
	return nil
}
