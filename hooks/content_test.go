package hooks_test

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
	"github.com/rhaptos/rhaptos/gitserver/store"
	"github.com/rhaptos/rhaptos/hooks"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/report"
)

func tree(files ...string) fs.FS {
	m := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		m[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return m
}

var (
	good = tree("book.toml", "[book]\ntitle = \"A Book\"\n", "src/SUMMARY.md", "# Summary\n\n- [One](one.md)\n", "src/one.md", "# One\n")
	bad  = tree("book.toml", "[book]\ntitle = \"A Book\"\n", "src/SUMMARY.md", "# Summary\n\n- [One](one.md)\n- [Two](two.md)\n", "src/one.md", "# One\n")
	none = tree("README", "no book here\n")
)

func with(base fs.FS, settings string) fs.FS {
	m := fstest.MapFS{".rhaptos.toml": {Data: []byte(settings)}}
	for name, f := range base.(fstest.MapFS) {
		m[name] = f
	}
	return m
}

// scene is a repository into which trees are pushed.
type scene struct {
	t       *testing.T
	db      database.DB
	repo    *gitserver.Repository
	old     fs.FS    // what refs pointed at before a push; nil: they are new
	options []string // of the pushes
	report  *report.Report
}

// annotated is the tree of the commit behind an annotated tag.
type annotated struct{ fs.FS }

// commits has the trees of a push by the ids of their commits.
type commits map[plumbing.Hash]fs.FS

func (c commits) Tree(h plumbing.Hash) (fs.FS, error) {
	if tree, ok := c[h]; ok {
		return tree, nil
	}
	return nil, plumbing.ErrObjectNotFound
}

func (commits) Environment() []string { return nil }

// Peel takes the trees of annotated tags for such.
func (c commits) Peel(h plumbing.Hash) (plumbing.Hash, plumbing.ObjectType, error) {
	if _, ok := c[h].(annotated); ok {
		return plumbing.NewHash("c" + h.String()[1:]), plumbing.CommitObject, nil
	}
	return h, plumbing.CommitObject, nil
}

var oldTip = plumbing.NewHash(strings.Repeat("9", 40))

func newScene(t *testing.T) *scene {
	t.Helper()
	db := databasetest.NewOn(t, database.SQLite).Open(t)
	repo, err := store.Repositories{DB: db}.Create(t.Context(), "ann", "book", false)
	if err != nil {
		t.Fatal(err)
	}
	return &scene{t: t, db: db, repo: repo}
}

// push judges a push in which each ref gets a tree (nil deletes it). It returns
// why refs were refused, what was said, and the publications that came of it,
// each as "KIND REF", or "KIND REF gone".
func (s *scene) push(head fs.FS, refs ...any) (refused map[string]string, said string, publications []string) {
	s.t.Helper()
	trees := commits{}
	if s.old != nil {
		trees[oldTip] = s.old
	}
	push := &gitserver.Push{ID: "p", Repository: s.repo, Options: s.options, At: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)}
	for i := 0; i < len(refs); i += 2 {
		u := &gitserver.RefUpdate{Name: refs[i].(string), Old: oldTip}
		if t, ok := refs[i+1].(fs.FS); ok {
			u.New = plumbing.NewHash(strings.Repeat(fmt.Sprint(i+1), 40))
			trees[u.New] = t
		}
		push.Updates = append(push.Updates, u)
	}
	var out strings.Builder
	enqueue, err := hooks.Content{URL: "http://books.example", DB: s.db}.PreReceive(s.t.Context(), push, head, trees, &out)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.report = nil; push.Report != nil {
		if s.report, err = report.Decode(push.Report); err != nil {
			s.t.Fatal(err)
		}
	}
	err = s.db.Write(s.t.Context(), func(ctx context.Context, tx database.Tx) error { return enqueue(ctx, tx, push) })
	if err != nil {
		s.t.Fatal(err)
	}
	hooks.Content{DB: s.db}.PostReceive(s.t.Context(), push, &out)
	list, err := publish.Publications(s.t.Context(), s.db, s.repo.ID, 100)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := len(list) - 1; i >= 0; i-- {
		line := string(list[i].Kind) + " " + list[i].Ref
		for _, n := range list[i].Request.Numbers {
			line += " " + n.String()
		}
		if at := list[i].Request.At; !at.IsZero() {
			line += " at " + at.Format(time.RFC3339)
		}
		if list[i].Commit == "" {
			line += " gone"
		}
		publications = append(publications, line)
	}
	refused = map[string]string{}
	for _, u := range push.Updates {
		if u.Refused != "" {
			refused[u.Name] = u.Refused
		}
	}
	return refused, out.String(), publications
}

func TestJudgement(t *testing.T) {
	for name, tt := range map[string]struct {
		head    fs.FS
		refs    []any
		refused string // of the first ref
		said    []string
		queued  []string
	}{
		"good on the default branch": {nil, []any{"refs/heads/main", good}, "",
			[]string{"A Book: http://books.example/ann/book/a-book\n"}, []string{"release refs/heads/main"}},
		"bad on the default branch": {good, []any{"refs/heads/main", bad}, "1 error",
			[]string{"main cannot be published: 1 error.\n", "src/SUMMARY.md:4:", "two.md", "push to another branch"}, nil},
		"bad in the first push": {nil, []any{"refs/heads/main", bad}, "1 error", // another branch would be published too
			[]string{"main cannot be published: 1 error.\n", "src/SUMMARY.md:4:", "two.md", "Fix these and push again.\n"}, nil},
		"bad on another branch": {good, []any{"refs/heads/a/b", bad}, "",
			[]string{"a/b is accepted as a draft, with 1 error.\n", "src/SUMMARY.md:4:", "http://books.example/ann/book/a-book@a~b\n"}, []string{"draft refs/heads/a/b"}},
		"a deleted branch": {good, []any{"refs/heads/x", nil}, "", nil, []string{"draft refs/heads/x gone"}},
		"no book":          {nil, []any{"refs/heads/main", none}, "", []string{"main: no books found"}, nil},
		"a tag":            {good, []any{"refs/tags/v1", bad}, "", nil, nil},
		"a tag where tags publish": {with(good, `publish = "tag"`), []any{"refs/tags/v1", bad}, "1 error",
			[]string{"v1 cannot be published"}, nil},
		"a good tag where tags publish": {with(good, `publish = "tag"`), []any{"refs/tags/v1", good}, "", nil, []string{"release refs/tags/v1"}},
		"the default branch where tags publish": {with(good, `publish = "tag"`), []any{"refs/heads/main", bad}, "1 error",
			[]string{"main cannot be published"}, nil},
		"by hand": {good, []any{"refs/heads/main", with(good, `publish = "manual"`)}, "", nil, []string{"draft refs/heads/main"}},
		"a second published branch": {with(good, `branches = ["main", "second"]`), []any{"refs/heads/second", good}, "",
			nil, []string{"release refs/heads/second"}},
		"a branch cannot make itself published": {good, []any{"refs/heads/x", with(bad, `branches = ["x"]`)}, "",
			[]string{"x is accepted as a draft"}, []string{"draft refs/heads/x"}},
		"settings that cannot be read": {good, []any{"refs/heads/main", with(good, `branches = 7`)}, "1 error",
			[]string{".rhaptos.toml:1:"}, nil},
		"two branches": {good, []any{"refs/heads/main", bad, "refs/heads/x", good}, "1 error", nil, []string{"draft refs/heads/x"}},
	} {
		t.Run(name, func(t *testing.T) {
			refused, said, queued := newScene(t).push(tt.head, tt.refs...)
			if got := refused[tt.refs[0].(string)]; got != tt.refused {
				t.Errorf("refused: %q, want %q", got, tt.refused)
			}
			for _, want := range tt.said {
				if !strings.Contains(said, want) {
					t.Errorf("said %q, want %q in it", said, want)
				}
			}
			if strings.Join(queued, ", ") != strings.Join(tt.queued, ", ") {
				t.Errorf("queued %q, want %q", queued, tt.queued)
			}
		})
	}
}

func TestManyProblemsAreCut(t *testing.T) {
	summary := "# Summary\n\n"
	for i := range 100 {
		summary += fmt.Sprintf("- [Chapter](missing%d.md)\n", i)
	}
	_, said, _ := newScene(t).push(nil, "refs/heads/main", tree("book.toml", "[book]\ntitle = \"B\"\n", "src/SUMMARY.md", summary))
	if n := strings.Count(said, "\n"); n > 45 || !strings.Contains(said, "... and 60 more.") {
		t.Errorf("%d lines:\n%s", n, said)
	}
}

func TestPolicy(t *testing.T) {
	repo := &gitserver.Repository{Head: "refs/heads/trunk"}
	policy := hooks.Content{}.Policy(repo, nil)
	for ref, want := range map[string]bool{"refs/heads/trunk": true, "refs/heads/x": false, "refs/tags/v1": true, "refs/notes/x": true} {
		if policy.Published(ref) != want {
			t.Errorf("%s: %v", ref, !want)
		}
	}
	if policy.Signed || policy.Rewrite == gitserver.RewriteNever || policy.Rewrite == gitserver.RewriteAlways {
		t.Errorf("without settings: %+v", policy)
	}
	policy = hooks.Content{}.Policy(repo, tree(".rhaptos.toml", "branches = [\"x\"]\nrewrite = \"never\"\nsigned = true"))
	if !policy.Published("refs/heads/x") || policy.Published("refs/heads/trunk") || !policy.Signed || policy.Rewrite != gitserver.RewriteNever {
		t.Errorf("the settings are not heeded: %+v", policy)
	}
}
