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

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

// Check verifies a repository and returns its problems:
// packs whose bytes are missing or damaged, which blob decides, and refs and
// objects that lead nowhere. With readData git reads every object; without it
// follows what leads from one to the other. An error means that the repository
// could not be looked at.
func (s *Store) Check(ctx context.Context, repo *gitserver.Repository, readData bool,
	blob func(context.Context, blobstore.Digest) error) (packs int, problems []string, err error) {
	live, err := livePacks(ctx, s.DB, repo.ID)
	if err != nil {
		return 0, nil, err
	}
	for _, p := range live {
		for suffix, d := range p.files() {
			if err := blob(ctx, d); err != nil {
				problems = append(problems, fmt.Sprintf("pack-%s%s: %v", p.name, suffix, err))
			}
		}
	}
	if len(problems) == 0 && len(live) > 0 { // else git would only say the same
		problems, err = s.gitFsck(ctx, repo, readData)
	}
	return len(live), problems, err
}

// gitFsck returns the problems that git fsck finds in the mirror.
func (s *Store) gitFsck(ctx context.Context, repo *gitserver.Repository, readData bool) (problems []string, err error) {
	dir, err := s.Mirror(ctx, repo)
	if err != nil {
		return nil, err
	}
	args := append(ignored(), "fsck", "--no-dangling", "--no-progress")
	if !readData {
		args = append(args, "--connectivity-only")
	}
	var out, errs bytes.Buffer // each is filled by a goroutine of its own
	err = s.git.Run(ctx, gitexec.Command{Args: args, Env: []string{"GIT_DIR=" + dir}, Stdout: &out, Stderr: &errs})
	var failed *gitexec.Error
	if err == nil || !errors.As(err, &failed) || failed.Exit < 0 {
		return nil, err
	}
	for line := range strings.Lines(errs.String() + out.String()) {
		problems = append(problems, "git fsck: "+strings.TrimSpace(line))
	}
	return problems, nil
}

// CheckCache looks at the mirror that a server keeps of the repository in the
// folder cache, and removes from it the packs whose bytes are not what they
// should be; the server fetches them anew, at once if it is running. Without
// readData only their length is looked at. It returns what it has removed.
func (s *Store) CheckCache(ctx context.Context, repo *gitserver.Repository, cache string, readData bool) (removed []string, err error) {
	packs, err := livePacks(ctx, s.DB, repo.ID)
	if err != nil {
		return nil, err
	}
	m := mirror{dir: filepath.Join(cache, repo.ID+".git")}
	for _, p := range packs {
		for suffix, d := range p.files() {
			path := m.path(p.name, suffix)
			same, err := s.sameBytes(ctx, path, d, readData)
			if err != nil {
				return removed, err
			}
			if same {
				continue
			}
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return removed, err
			}
			removed = append(removed, path)
		}
	}
	damaged, err := m.damagedAuxiliary()
	if err != nil || len(damaged) == 0 {
		return removed, err
	}
	return append(removed, damaged...), m.dropAuxiliary()
}

// sameBytes reports whether a file of a mirror is what the blob is. One that is
// not there does no harm, and one without a blob may be the last copy.
func (s *Store) sameBytes(ctx context.Context, path string, d blobstore.Digest, readData bool) (bool, error) {
	blob, err := s.blobs.Stat(ctx, d)
	if err != nil {
		return true, missing(err)
	}
	fi, err := os.Stat(path)
	if err != nil {
		return true, missing(err)
	}
	if fi.Size() != blob.Size || !readData {
		return fi.Size() == blob.Size, nil
	}
	err = checkFile(path, d)
	if errors.Is(err, blobstore.ErrDamaged) {
		return false, nil
	}
	return true, missing(err)
}

// missing is nil for the error of a file that is not there.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
