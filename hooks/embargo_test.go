package hooks_test

import (
	"context"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/release"
)

// A push that publishes a book before one of its releases that waits says so.
func TestEmbargoOvertaken(t *testing.T) {
	at := time.Date(2026, 12, 24, 7, 0, 0, 0, time.UTC)
	const warning = "warning: a-book 2.0 is scheduled for 2026-12-24T07:00:00Z, but this push is published now, " +
		"with everything that it contains of 2.0. To schedule a push too: git push -o publish-at=2026-12-24T07:00:00Z\n"
	for name, tt := range map[string]struct {
		book   string // that waits
		ref    string
		tree   fs.FS
		option string
		warns  bool
	}{
		"at once":             {"a-book", "refs/heads/main", good, "", true},
		"by a tag":            {"a-book", "refs/tags/v3.0", annotated{good}, "", true},
		"before":              {"a-book", "refs/heads/main", good, "publish-at=2026-12-24T07:59:59+01:00", true},
		"together":            {"a-book", "refs/heads/main", good, "publish-at=2026-12-24T08:00:00+01:00", false},
		"later":               {"a-book", "refs/heads/main", good, "publish-at=2026-12-25T08:00:00+01:00", false},
		"a draft":             {"a-book", "refs/heads/draft", good, "", false},
		"refused":             {"a-book", "refs/heads/main", bad, "", false},
		"another book waits":  {"b-book", "refs/heads/main", good, "", false},
		"nothing is released": {"a-book", "refs/heads/main", none, "", false},
	} {
		s := newScene(t)
		err := s.db.Write(t.Context(), func(ctx context.Context, tx database.Tx) error {
			return release.NewStore(s.db, nil).Insert(ctx, tx, &release.Release{RepositoryID: s.repo.ID, Book: tt.book, Number: release.Number{Major: 2},
				State: release.Embargoed, Published: at, Appears: at})
		})
		if err != nil {
			t.Fatal(err)
		}
		if tt.option != "" {
			s.options = []string{tt.option}
		}
		if _, said, _ := s.push(good, tt.ref, tt.tree); strings.HasSuffix(said, warning) != tt.warns || strings.Contains(said, "is scheduled") != tt.warns {
			t.Errorf("%s: said %q", name, said)
		}
	}
}
