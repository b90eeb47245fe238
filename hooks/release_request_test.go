package hooks_test

import (
	"context"
	"io/fs"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/release"
)

func TestReleaseRequests(t *testing.T) {
	byTag, byHand := with(good, `publish = "tag"`), with(good, `publish = "manual"`)
	soon := "publish-at=2026-12-24T08:00:00+01:00"
	for name, tt := range map[string]struct {
		head    fs.FS
		options []string
		refs    []any
		refused string // in the reason of the first ref
		said    string
		queued  string
	}{
		"a number":                {good, []string{"release=2.0"}, []any{"refs/heads/main", good}, "", "/ann/book/a-book@2.0\n", "release refs/heads/main 2.0"},
		"for one book":            {good, []string{"release=a-book@v2.0"}, []any{"refs/heads/main", good}, "", "", "release refs/heads/main a-book@2.0"},
		"for a book that is not":  {good, []string{"release=b@2.0"}, []any{"refs/heads/main", good}, `no book "b" in this commit; there is a-book`, "main is refused", ""},
		"no number":               {good, []string{"release=two"}, []any{"refs/heads/main", good}, "MAJOR.MINOR", "MAJOR.MINOR", ""},
		"far too high":            {good, []string{"release=100000.1"}, []any{"refs/heads/main", good}, "too high", "", ""},
		"two numbers":             {good, []string{"release=2.0", "release=3.0"}, []any{"refs/heads/main", good}, "two numbers", "", ""},
		"of a draft":              {good, []string{"release=2.0"}, []any{"refs/heads/x", good}, "nothing in this push makes a release; the published branches are main", "", ""},
		"of a draft and a branch": {good, []string{"release=2.0"}, []any{"refs/heads/main", good, "refs/heads/x", good}, "", "", "release refs/heads/main 2.0, draft refs/heads/x"},
		"of two branches": {with(good, `branches = ["main", "x"]`), []string{"release=2.0"},
			[]any{"refs/heads/x", good, "refs/heads/main", with(good, `branches = ["main", "x"]`)}, "2 refs of this push", "", ""},
		"taken":            {good, []string{"release=1.7"}, []any{"refs/heads/main", good}, "1.7 is taken by the release of 2026-01-02", "", ""},
		"out of order":     {good, []string{"release=1.3"}, []any{"refs/heads/main", good}, "would come before 1.7, which is there; the next number is 1.8", "", ""},
		"by hand":          {byHand, []string{"release=2.0"}, []any{"refs/heads/main", byHand}, "", "", "release refs/heads/main 2.0"},
		"a time":           {good, []string{soon}, []any{"refs/heads/main", good}, "", "a-book, from 2026-12-24T07:00:00Z on\n", "release refs/heads/main at 2026-12-24T07:00:00Z"},
		"a time gone by":   {good, []string{"publish-at=2026-11-25T11:59:59Z"}, []any{"refs/heads/main", good}, "", "publish-at has passed", "release refs/heads/main"},
		"a time far off":   {good, []string{"publish-at=2028-12-24T08:00:00Z"}, []any{"refs/heads/main", good}, "too far ahead", "", ""},
		"no time":          {good, []string{"publish-at=tomorrow"}, []any{"refs/heads/main", good}, "is not a time", "", ""},
		"no zone":          {good, []string{"publish-at=2026-12-24T08:00:00"}, []any{"refs/heads/main", good}, "is not a time", "", ""},
		"time and number":  {good, []string{soon, "release=2.0"}, []any{"refs/heads/main", good}, "", "", "release refs/heads/main 2.0 at 2026-12-24T07:00:00Z"},
		"time of a draft":  {good, []string{soon}, []any{"refs/heads/x", good}, "nothing in this push", "", ""},
		"others' options":  {good, []string{"ci.skip", "released=2.0"}, []any{"refs/heads/main", good}, "", "", "release refs/heads/main"},
		"an annotated tag": {good, nil, []any{"refs/tags/v2.0", annotated{good}}, "", "a-book@2.0\n", "release refs/tags/v2.0 2.0"},
		"a tag and a time": {good, []string{soon}, []any{"refs/tags/2.0", annotated{good}}, "", "", "release refs/tags/2.0 2.0 at 2026-12-24T07:00:00Z"},
		"a tag of a book":  {good, nil, []any{"refs/tags/a-book@2.0", annotated{good}}, "", "", "release refs/tags/a-book@2.0 a-book@2.0"},
		"a tag of a word":  {good, nil, []any{"refs/tags/final", annotated{good}}, "", "", ""},
		"a lightweight tag": {good, nil, []any{"refs/tags/v2.0", good}, "",
			"v2.0 is a lightweight tag, which has no author and no date, and makes no release. To make one: git tag -f -a v2.0, and git push", ""},
		"a lightweight tag where tags publish": {byTag, nil, []any{"refs/tags/v2.0", good}, "", "is a lightweight tag", ""},
		"a tag where tags publish":             {byTag, nil, []any{"refs/tags/v2.0", annotated{good}}, "", "", "release refs/tags/v2.0 2.0"},
		"a tag by hand":                        {byHand, nil, []any{"refs/tags/v2.0", annotated{good}}, "", "made by hand", ""},
		"a tag that is taken":                  {good, nil, []any{"refs/tags/v1.7", annotated{good}}, "is taken", "v1.7 is refused: a-book 1.7 is taken", ""},
		"a bad tag":                            {good, nil, []any{"refs/tags/v2.0", annotated{bad}}, "1 error", "v2.0 cannot be published", ""},
		"a tag with a number":                  {good, []string{"release=3.0"}, []any{"refs/tags/v2.0", annotated{good}}, "already sets the number", "", ""},
		"a tag with its branch": {good, nil, []any{"refs/heads/main", good, "refs/tags/v2.0", annotated{good}}, "", "",
			"release refs/tags/v2.0 2.0, release refs/heads/main"},
		"tags of a history": {good, nil, []any{"refs/tags/v2.0", annotated{good}, "refs/tags/v2.1", annotated{good}, "refs/tags/a-book@3.0", annotated{good}}, "",
			"2 tags with release numbers were pushed together and are kept as history", "release refs/tags/a-book@3.0 a-book@3.0"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.release("a-book", release.Number{Major: 1, Minor: 7})
			s.options = tt.options
			refused, said, queued := s.push(tt.head, tt.refs...)
			if got := refused[tt.refs[0].(string)]; !strings.Contains(got, tt.refused) || (got == "") != (tt.refused == "") {
				t.Errorf("refused: %q, want %q", got, tt.refused)
			}
			if !strings.Contains(said, tt.said) {
				t.Errorf("said %q, want %q in it", said, tt.said)
			}
			if strings.Join(queued, ", ") != tt.queued {
				t.Errorf("queued %q, want %q", queued, tt.queued)
			}
		})
	}
}

// A number that a pending publication is to give is taken.
func TestNumberOfPendingPublication(t *testing.T) {
	s := newScene(t)
	s.options = []string{"release=2.0"}
	s.push(good, "refs/heads/main", good)
	refused, _, _ := s.push(good, "refs/heads/main", good)
	if why := refused["refs/heads/main"]; !strings.Contains(why, "a-book 2.0 is what publication 1 is to make") {
		t.Errorf("refused: %q", why)
	}
}

func (s *scene) release(book string, n release.Number) {
	s.t.Helper()
	err := s.db.Write(s.t.Context(), func(ctx context.Context, tx database.Tx) error {
		return release.NewStore(s.db, nil).Insert(ctx, tx, &release.Release{RepositoryID: s.repo.ID, Book: book, Number: n,
			State: release.Current, Published: database.Time(1767312000000000)})
	})
	if err != nil {
		s.t.Fatal(err)
	}
}
