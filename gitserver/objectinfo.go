package gitserver

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/pktline"
	"github.com/rhaptos/rhaptos/gitserver/uploadpack"
)

// objectInfo answers the command of that name (gitprotocol-v2(5),
// "object-info"). Of an object that is not there its id is followed by a space and
// nothing else, and so is that of one that no ref leads to.
func (s *Server) objectInfo(ctx context.Context, f *Fetch, c *uploadpack.ObjectInfo, out io.Writer) error {
	var b []byte
	var info map[plumbing.Hash]string
	var err error
	switch {
	case len(c.IDs) == 0:
	case c.Size:
		info, err = s.sizes(ctx, f, c.IDs)
		b = pktline.Append(b, "size")
	default:
		info, err = s.present(ctx, f, c.IDs)
	}
	if err != nil {
		return err
	}
	for _, id := range c.IDs {
		size, known := info[id]
		if !known || c.Size {
			size = " " + size
		}
		b = pktline.Append(b, id.String(), size)
	}
	return writeWhole(out, pktline.AppendSpecial(b, pktline.Flush))
}

// hidden returns the repository of a fetch, and those of the ids to which no ref leads.
func (s *Server) hidden(ctx context.Context, f *Fetch, ids []plumbing.Hash) (*Repository, map[plumbing.Hash]bool, error) {
	repo, refs, err := s.refs(ctx, f)
	if err != nil {
		return nil, nil, err
	}
	hidden, err := s.unreachable(ctx, f, repo, refs, ids)
	return repo, hidden, err
}

// present returns the objects among ids that refs lead to, each with an empty text.
func (s *Server) present(ctx context.Context, f *Fetch, ids []plumbing.Hash) (map[plumbing.Hash]string, error) {
	_, hidden, err := s.hidden(ctx, f, ids)
	if err != nil {
		return nil, err
	}
	present := map[plumbing.Hash]string{}
	for _, id := range ids {
		if !hidden[id] {
			present[id] = ""
		}
	}
	return present, nil
}

// sizes asks git how many bytes each object has, of those that refs lead to.
func (s *Server) sizes(ctx context.Context, f *Fetch, ids []plumbing.Hash) (map[plumbing.Hash]string, error) {
	repo, hidden, err := s.hidden(ctx, f, ids)
	if err != nil {
		return nil, err
	}
	var in, out bytes.Buffer
	for _, id := range ids {
		if !hidden[id] {
			fmt.Fprintln(&in, id)
		}
	}
	sizes := map[plumbing.Hash]string{}
	if in.Len() == 0 {
		return sizes, nil
	}
	free, err := s.limiter.take(ctx, f.Client)
	if err != nil {
		return nil, err
	}
	defer free()
	dir, err := s.config.Storage.Mirror(ctx, repo)
	if err != nil {
		return nil, err
	}
	if err := s.config.Git.Run(ctx, gitexec.Command{
		Args:  []string{"--git-dir=" + dir, "cat-file", "--batch-check=%(objectname) %(objectsize)"},
		Stdin: &in, Stdout: &out,
		Limits: gitexec.Limits{Wall: 10 * time.Minute},
	}); err != nil {
		return nil, err
	}
	for line := range strings.Lines(out.String()) {
		id, size, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		sizes[plumbing.NewHash(id)] = size
	}
	return sizes, nil
}
