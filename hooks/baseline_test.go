package hooks_test

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/report"
)

// summary is a book whose contents name the chapters; only one.md is there.
func summary(chapters ...string) fs.FS {
	text := "# Summary\n\n- [One](one.md)\n"
	for _, c := range chapters {
		text += "- [Chapter](" + c + ".md)\n"
	}
	return tree("book.toml", "[book]\ntitle = \"A Book\"\n", "src/SUMMARY.md", text, "src/one.md", "# One\n")
}

func TestOnlyWhatIsNewBlocks(t *testing.T) {
	for name, tt := range map[string]struct {
		ref      string
		old, now fs.FS
		refused  string
		said     []string
		base     bool // the publication may keep the errors of the old tip
	}{
		"as before": {"main", summary("a", "b"), summary("a", "b"), "",
			[]string{"main is accepted, with 2 errors.", "2 errors existed before and do not stop the push.", "SUMMARY.md:4:13: error from before:"}, true},
		"one fixed": {"main", summary("a", "b"), summary("b"), "",
			[]string{"main is accepted, with 1 error.", "1 error existed before and does not stop the push.", "SUMMARY.md:4:13: error from before:"}, true},
		"all fixed": {"main", summary("a"), summary(), "", nil, false},
		"one more": {"main", summary("a"), summary("x", "a"), "1 error",
			[]string{"main cannot be published: 1 error.", "SUMMARY.md:4:13: the chapter \"x.md\"", "SUMMARY.md:5:13: error from before: the chapter \"a.md\""}, false},
		"new branch": {"main", nil, summary("a"), "1 error", nil, false},
		"a draft":    {"draft", summary("a"), summary("a"), "", []string{"draft is accepted as a draft, with 1 error."}, false},
		"a second of the same kind": {"main", summary("a"), summary("a", "a"), "1 error",
			nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.old = tt.old
			refused, said, _ := s.push(nil, "refs/heads/"+tt.ref, tt.now)
			if got := refused["refs/heads/"+tt.ref]; got != tt.refused {
				t.Errorf("refused: %q, want %q", got, tt.refused)
			}
			for _, want := range tt.said {
				if !strings.Contains(said, want) {
					t.Errorf("said\n%swant %q in it", said, want)
				}
			}
			list, err := publish.Publications(t.Context(), s.db, s.repo.ID, 1)
			if err != nil {
				t.Fatal(err)
			}
			if got := len(list) == 1 && list[0].Base == oldTip.String(); got != tt.base {
				t.Errorf("the publication is compared: %v, want %v", got, tt.base)
			}
		})
	}
}

// What was not published is no measure for what may be.
func TestAfterAFailedPublication(t *testing.T) {
	s := newScene(t)
	s.old = summary("a")
	push := func() string {
		refused, _, _ := s.push(nil, "refs/heads/main", summary("a"))
		return refused["refs/heads/main"]
	}
	if got := push(); got != "" {
		t.Fatalf("refused: %s", got)
	}
	err := s.db.Write(t.Context(), func(ctx context.Context, tx database.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE publication SET state = 'failed'")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := push(); got != "1 error" {
		t.Errorf("refused: %q, want 1 error", got)
	}
}

func TestReportOfAPush(t *testing.T) {
	s := newScene(t)
	s.old = summary("a")
	_, said, _ := s.push(nil, "refs/heads/main", summary("x", "a"), "refs/heads/draft", summary("x"))
	if s.report == nil || len(s.report.Refs) != 2 {
		t.Fatalf("report %+v", s.report)
	}
	main := s.report.Refs[0]
	if main.Name != "refs/heads/main" || !main.Published || main.Refused != "1 error" || main.Counts.Errors != 2 || main.Counts.Before != 1 {
		t.Errorf("main: %+v", main)
	}
	first := main.Problems[0]
	if first.Path != "src/SUMMARY.md" || first.Line != 4 || first.Before || first.Source != "- [Chapter](x.md)" || !main.Problems[1].Before {
		t.Errorf("problems: %+v", main.Problems)
	}
	if strings.Count(said, "http://books.example/ann/book/-/pushes/p\n") != 1 {
		t.Errorf("the report's address is not told once:\n%s", said)
	}
	if _, said, _ := s.push(nil, "refs/heads/main", good); strings.Contains(said, "/-/pushes/") || len(s.report.Refs[0].Problems) != 0 {
		t.Errorf("a good book: %s%+v", said, s.report.Refs[0])
	}
}

// However much is wrong, the pusher's terminal and the database are not
// flooded.
func TestBoundsOfAPush(t *testing.T) {
	s := newScene(t)
	var refs []any
	for i := range 30 {
		var chapters []string
		for n := range 200 {
			chapters = append(chapters, fmt.Sprintf("%d-%d-%s", i, n, strings.Repeat("\x1b\u202e", 40)))
		}
		refs = append(refs, fmt.Sprintf("refs/heads/b%d", i), summary(chapters...))
	}
	_, said, _ := s.push(nil, refs...)
	if lines := strings.Count(said, "\n"); len(said) > 64<<10 || lines > 40+20*5+5 {
		t.Errorf("%d bytes in %d lines", len(said), lines)
	}
	if strings.ContainsAny(said, "\x1b\u202e") {
		t.Error("what rewrites a terminal is said")
	}
	kept := 0
	for _, ref := range s.report.Refs {
		kept += len(ref.Problems)
		if ref.Counts.Errors < 200 || len(ref.Problems)+ref.Omitted < 200 {
			t.Errorf("%s: %+v and %d omitted", ref.Name, ref.Counts, ref.Omitted)
		}
	}
	if len(s.report.Refs) != 30 || kept != report.MaxProblems {
		t.Errorf("%d refs, %d problems", len(s.report.Refs), kept)
	}
	if data, err := s.report.Encode(); err != nil || len(data) > 4<<20 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}
