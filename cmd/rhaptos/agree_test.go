package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/hooks"
	"github.com/rhaptos/rhaptos/publish/report"
)

// The server's hook and rhaptos check say the same of commits of a real
// history: of those at which an independent checker found something, and of
// some others. RHAPTOS_COMMITS=all takes every commit.
func TestServerAndClientAgree(t *testing.T) {
	const name = "osbooks-introduction-python-programming"
	path := bundle(t, name)
	work := filepath.Join(t.TempDir(), "work")
	git(t, "", "clone", "-q", "--bare", path, work)
	commits := strings.Fields(git(t, work, "rev-list", "--reverse", "main"))
	if os.Getenv("RHAPTOS_COMMITS") != "all" {
		commits = sampled(t, commits, strings.TrimSuffix(path, ".bundle")+".expected.tsv")
	}
	local, err := openLocal(t.Context(), work)
	if err != nil {
		t.Fatal(err)
	}
	defer local.Close()
	refused := 0
	for _, id := range commits {
		server := judgedByServer(t, local, id)
		client, ok := judgedByClient(t, work, id)
		if ok == (server.Refused != "") || server.Counts != client.Counts || !slices.Equal(server.Problems, client.Problems) {
			t.Errorf("%s: the server says %q of %+v, and the client %v of %+v", id, server.Refused, server.Problems, ok, client.Problems)
		}
		if !ok {
			refused++
		}
	}
	if refused == 0 || refused == len(commits) {
		t.Errorf("%d of %d commits are refused: this shows nothing", refused, len(commits))
	}
	t.Logf("%d of %d commits are refused by both", refused, len(commits))
}

// sampled are every 96th of the commits, and every third of those that the
// table of findings names.
func sampled(t *testing.T, commits []string, findings string) []string {
	t.Helper()
	f, err := os.Open(findings)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table := csv.NewReader(f)
	table.Comma, table.LazyQuotes = '\t', true
	rows, err := table.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	bad := map[string]bool{}
	for _, row := range rows[1:] {
		bad[row[0]] = true
	}
	var list []string
	nth := 0
	for i, id := range commits {
		if bad[id] {
			nth++
		}
		if i%96 == 0 || bad[id] && nth%3 == 0 {
			list = append(list, id)
		}
	}
	return list
}

// judgedByServer is what the hook finds in a first push of the commit.
func judgedByServer(t *testing.T, objects gitserver.Incoming, commit string) report.Ref {
	t.Helper()
	push := &gitserver.Push{
		Repository: &gitserver.Repository{Owner: "ann", Name: "book", Head: "refs/heads/main"}, Quiet: true,
		Updates: []*gitserver.RefUpdate{{Name: "refs/heads/main", New: plumbing.NewHash(commit)}},
	}
	if _, err := (hooks.Content{}).PreReceive(t.Context(), push, nil, objects, io.Discard); err != nil {
		t.Fatal(err)
	}
	r, err := report.Decode(push.Report)
	if err != nil {
		t.Fatal(err)
	}
	return r.Refs[0]
}

// judgedByClient is what rhaptos check prints of the commit, and whether it
// takes it.
func judgedByClient(t *testing.T, dir, commit string) (report.Ref, bool) {
	t.Helper()
	var out, said bytes.Buffer
	code := run(context.Background(), []string{"check", "--repo", dir, "--format", "json", commit}, console{in: strings.NewReader(""), out: &out, err: &said})
	var r report.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || code > 1 {
		t.Fatalf("%s: exit status %d, %v\n%s", commit, code, err, said.String())
	}
	return r.Refs[0], code == 0
}
