package preview

import (
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/release"
)

// compare finds the addresses that show something else than before.
func (p *Previewer) compare(before map[string]*release.Manifest) *state {
	s := &state{Pages: []string{}}
	for slug, m := range p.site.Latest() {
		old := before[slug]
		if old == nil {
			s.All = true
			continue
		}
		base := p.repository.address(slug, previewBranch)
		pages := map[string]bool{}
		for _, m := range []*release.Manifest{old, m} {
			m.Pages(func(e release.Entry) bool { pages[e.Slug] = true; return true })
		}
		change := func(path string) {
			if pages[path] {
				s.changed++
				s.Pages = append(s.Pages, base+"/"+path, p.repository.address(slug, baseBranch+"..."+previewBranch)+"/"+path)
			} else {
				s.All = true // any page may show it
			}
		}
		was := map[string]blobstore.Digest{}
		for i := range old.Files {
			was[old.Files[i].Path] = old.Files[i].Digest
		}
		for i := range m.Files {
			if f := &m.Files[i]; was[f.Path] != f.Digest {
				change(f.Path)
			}
			delete(was, m.Files[i].Path)
		}
		for path := range was { // what is left is gone
			change(path)
		}
		if fmt.Sprint(old.Contents) != fmt.Sprint(m.Contents) {
			s.Pages = append(s.Pages, base)
		}
		if len(s.Pages) > 0 {
			s.Pages = append(s.Pages, p.repository.address(slug, baseBranch+"..."+previewBranch))
		}
	}
	s.All = s.All || len(before) != len(p.site.Latest())
	return s
}
