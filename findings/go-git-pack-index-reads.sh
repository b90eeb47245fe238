#!/usr/bin/env bash
# go-git reads the fan-out table of a pack index four bytes at a time.
#
# Seen with github.com/go-git/go-git/v5 v5.19.3 and git 2.39 and later. Opening a
# repository with filesystem.NewStorage and asking for one object decodes the index of
# every pack (gitformat-pack(5): 256 numbers, then the ids). The decoder reads from the
# file without a buffer: some 257 reads of four bytes for each pack, whatever it holds,
# and each is a system call. A repository of 40 small packs costs more than 10,000.
# A billy.Filesystem that buffers what it opens as "*.idx" avoids them.
#
# Output seen: "packs 40, reads of at most 4 bytes 10556, all reads of indexes 10757"
# (the second and third number may differ by a few).
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org
export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
git init -q repo
for i in $(seq 40); do
	echo "$i" >repo/file
	git -C repo add file
	git -C repo commit -q -m "$i"
	git -C repo repack -q -d
done
mkdir program
cd program
cat >go.mod <<'EOF'
module finding

go 1.24

require (
	github.com/go-git/go-billy/v5 v5.9.2
	github.com/go-git/go-git/v5 v5.19.3
)
EOF
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

var small, all, packs int

type counted struct{ billy.Filesystem }

func (c counted) Open(name string) (billy.File, error) {
	f, err := c.Filesystem.Open(name)
	if err != nil || !strings.HasSuffix(name, ".idx") {
		return f, err
	}
	packs++
	return index{f}, nil
}

type index struct{ billy.File }

func (i index) Read(b []byte) (int, error) {
	all++
	if len(b) <= 4 {
		small++
	}
	return i.File.Read(b)
}

func main() {
	s := filesystem.NewStorage(counted{osfs.New(os.Args[1])}, cache.NewObjectLRUDefault())
	_ = s.HasEncodedObject(plumbing.NewHash(strings.Repeat("1", 40))) // which is not there
	fmt.Printf("packs %d, reads of at most 4 bytes %d, all reads of indexes %d\n", packs, small, all)
	if packs != 40 || small < 256*packs {
		os.Exit(1)
	}
}
EOF
go mod tidy >/dev/null 2>&1
go run . "$dir/repo/.git"
