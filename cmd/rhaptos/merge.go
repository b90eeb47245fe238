package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/rhaptos/rhaptos/publish/merge"
)

type mergeCmd struct {
	Base   string `arg:"" optional:"" help:"The file as it was before both changes. An empty file if both sides added it."`
	Ours   string `arg:"" optional:"" help:"The file with our changes. The result is written to it."`
	Theirs string `arg:"" optional:"" help:"The file with their changes."`
	Path   string `arg:"" optional:"" help:"Path of the file in the book, which says what kind of file it is (default: OURS)."`

	Stdout  bool   `short:"p" help:"Print the result instead of writing it to OURS."`
	Install bool   `help:"Let git merge the books of the current repository with this program."`
	Dir     string `help:"With --install: a folder of the repository." default:"." type:"existingdir"`
}

// Validate is called by kong.
func (k *mergeCmd) Validate() error {
	if k.Install != (k.Theirs == "") || k.Install && k.Base != "" {
		return errors.New("name the three files BASE OURS THEIRS, or --install alone")
	}
	return nil
}

// exitStatus is an error with an exit status of its own.
type exitStatus struct {
	error
	status int
}

// Statuses of a merge driver, as gitattributes(5) has them.
const (
	mergeConflicts = 1
	mergeFailed    = 129 // git stops the merge, and takes no file for a result
)

// Run merges three versions of a file. It is also what git runs as a merge driver.
func (k *mergeCmd) Run(ctx context.Context, con console) error {
	if k.Install {
		return installMerge(ctx, k.Dir, con)
	}
	if k.Path == "" {
		k.Path = k.Ours
	}
	var texts [3][]byte
	for i, name := range []string{k.Base, k.Ours, k.Theirs} {
		data, err := os.ReadFile(name)
		if err != nil {
			return exitStatus{err, mergeFailed}
		}
		texts[i] = data
	}
	result := merge.File(k.Path, texts[0], texts[1], texts[2])
	if err := k.write(con, result.Text); err != nil {
		return exitStatus{err, mergeFailed}
	}
	for _, n := range result.Notices {
		con.errorf("%s: %s\n", n.Path, n.Message)
	}
	for _, c := range result.Conflicts {
		place := c.Path
		if c.Line > 0 {
			place = fmt.Sprintf("%s:%d", c.Path, c.Line)
		}
		con.errorf("%s: %s\n", place, c.Message)
	}
	if n := len(result.Conflicts); n > 0 {
		return exitStatus{fmt.Errorf("%s: conflicts: %d; edit the file, remove the conflict markers, and add it", k.Path, n), mergeConflicts}
	}
	return nil
}

func (k *mergeCmd) write(con console, text []byte) error {
	if k.Stdout {
		_, err := con.out.Write(text)
		return err
	}
	mode := fs.FileMode(0o666)
	if info, err := os.Stat(k.Ours); err == nil {
		mode = info.Mode().Perm()
	}
	return os.WriteFile(k.Ours, text, mode)
}
