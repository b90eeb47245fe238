package gitserver

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/fetchcache"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/pktline"
)

// Release is a commit that was published, and the ref that led to it.
type Release struct {
	Commit plumbing.Hash
	Ref    string
}

// ErrNoBundle says that a repository has no bundle of the name.
var ErrNoBundle = errors.New("no such bundle")

// Bundle is all that a release reaches, as a bundle (gitformat-bundle(5)). It
// belongs to the caller, who closes it.
type Bundle struct {
	io.ReadSeeker
	ETag     string // strong, with its quotes
	response *fetchcache.Response
}

// Close gives the bundle back.
func (b *Bundle) Close() error { return b.response.Close() }

// bundleName is the name under which the bundle of a commit is served.
func bundleName(commit plumbing.Hash) string { return commit.String() + ".bundle" }

// offersBundles reports whether bundles are advertised to clients. Those of a private
// repository are not announced: git would ask its user for a password anew.
func (s *Server) offersBundles(repo *Repository) bool {
	return s.config.Cache != nil && s.config.Releases != nil && s.config.URL != "" && !repo.Private
}

// bundleURI answers the command of that name (gitprotocol-v2(5), "bundle-uri"):
// where the newest release is, if there is one.
func (s *Server) bundleURI(ctx context.Context, repo *Repository, out io.Writer) error {
	var b []byte
	if s.offersBundles(repo) {
		list, err := s.config.Releases(ctx, repo.ID)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			b = pktline.Append(b, "bundle.version=1")
			b = pktline.Append(b, "bundle.mode=all")
			b = pktline.Append(b, "bundle.release.uri=", s.config.URL, "/", repo.Path(), "/-/bundles/", bundleName(list[0].Commit))
		}
	}
	return writeWhole(out, pktline.AppendSpecial(b, pktline.Flush))
}

// Bundle returns the bundle of the name, and makes it if nobody has asked for it
// before, so it may take as long as a clone. There is one for each release whose
// commit the refs still reach; of any other name the error is [ErrNoBundle].
func (s *Server) Bundle(ctx context.Context, f *Fetch, name string) (*Bundle, error) {
	if s.config.Cache == nil || s.config.Releases == nil {
		return nil, ErrNoBundle
	}
	list, err := s.config.Releases(ctx, f.Repository.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(r Release) bool { return bundleName(r.Commit) == name })
	if i < 0 {
		return nil, ErrNoBundle
	}
	repo, refs, err := s.refs(ctx, f)
	if err != nil {
		return nil, err
	}
	hidden, err := s.unreachable(ctx, f, repo, refs, []plumbing.Hash{list[i].Commit})
	if err != nil {
		return nil, err
	}
	if len(hidden) > 0 {
		return nil, ErrNoBundle
	}
	return s.bundle(ctx, f, repo, list[i])
}

func (s *Server) bundle(ctx context.Context, f *Fetch, repo *Repository, release Release) (*Bundle, error) {
	header := bundleHeader(repo, release)
	// The same for every version of the repository: a commit does not change.
	q := query{repo: &Repository{ID: repo.ID}, request: header}
	a, err := s.config.Cache.Get(ctx, repo.ID, s.key("bundle", q), s.admit(f), func(ctx context.Context, w io.Writer) error {
		if _, err := w.Write(header); err != nil {
			return err
		}
		return s.packAll(ctx, repo, release.Commit, w)
	})
	if err != nil {
		return nil, err
	}
	b := &Bundle{response: a}
	if err = a.Wait(); err == nil {
		err = b.open()
	}
	if err != nil {
		a.Close()
		return nil, fmt.Errorf("bundle of %s: %w", repo.Path(), err)
	}
	return b, nil
}

// open finds the validator: the pack's own digest, which ends it.
func (b *Bundle) open() error {
	file, size, _ := b.response.Whole()
	var digest [len(plumbing.ZeroHash)]byte
	if _, err := file.ReadAt(digest[:], size-int64(len(digest))); err != nil {
		return err
	}
	b.ReadSeeker = file
	b.ETag = `"` + hex.EncodeToString(digest[:]) + `"`
	return nil
}

// bundleHeader returns the part of a bundle before the pack (gitformat-bundle(5)).
// Clients take over branches only, so a release of a tag is listed under the
// default branch.
func bundleHeader(repo *Repository, r Release) []byte {
	branch := r.Ref
	if !strings.HasPrefix(branch, "refs/heads/") {
		branch = repo.Head
	}
	return fmt.Appendf(nil, "# v2 git bundle\n%s HEAD\n%s %s\n\n", r.Commit, r.Commit, branch)
}

// packAll writes a pack of all that a commit reaches.
func (s *Server) packAll(ctx context.Context, repo *Repository, commit plumbing.Hash, w io.Writer) error {
	dir, err := s.config.Storage.Mirror(ctx, repo)
	if err != nil {
		return err
	}
	return s.config.Git.Run(ctx, gitexec.Command{
		Args: []string{"-c", "pack.threads=2", "-c", "core.packedGitLimit=1g", "--git-dir=" + dir,
			"pack-objects", "--revs", "--stdout", "--delta-base-offset", "--quiet"},
		Stdin: strings.NewReader(commit.String() + "\n"), Stdout: w,
		Limits: gitexec.Limits{Wall: fetchWall},
	})
}
