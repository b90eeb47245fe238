package openstax

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// checkSources finds the files that pages show and fills Media.
func (r *reader) checkSources(context.Context) error {
	for _, p := range r.listedPages() {
		found := map[string]string{}
		for _, s := range p.analysis.result.sources {
			if (s.frame || s.link) && isWeb(s.src) || found[s.src] != "" {
				continue
			}
			file, err := locate(r.files, path.Dir(p.path), s.src)
			if err != nil {
				return err
			}
			if file == "" || isWeb(s.src) {
				problem, err := r.missingSource(p, s)
				if err != nil {
					return err
				}
				p.report.Add(problem)
				continue
			}
			found[s.src], r.shown[file] = file, true
			if r.lib.Modules[p.id].Media[strings.Clone(s.src)], err = r.files.Media(file); err != nil {
				return err
			}
		}
	}
	return nil
}

// attribute is the one that names the file.
func (s *source) attribute() string {
	if s.link {
		return "resource"
	}
	return "src"
}

// missingSource is the problem of an element that shows no file.
func (r *reader) missingSource(p *page, s source) (collection.Problem, error) {
	dir := path.Dir(p.path)
	if isWeb(s.src) {
		return s.at.Problem(collection.Error, "resource-missing",
			s.attribute()+"=%s is on another site; add the file to the media folder", cnxml.Quote(s.src)), nil
	}
	if strings.HasPrefix(s.src, "/") || strings.HasPrefix(path.Join(dir, s.src), "../") {
		return s.at.Problem(collection.Error, "path-outside",
			s.attribute()+"=%s leads out of the repository; write a path that is relative to the module's folder, such as ../../media/...", cnxml.Quote(s.src)), nil
	}
	problem := s.at.Problem(collection.Error, "resource-missing",
		s.attribute()+"=%s leads to no file; add it or correct the path, which is relative to the module's folder", cnxml.Quote(s.src))
	folder, err := r.files.Folder(path.Dir(path.Join(dir, s.src)))
	if folder != nil {
		for _, name := range folder.Files {
			if strings.EqualFold(name, path.Base(s.src)) {
				problem.Message = s.attribute() + "=" + cnxml.Quote(s.src) + " leads to no file, since upper and lower case count in its name"
				propose(&problem, s.attribute(), path.Join(path.Dir(s.src), name))
				return problem, nil
			}
		}
	}
	if err != nil {
		return problem, err
	}
	return problem, r.suggestFile(&problem, s.attribute(), dir, s.src)
}

func isWeb(src string) bool {
	lower := strings.ToLower(strings.TrimSpace(src))
	return strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "//")
}

// checkMedia checks the content of the files that pages show.
func (r *reader) checkMedia(ctx context.Context) error {
	names := slices.Sorted(maps.Keys(r.shown))
	problems := make([][]collection.Problem, len(names))
	at := make([]int, len(names))
	for i := range at {
		at[i] = i
	}
	err := each(ctx, at, func(i int) (err error) {
		problems[i], err = r.files.CheckMedia(names[i], r.kept)
		return err
	})
	for i, name := range names {
		if len(problems[i]) > 0 {
			r.report(name).Add(problems[i]...)
		}
	}
	return err
}
