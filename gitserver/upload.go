package gitserver

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/rhaptos/rhaptos/gitserver/pktline"
	"github.com/rhaptos/rhaptos/gitserver/uploadpack"
)

// The values of Git-Protocol that make a difference.
const (
	version1 = "version=1"
	version2 = "version=2"
)

// ErrRefused says that a client asked for what it cannot have. It was told.
var ErrRefused = uploadpack.ErrRequest

// Fetch is one fetch as its transport introduces it.
type Fetch struct {
	Repository *Repository
	Client     string // whose fetches are counted together: an account or an address
	Protocol   string // the client's Git-Protocol, empty for version 0
	Stateless  bool   // the refs were advertised in an earlier request (HTTP)
}

// WholeWriter is the further power of an answer's writer: it takes an answer of
// which all is there as a file, to send it with its length and without copying.
type WholeWriter interface {
	WriteWhole(file io.Reader, size int64) error
}

// UploadPack answers one fetch. If it is stateless, in holds the whole of one
// request, which is read to its end before anything is written; otherwise the
// refs are advertised first, and both sides talk over the open connection
// (SSH).
//
// A client that asks for what it cannot have is told so by an ERR packet, and
// the error matches [ErrRefused]. A [*BusyError] is told only where the
// transport has no way of its own, which is to say not over HTTP.
func (s *Server) UploadPack(ctx context.Context, f *Fetch, in io.Reader, out io.Writer) error {
	err := s.uploadPack(ctx, f, in, out)
	var busy *BusyError
	if errors.Is(err, ErrRefused) || errors.As(err, &busy) && !f.Stateless {
		_, werr := out.Write(pktline.Append(nil, "ERR ", printable(err.Error()), "\n"))
		return errors.Join(err, werr)
	}
	return err
}

func (s *Server) uploadPack(ctx context.Context, f *Fetch, in io.Reader, out io.Writer) error {
	if f.Stateless {
		body, err := io.ReadAll(io.LimitReader(in, uploadpack.MaxBytes+1))
		if err != nil {
			return err
		}
		in = bytes.NewReader(body)
	} else if err := s.advertiseUpload(ctx, f, out); err != nil {
		return err
	}
	r := pktline.NewReader(in, uploadpack.MaxBytes)
	switch {
	case f.Protocol == version2:
		return s.commands(ctx, f, r, out)
	case f.Stateless:
		return s.request(ctx, f, r, out)
	}
	return s.dialogue(ctx, f, r, in, out)
}

// commands answers the requests of protocol version 2, each by itself; over
// HTTP there is one.
func (s *Server) commands(ctx context.Context, f *Fetch, r *pktline.Reader, out io.Writer) error {
	for {
		r.Reset(uploadpack.MaxBytes)
		c, err := uploadpack.ReadCommand(r)
		if errors.Is(err, io.EOF) || err == nil && c == nil {
			return nil
		}
		if err == nil {
			err = s.command(ctx, f, c, out)
		}
		if err != nil || f.Stateless {
			return err
		}
	}
}

func (s *Server) command(ctx context.Context, f *Fetch, c uploadpack.Command, out io.Writer) error {
	switch c := c.(type) {
	case *uploadpack.LsRefs:
		return s.lsRefs(ctx, f.Repository, c, out)
	case *uploadpack.ObjectInfo:
		return s.objectInfo(ctx, f, c, out)
	case *uploadpack.BundleURI:
		return s.bundleURI(ctx, f.Repository, out)
	case *uploadpack.Fetch:
		if len(c.Wants)+len(c.WantRefs) == 0 && !c.WaitForDone {
			return nil
		}
		repo, err := s.mayHave(ctx, f, &c.Selection, c.WantRefs)
		if err != nil {
			return err
		}
		q := query{repo: repo, protocol: version2, request: c.Append(nil), framed: true, final: c.Done}
		return s.answer(ctx, f, q, out)
	}
	return errors.New("a command that nobody answers") // ReadCommand knows no other
}

// request answers one request of version 0 or 1 over HTTP.
func (s *Server) request(ctx context.Context, f *Fetch, r *pktline.Reader, out io.Writer) error {
	w, err := uploadpack.ReadWants(r)
	if errors.Is(err, io.EOF) || err == nil && w == nil {
		return nil
	}
	if err != nil {
		return err
	}
	n, err := uploadpack.ReadNegotiation(r)
	if err != nil {
		return err
	}
	repo, err := s.mayHave(ctx, f, &w.Selection, nil)
	if err != nil {
		return err
	}
	framed := slices.Contains(w.Capabilities, "side-band-64k") || slices.Contains(w.Capabilities, "side-band")
	q := query{repo: repo, request: n.Append(w.Append(nil)), framed: framed, final: n.Done}
	return s.answer(ctx, f, q, out)
}

// dialogue answers one fetch of version 0 or 1 over an open connection. Once
// the wants are checked, native git has it; that it would advertise the refs
// itself is hidden from the client, which has seen ours.
func (s *Server) dialogue(ctx context.Context, f *Fetch, r *pktline.Reader, in io.Reader, out io.Writer) error {
	w, err := uploadpack.ReadWants(r)
	if errors.Is(err, io.EOF) || err == nil && w == nil {
		return nil
	}
	if err != nil {
		return err
	}
	repo, err := s.mayHave(ctx, f, &w.Selection, nil)
	if err != nil {
		return err
	}
	free, err := s.slots.take(ctx, s.Limits, f.Client)
	if err != nil {
		return err
	}
	defer free()
	haves := io.LimitReader(in, uploadpack.MaxBytes)
	return s.native(ctx, repo, "", nil, io.MultiReader(bytes.NewReader(w.Append(nil)), haves), &behindFlush{out: out})
}

// behindFlush passes on what follows the first flush of a stream of packets.
type behindFlush struct {
	out    io.Writer
	open   bool
	length []byte // of the packet at hand, as far as it was seen
	skip   int    // bytes of it that are still to come
}

// Write implements [io.Writer].
func (b *behindFlush) Write(p []byte) (int, error) {
	n := len(p)
	for !b.open && len(p) > 0 {
		if b.skip > 0 {
			k := min(b.skip, len(p))
			b.skip -= k
			p = p[k:]
			continue
		}
		k := min(4-len(b.length), len(p))
		b.length = append(b.length, p[:k]...)
		if p = p[k:]; len(b.length) < 4 {
			break
		}
		size, err := pktline.Length([4]byte(b.length))
		if err != nil {
			return 0, err
		}
		b.open = size == 0
		b.skip = max(size-4, 0)
		b.length = b.length[:0]
	}
	if len(p) == 0 {
		return n, nil
	}
	if _, err := b.out.Write(p); err != nil {
		return 0, err
	}
	return n, nil
}
