package openstax

import (
	"context"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// containerAnalysis are what the list of books says.
type containerAnalysis struct {
	at    collection.Place
	books []listing
	roots []variable
}

// listing is a line of the list.
type listing struct {
	at     collection.Place
	slug   string
	slugAt collection.Place
	style  string
	href   string
	hrefAt collection.Place
}

// variable moves a folder.
type variable struct {
	name  string
	value string
}

func (f *containerAnalysis) code(c *analysis.Coder) {
	collection.CodePlace(c, &f.at)
	analysis.List(c, &f.books, func(l *listing) {
		collection.CodePlace(c, &l.at)
		c.Text(&l.slug)
		collection.CodePlace(c, &l.slugAt)
		c.Text(&l.style)
		c.Text(&l.href)
		collection.CodePlace(c, &l.hrefAt)
	})
	analysis.List(c, &f.roots, func(v *variable) {
		c.Text(&v.name)
		c.Text(&v.value)
	})
}

// derive implements fileAnalysis.
func (f *containerAnalysis) derive(root *cnxml.Node, report *collection.Report) {
	f.at = collection.Place{Pos: root.Pos}
	for _, n := range root.Children {
		switch {
		case n.Space == cnxml.Text:
		case n.Name == "book":
			f.books = append(f.books, listing{
				at: collection.Place{Pos: n.Pos}, slug: n.Attr("slug"), slugAt: collection.PlaceOf(n, "slug"),
				style: n.Attr("style"), href: n.Attr("href"), hrefAt: collection.PlaceOf(n, "href"),
			})
		case n.Name == "var":
			f.variable(n, report)
		default:
			report.Warning(n.Pos, "element-unknown", "<%s> has no meaning in the list of books; remove it", name(n))
		}
	}
	if len(f.books) == 0 {
		report.Error(root.Pos, "no-books", `the list names no book; add <book slug="..." href="../collections/....collection.xml"/>`)
	}
}

// rootNames are the folders that a variable may move.
var rootNames = []string{"BOOKS_ROOT", "PAGES_ROOT", "MEDIA_ROOT", "PRIVATE_ROOT", "PUBLIC_ROOT"}

func (f *containerAnalysis) variable(n *cnxml.Node, report *collection.Report) {
	v := variable{strings.ToUpper(n.Attr("name")), n.Attr("value")}
	switch {
	case !slices.Contains(rootNames, v.name):
		p := collection.PlaceOf(n, "name").Problem(collection.Warning, "variable-unknown",
			"the variable %s is not known; known are %s", cnxml.Quote(n.Attr("name")), strings.Join(rootNames, ", "))
		suggest(&p, "name", v.name, rootNames)
		report.Add(p)
		return
	case v.value == "":
		report.Add(collection.PlaceOf(n, "value").Problem(collection.Error, "variable-empty",
			`the variable %s has no value; add value="/..." with a folder of the repository`, cnxml.Escape(v.name)))
		return
	}
	f.roots = append(f.roots, v)
}

// roots are the folders of a library, relative to its root.
type roots struct {
	pages, media, public string
}

func defaultRoots() roots { return roots{pages: "modules", media: "media", public: "interactives"} }

// move takes the folders from the variables. That of the collections needs no
// heed, since the list has their paths.
func (r *roots) move(variables []variable) {
	for _, v := range variables {
		folder := strings.TrimPrefix(path.Clean("/"+v.value), "/")
		if folder == "" {
			folder = "."
		}
		switch v.name {
		case "PAGES_ROOT":
			r.pages = folder
		case "MEDIA_ROOT":
			r.media = folder
		case "PUBLIC_ROOT":
			r.public = folder
		}
	}
}

// listed is a book of the list, whose collection can be read.
type listed struct {
	listing
	path     string
	analysis *bookAnalysis
	book     *collection.Book
}

// readBooks reads the list of books and every collection on it.
func (r *reader) readBooks(ctx context.Context) error {
	report := r.report(containerPath)
	container, _, _, err := analyze(r, containerPath, "openstax-container", func() *containerAnalysis { return &containerAnalysis{} })
	if err != nil {
		return err
	}
	r.unreadBooks = container == nil || len(container.result.books) == 0
	if container == nil {
		report.Error(cnxml.Pos{}, "books-missing", "the list of books is missing; add the file META-INF/books.xml")
		return nil
	}
	report.Include(container.problems)
	r.roots.move(container.result.roots)
	taken := map[string]bool{}
	for _, l := range container.result.books {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.readListed(l, report, taken); err != nil {
			return err
		}
	}
	r.checkSlugs(report)
	for _, l := range r.collections {
		if err := r.readContents(l); err != nil {
			return err
		}
	}
	return nil
}

// readListed reads the collection that a line of the list names. taken has the
// paths of earlier ones.
func (r *reader) readListed(l listing, report *collection.Report, taken map[string]bool) error {
	name, err := locate(r.files, path.Dir(containerPath), l.href)
	if err != nil {
		return err
	}
	switch {
	case name == "":
		r.unreadBooks = true
		p, err := r.missingCollection(l)
		report.Add(p)
		return err
	case taken[name]:
		report.Add(l.hrefAt.Problem(collection.Error, "duplicate-slug", "the collection %s is listed already; remove one of the two", cnxml.Quote(name)))
		return nil
	}
	taken[name] = true
	analyzed, _, _, err := analyze(r, name, "openstax-book", func() *bookAnalysis { return &bookAnalysis{} })
	if err != nil {
		return err
	}
	r.report(name).Include(analyzed.problems)
	noModule := func(p collection.Problem) bool { return p.Rule == "module-missing" }
	r.unreadBooks = r.unreadBooks || !analyzed.whole || slices.ContainsFunc(analyzed.problems, noModule)
	if analyzed.whole {
		r.collections = append(r.collections, &listed{listing: l, path: name, analysis: analyzed.result})
	}
	return nil
}

// missingCollection is the problem of a line that leads to no collection.
func (r *reader) missingCollection(l listing) (collection.Problem, error) {
	target := path.Join(path.Dir(containerPath), l.href)
	if strings.HasPrefix(l.href, "/") || strings.HasPrefix(target, "../") {
		return l.hrefAt.Problem(collection.Error, "path-outside",
			"href=%s leads out of the repository; write a path that is relative to META-INF, such as ../collections/....collection.xml", cnxml.Quote(l.href)), nil
	}
	p := l.hrefAt.Problem(collection.Error, "book-missing",
		"href=%s leads to no file; add the collection or correct the path, which is relative to META-INF", cnxml.Quote(l.href))
	err := r.suggestFile(&p, "href", path.Dir(containerPath), l.href)
	return p, err
}

// locate finds the file that a reference in a file of the folder means: as it
// is written, or else with its escapes resolved. It is empty if there is none.
func locate(files *collection.Files, dir, reference string) (string, error) {
	for _, candidate := range candidates(reference) {
		name := path.Join(dir, candidate)
		if candidate == "" || strings.HasPrefix(candidate, "/") || !fs.ValidPath(name) {
			continue
		}
		if ok, err := files.Exists(name); ok || err != nil {
			return name, err
		}
	}
	return "", nil
}

// candidates are the ways to read a relative reference: file names may hold
// what is special in a URL.
func candidates(reference string) []string {
	all := []string{reference}
	if bare, _, ok := strings.Cut(reference, "#"); ok {
		all = append(all, bare)
	}
	last := all[len(all)-1]
	if bare, _, ok := strings.Cut(last, "?"); ok {
		all = append(all, bare)
	}
	if plain, err := url.PathUnescape(all[len(all)-1]); err == nil && plain != all[len(all)-1] {
		all = append(all, plain)
	}
	return all
}
