package gitserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

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
// which all is there, to send it with its length and a file without copying.
type WholeWriter interface {
	WriteWhole(r io.Reader, size int64) error
}

// writeWhole writes an answer that is in memory.
func writeWhole(out io.Writer, b []byte) error {
	if w, ok := out.(WholeWriter); ok {
		return w.WriteWhole(bytes.NewReader(b), int64(len(b)))
	}
	_, err := out.Write(b)
	return err
}

// UploadPack answers one fetch. If it is stateless, in holds the whole of one
// request, which is read to its end before anything is written; otherwise the
// refs are advertised first, and both sides talk over the open connection
// (SSH).
//
// A client that asks for what it cannot have gets an ERR packet, and
// the error matches [ErrRefused]. A [*BusyError] is reported only where the
// transport has no way of its own, which is to say not over HTTP.
func (s *Server) UploadPack(ctx context.Context, f *Fetch, in io.Reader, out io.Writer) error {
	err := s.uploadPack(ctx, f, in, out)
	var busy *BusyError
	if errors.Is(err, ErrRefused) || errors.As(err, &busy) && !f.Stateless {
		_, werr := out.Write(pktline.Append(nil, "ERR ", printable(err.Error()), "\n"))
		if !f.Stateless {
			hearOut(ctx, in)
		}
		return errors.Join(err, werr)
	}
	return err
}

// hearOut lets a client that has been told an error say what it was saying. One
// that writes to a connection that is closed dies before it has read the error.
func hearOut(ctx context.Context, in io.Reader) {
	silent := make(chan struct{})
	go func() {
		defer close(silent)
		io.Copy(io.Discard, io.LimitReader(in, uploadpack.MaxBytes))
	}()
	select {
	case <-silent:
	case <-time.After(patience):
	case <-ctx.Done():
	}
}

// patience limits how long a client may go on sending after it was told an error.
const patience = 5 * time.Second

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

// refs are the repository's refs as they are now. A request over HTTP has only
// just read the repository's row; an open connection may be old.
func (s *Server) refs(ctx context.Context, f *Fetch) (*Repository, []Ref, error) {
	if f.Stateless {
		return s.config.Storage.RefsAt(ctx, f.Repository)
	}
	return s.config.Storage.Refs(ctx, f.Repository.ID)
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
		return s.lsRefs(ctx, f, c, out)
	case *uploadpack.ObjectInfo:
		return s.objectInfo(ctx, f, c, out)
	case *uploadpack.BundleURI:
		return s.bundleURI(ctx, f.Repository, out)
	case *uploadpack.Fetch:
		if len(c.Wants)+len(c.WantRefs) == 0 && !c.WaitForDone {
			return nil
		}
		return s.fetch(ctx, f, *c, out)
	}
	return errors.New("a command that nobody answers") // ReadCommand knows no other
}

// fetch answers the command of that name (gitprotocol-v2(5), "fetch"). Git never
// sees the names that are wanted (ref-in-want): it gives them out before the
// boundary of a shallow history, where clients expect it behind that.
func (s *Server) fetch(ctx context.Context, f *Fetch, c uploadpack.Fetch, out io.Writer) error {
	repo, refs, err := s.refs(ctx, f)
	if err != nil {
		return err
	}
	wanted, err := resolve(repo, refs, c.WantRefs)
	if err != nil {
		return err
	}
	for _, r := range wanted {
		c.Wants = append(c.Wants, r.Target)
	}
	c.WantRefs = nil
	if err := s.mayHave(ctx, f, repo, refs, &c.Selection); err != nil {
		return err
	}
	q := query{repo: repo, protocol: version2, request: c.Append(nil), wanted: wantedRefs(wanted, c.SidebandAll), framed: true, final: c.Done}
	return s.respond(ctx, f, q, out)
}

// resolve looks up the refs that are wanted by name.
func resolve(repo *Repository, refs []Ref, names []string) ([]Ref, error) {
	var list []Ref
	for _, name := range names {
		look := name
		if name == "HEAD" {
			look = repo.Head
		}
		r, ok := find(refs, look)
		if !ok {
			return nil, fmt.Errorf("%w: unknown ref %.300q", ErrRefused, name)
		}
		list = append(list, Ref{Name: name, Target: r.Target})
	}
	return list, nil
}

// wantedRefs is the section of an answer that says what the names stood for,
// nil without names.
func wantedRefs(refs []Ref, sideband bool) []byte {
	if len(refs) == 0 {
		return nil
	}
	band := ""
	if sideband {
		band = "\x01"
	}
	b := pktline.Append(nil, band, "wanted-refs\n")
	for _, r := range refs {
		b = pktline.Append(b, band, r.Target.String(), " ", r.Name, "\n")
	}
	return pktline.AppendSpecial(b, pktline.Delim)
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
	repo, refs, err := s.refs(ctx, f)
	if err != nil {
		return err
	}
	if err := s.mayHave(ctx, f, repo, refs, &w.Selection); err != nil {
		return err
	}
	framed := slices.Contains(w.Capabilities, "side-band-64k") || slices.Contains(w.Capabilities, "side-band")
	q := query{repo: repo, request: n.Append(w.Append(nil)), framed: framed, final: n.Done}
	return s.respond(ctx, f, q, out)
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
	repo, refs, err := s.refs(ctx, f)
	if err != nil {
		return err
	}
	if err := s.mayHave(ctx, f, repo, refs, &w.Selection); err != nil {
		return err
	}
	free, err := s.limiter.take(ctx, f.Client)
	if err != nil {
		return err
	}
	defer free()
	haves := io.LimitReader(in, uploadpack.MaxBytes)
	return s.native(ctx, repo, "", nil, io.MultiReader(bytes.NewReader(w.Append(nil)), haves), behindFlush(out))
}
