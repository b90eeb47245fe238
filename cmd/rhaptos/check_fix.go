package main

import (
	"context"
	"os"

	"github.com/rhaptos/rhaptos/gitserver/plaintext"
	"github.com/rhaptos/rhaptos/publish/check"
	"github.com/rhaptos/rhaptos/publish/fix"
)

// fixFolder fixes the folder and says on standard error what it did: standard output
// is the judgement of what has come of it.
func fixFolder(ctx context.Context, dir string, con console) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	changes, err := fix.Names(root)
	say(con, changes)
	if err != nil {
		return err
	}
	found, err := check.Tree(ctx, root.FS(), nil)
	if err != nil {
		return err
	}
	changes, err = fix.Problems(root, found.Problems)
	say(con, changes)
	return err
}

func say(con console, changes []fix.Change) {
	for _, c := range changes {
		where := plaintext.Line(c.Path, 1000)
		if c.Line > 0 {
			con.errorf("%s:%d: fixed %s\n", where, c.Line, c.What)
		} else {
			con.errorf("%s: %s\n", where, plaintext.Line(c.What, 1000))
		}
	}
}
