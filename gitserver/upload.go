package gitserver

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

// uploadConfig is what our mirrors are served with.
var uploadConfig = []string{
	"-c", "uploadpack.allowFilter=true",
	"-c", "uploadpack.keepAlive=5",
	"-c", "pack.threads=2",
	"-c", "core.packedGitLimit=1g",
}

// AdvertiseUpload writes the first message of a fetch: the refs, or under
// protocol version 2 the capabilities. Protocol is the client's Git-Protocol,
// empty for version 0. The service line of Smart HTTP is the transport's.
func (s *Server) AdvertiseUpload(ctx context.Context, repo *Repository, protocol string, w io.Writer) error {
	return s.upload(ctx, repo, protocol, []string{"--stateless-rpc", "--http-backend-info-refs"}, nil, w)
}

// UploadPack answers one fetch. Stateless means that in holds the whole of one
// request (HTTP); otherwise the refs are advertised first and both sides talk
// over the open connection (SSH).
func (s *Server) UploadPack(ctx context.Context, repo *Repository, protocol string, stateless bool, in io.Reader, out io.Writer) error {
	var args []string
	if stateless {
		args = []string{"--stateless-rpc"}
	}
	return s.upload(ctx, repo, protocol, args, in, out)
}

func (s *Server) upload(ctx context.Context, repo *Repository, protocol string, options []string, in io.Reader, out io.Writer) error {
	dir, err := s.storage.Mirror(ctx, repo)
	if err != nil {
		return err
	}
	args := append(append([]string{}, uploadConfig...), "upload-pack", "--strict")
	args = append(append(args, options...), dir)
	c := gitexec.Command{Args: args, Stdin: in, Stdout: out, Limits: gitexec.Limits{Wall: 2 * time.Hour}}
	if protocol != "" {
		c.Env = []string{"GIT_PROTOCOL=" + protocol}
	}
	err = s.git.Run(ctx, c)
	var failed *gitexec.Error
	if errors.As(err, &failed) && failed.Exit == 128 && ctx.Err() == nil {
		// git has told the client in the protocol itself; what is left is ours to know.
		s.log.Info("fetch ended early", "repository", repo.Path(), "error", err)
	}
	return err
}
