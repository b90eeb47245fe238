package gitserver

import (
	"context"
	"io"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/pktline"
	"github.com/rhaptos/rhaptos/gitserver/uploadpack"
)

// AdvertiseUpload writes the first message of a fetch over HTTP: the refs, or
// under protocol version 2 the capabilities. Protocol is the client's
// Git-Protocol, empty for version 0. The service line of Smart HTTP is the
// transport's. No git process takes part, nor the mirror.
func (s *Server) AdvertiseUpload(ctx context.Context, repo *Repository, protocol string, w io.Writer) error {
	return s.advertiseUpload(ctx, &Fetch{Repository: repo, Protocol: protocol, Stateless: true}, w)
}

func (s *Server) advertiseUpload(ctx context.Context, f *Fetch, w io.Writer) error {
	if f.Protocol == version2 {
		_, err := w.Write(s.capabilities(f.Repository))
		return err
	}
	repo, refs, err := s.refs(ctx, f)
	if err != nil {
		return err
	}
	var b []byte
	if f.Protocol == version1 {
		b = pktline.Append(b, "version 1\n")
	}
	_, err = w.Write(s.appendRefs(b, repo, refs, f.Stateless))
	return err
}

// capabilities is the advertisement of protocol version 2 (gitprotocol-v2(5),
// "Capability Advertisement").
func (s *Server) capabilities(repo *Repository) []byte {
	b := pktline.Append(nil, "version 2\n")
	b = pktline.Append(b, "agent=", s.agent, "\n")
	b = pktline.Append(b, "ls-refs=unborn\n")
	b = pktline.Append(b, "fetch=shallow wait-for-done filter ref-in-want sideband-all\n")
	b = pktline.Append(b, "server-option\n")
	b = pktline.Append(b, "object-format=sha1\n")
	b = pktline.Append(b, "object-info=size\n")
	if s.offersBundles(repo) {
		b = pktline.Append(b, "bundle-uri\n")
	}
	return pktline.AppendSpecial(b, pktline.Flush)
}

// appendRefs is the advertisement of versions 0 and 1 (gitprotocol-pack(5),
// "Reference Discovery").
func (s *Server) appendRefs(b []byte, repo *Repository, refs []Ref, stateless bool) []byte {
	capabilities, before := "\x00"+s.capabilities0(repo, refs, stateless), len(b)
	line := func(id plumbing.Hash, name ...string) {
		b = pktline.Append(b, id.String(), " ", strings.Join(name, ""), capabilities, "\n")
		capabilities = ""
	}
	if head, ok := find(refs, repo.Head); ok {
		line(head.Target, "HEAD")
	}
	for _, r := range advertised(refs) {
		line(r.Target, r.Name)
		if !r.Peeled.IsZero() {
			line(r.Peeled, r.Name, "^{}")
		}
	}
	if len(b) == before {
		line(plumbing.ZeroHash, "capabilities^{}")
	}
	return pktline.AppendSpecial(b, pktline.Flush)
}

// capabilities0 are those of versions 0 and 1 (gitprotocol-capabilities(5)).
func (s *Server) capabilities0(repo *Repository, refs []Ref, stateless bool) string {
	var list []string
	for _, c := range uploadpack.Capabilities {
		if c != "no-done" || stateless {
			list = append(list, c)
		}
	}
	list = append(list, "shallow", "deepen-since", "deepen-not", "allow-tip-sha1-in-want", "allow-reachable-sha1-in-want")
	if _, ok := find(refs, repo.Head); ok {
		list = append(list, "symref=HEAD:"+repo.Head)
	}
	return strings.Join(append(list, "object-format=sha1", "agent="+s.agent), " ")
}
