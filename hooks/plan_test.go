package hooks

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/settings"
)

// TestClassify has a row for every way to a release, a draft or nothing.
func TestClassify(t *testing.T) {
	tip, peeled := plumbing.NewHash(strings.Repeat("1", 40)), plumbing.NewHash(strings.Repeat("2", 40))
	two := publish.RequestedNumber{Number: release.Number{Major: 2}}
	ofBook := publish.RequestedNumber{Book: "optics", Number: release.Number{Major: 2}}
	number := publish.ReleaseRequest{Numbers: []publish.RequestedNumber{two}}
	none := publish.ReleaseRequest{}
	annotated := tag{commit: peeled, leadsToCommit: true}
	named := tag{commit: peeled, leadsToCommit: true, named: true, number: two}
	with := func(t tag, change func(*tag)) tag { change(&t); return t }
	for _, tt := range []struct {
		name    string
		when    string // settings.Publish
		options publish.ReleaseRequest
		ref     string
		new     plumbing.Hash
		tag     tag
		want    string // kind, commit, "published", requested number
	}{
		{"published branch", settings.OnPush, none, "refs/heads/main", tip, tag{}, "release 1 published"},
		{"published branch, number", settings.OnPush, number, "refs/heads/main", tip, tag{}, "release 1 published 2.0"},
		{"published branch, on tag", settings.OnTag, none, "refs/heads/main", tip, tag{}, "draft 1 published"},
		{"published branch, manual", settings.Manually, none, "refs/heads/main", tip, tag{}, "draft 1 published"},
		{"published branch, on tag, number", settings.OnTag, number, "refs/heads/main", tip, tag{}, "release 1 published 2.0"},
		{"published branch, manual, number", settings.Manually, number, "refs/heads/main", tip, tag{}, "release 1 published 2.0"},
		{"published branch, deleted", settings.OnPush, number, "refs/heads/main", plumbing.ZeroHash, tag{}, "draft 0 published"},
		{"other branch", settings.OnPush, none, "refs/heads/x", tip, tag{}, "draft 1"},
		{"other branch, number", settings.OnPush, number, "refs/heads/x", tip, tag{}, "draft 1"},
		{"other branch, deleted", settings.OnPush, none, "refs/heads/x", plumbing.ZeroHash, tag{}, "draft 0"},
		{"tag of a number", settings.OnPush, none, "refs/tags/v2.0", tip, named, "release 2 published 2.0"},
		{"tag of a number, on tag", settings.OnTag, none, "refs/tags/v2.0", tip, named, "release 2 published 2.0"},
		{"tag of a number, manual", settings.Manually, none, "refs/tags/v2.0", tip, named, "nothing"},
		{"tag of a book's number", settings.OnPush, none, "refs/tags/optics@2.0", tip, with(named, func(t *tag) { t.number = ofBook }), "release 2 published optics@2.0 only"},
		{"lightweight tag of a number", settings.OnTag, none, "refs/tags/v2.0", tip, with(named, func(t *tag) { t.lightweight = true }), "nothing"},
		{"tag of a number that is history", settings.OnTag, none, "refs/tags/v2.0", tip, with(named, func(t *tag) { t.historical = true }), "nothing"},
		{"tag of a number, of a tree", settings.OnTag, none, "refs/tags/v2.0", tip, with(named, func(t *tag) { t.leadsToCommit = false }), "nothing"},
		{"other tag", settings.OnPush, none, "refs/tags/final", tip, annotated, "nothing"},
		{"other tag, on tag", settings.OnTag, none, "refs/tags/final", tip, annotated, "release 2 published"},
		{"other tag, on tag, number", settings.OnTag, number, "refs/tags/final", tip, annotated, "release 2 published 2.0"},
		{"other tag, manual", settings.Manually, none, "refs/tags/final", tip, annotated, "nothing"},
		{"lightweight other tag, on tag", settings.OnTag, none, "refs/tags/final", tip, with(annotated, func(t *tag) { t.lightweight = true }), "release 2 published"},
		{"tag, deleted", settings.OnTag, none, "refs/tags/v2.0", plumbing.ZeroHash, tag{}, "nothing"},
		{"no branch and no tag", settings.OnTag, none, "refs/notes/commits", tip, tag{}, "nothing"},
	} {
		set := settings.Settings{Branches: []string{"main"}, Publish: tt.when}
		p := classify(&set, tt.options, &gitserver.RefUpdate{Name: tt.ref, New: tt.new}, tt.tag)
		got := "nothing"
		if p.kind != "" {
			got = fmt.Sprintf("%s %s", p.kind, p.commit.String()[:1])
		}
		if p.published {
			got += " published"
		}
		for _, n := range p.request.Numbers {
			got += " " + n.String()
		}
		if p.request.Only {
			got += " only"
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
		if p.checked() != (p.kind != "" && tt.new == tip) {
			t.Errorf("%s: checked: %v", tt.name, p.checked())
		}
	}
}
