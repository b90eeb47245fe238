package gitserver

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/pktline"
	"github.com/rhaptos/rhaptos/gitserver/uploadpack"
)

// lsRefs answers the command of that name (gitprotocol-v2(5), "ls-refs"): HEAD
// first, and then the refs by name; those of contributions only if a prefix says so.
func (s *Server) lsRefs(ctx context.Context, f *Fetch, c *uploadpack.LsRefs, w io.Writer) error {
	repo, refs, err := s.refs(ctx, f)
	if err != nil {
		return err
	}
	var b []byte
	prefixes := disjoint(c.Prefixes)
	if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix("HEAD", p) }) {
		b = appendHead(b, repo, refs, c)
	}
	for _, p := range prefixes {
		found := below(refs, p)
		if !strings.HasPrefix(p, ContributionPrefix) {
			found = advertised(found)
		}
		for _, r := range found {
			b = appendRef(b, r.Name, "", r, c)
		}
	}
	return writeWhole(w, pktline.AppendSpecial(b, pktline.Flush))
}

// appendHead writes HEAD, if the client can be told what it is.
func appendHead(b []byte, repo *Repository, refs []Ref, c *uploadpack.LsRefs) []byte {
	if r, ok := find(refs, repo.Head); ok {
		return appendRef(b, "HEAD", repo.Head, r, c)
	}
	if c.Unborn && c.Symrefs {
		return pktline.Append(b, "unborn HEAD symref-target:", repo.Head, "\n")
	}
	return b
}

func appendRef(b []byte, name, symref string, r Ref, c *uploadpack.LsRefs) []byte {
	line := []string{r.Target.String(), " ", name}
	if c.Symrefs && symref != "" {
		line = append(line, " symref-target:", symref)
	}
	if c.Peel && !r.Peeled.IsZero() {
		line = append(line, " peeled:", r.Peeled.String())
	}
	return pktline.Append(b, append(line, "\n")...)
}

// find looks a name up in refs, which are ordered by it.
func find(refs []Ref, name string) (Ref, bool) {
	i, ok := slices.BinarySearchFunc(refs, name, func(r Ref, name string) int { return cmp.Compare(r.Name, name) })
	if !ok {
		return Ref{}, false
	}
	return refs[i], true
}

// below are the refs whose names begin with the prefix.
func below(refs []Ref, prefix string) []Ref {
	first, _ := slices.BinarySearchFunc(refs, prefix, func(r Ref, name string) int { return cmp.Compare(r.Name, name) })
	rest := refs[first:]
	n, _ := slices.BinarySearchFunc(rest, prefix, func(r Ref, prefix string) int {
		if strings.HasPrefix(r.Name, prefix) {
			return -1
		}
		return 1
	})
	return rest[:n]
}

// disjoint returns the prefixes in order, without those that begin with another
// one, so that no ref is found twice. An empty list becomes the prefix "", which
// matches every ref.
func disjoint(prefixes []string) []string {
	if len(prefixes) == 0 {
		return []string{""}
	}
	prefixes = slices.Sorted(slices.Values(prefixes))
	kept := prefixes[:0]
	for _, p := range prefixes {
		if len(kept) == 0 || !strings.HasPrefix(p, kept[len(kept)-1]) {
			kept = append(kept, p)
		}
	}
	return kept
}
