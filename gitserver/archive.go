package gitserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/pktline"
)

// Bounds of a request for an archive; git takes as many arguments.
const (
	maxArguments     = 64
	maxArgumentBytes = 64 << 10
)

// UploadArchive answers one git archive --remote (git-upload-archive(1)): the
// arguments up to a flush, then ACK and the archive on the side-band, or NACK
// and the reason. Only trees that refs name can be had, which native git sees
// to. A client that is refused is told, as it is by [Server.UploadPack].
func (s *Server) UploadArchive(ctx context.Context, f *Fetch, in io.Reader, out io.Writer) error {
	err := s.uploadArchive(ctx, f, in, out)
	var busy *BusyError
	if errors.Is(err, ErrRefused) || errors.As(err, &busy) {
		_, werr := out.Write(pktline.Append(nil, "NACK ", printable(err.Error()), "\n"))
		return errors.Join(err, werr)
	}
	return err
}

func (s *Server) uploadArchive(ctx context.Context, f *Fetch, in io.Reader, out io.Writer) error {
	arguments, err := readArguments(in)
	if err != nil || arguments == nil {
		return err
	}
	free, err := s.limiter.take(ctx, f.Client)
	if err != nil {
		return err
	}
	defer free()
	dir, err := s.config.Storage.Mirror(ctx, f.Repository)
	if err != nil {
		return err
	}
	err = s.config.Git.Run(ctx, gitexec.Command{
		Args:  []string{"-c", "uploadArchive.allowUnreachable=false", "-c", "core.packedGitLimit=1g", "upload-archive", dir},
		Stdin: bytes.NewReader(arguments), Stdout: &withoutServerPaths{out: out},
		Limits: gitexec.Limits{Wall: fetchWall},
	})
	var failed *gitexec.Error
	if errors.As(err, &failed) && strings.Contains(failed.Stderr, sentToClient) {
		return &ReportedError{err}
	}
	return err
}

// sentToClient is what git upload-archive says at its end when it has refused the
// client in its answer.
const sentToClient = "sent error to the client"

// readArguments reads the client's part, nil if it has left before it began.
func readArguments(in io.Reader) ([]byte, error) {
	r := pktline.NewReader(in, maxArgumentBytes)
	var b []byte
	for n := 0; ; n++ {
		kind, text, err := r.Next()
		switch {
		case errors.Is(err, io.EOF) && n == 0:
			return nil, nil
		case err != nil:
			return nil, fmt.Errorf("%w: the arguments of git archive: %v", ErrRefused, err)
		case kind == pktline.Flush:
			return pktline.AppendSpecial(b, pktline.Flush), nil
		case kind != pktline.Data, !bytes.HasPrefix(text, []byte("argument ")):
			return nil, fmt.Errorf("%w: expected an argument of git archive, got %.100q", ErrRefused, text)
		case n == maxArguments:
			return nil, fmt.Errorf("%w: more than %d arguments of git archive", ErrRefused, maxArguments)
		}
		b = pktline.Append(b, string(text))
	}
}
