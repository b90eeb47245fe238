package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/localrepo"
	"github.com/rhaptos/rhaptos/hooks"
	"github.com/rhaptos/rhaptos/publish/collection/realbook"
	"github.com/rhaptos/rhaptos/publish/report"
)

// The server's hook and rhaptos check say the same of every commit of a real
// history. In short tests these are some of those at which an independent
// checker found something, and a few others.
func TestServerAndClientAgree(t *testing.T) {
	const name = "osbooks-introduction-python-programming"
	work := realbook.Clone(t, name, "--bare")
	list, err := exec.Command("git", "-C", work, "rev-list", "--reverse", "main").Output()
	if err != nil {
		t.Fatal(err)
	}
	commits := strings.Fields(string(list))
	nth, nthBad := 8, 1
	if testing.Short() {
		nth, nthBad = 96, 3
	}
	commits = sampled(t, commits, strings.TrimSuffix(realbook.Bundle(t, name), ".bundle")+".expected.tsv", nth, nthBad)
	local, err := localrepo.Open(t.Context(), work)
	if err != nil {
		t.Fatal(err)
	}
	defer local.Close()
	refused := 0
	content, check := hooks.Content{Analysis: &cacheInMap{}}, checkCmd{Repo: work, Format: "json", cache: &cacheInMap{}}
	for _, id := range commits {
		server := judgedByServer(t, content, local, id)
		check.Target = id
		client, ok := judgedByClient(t, &check)
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

// sampled returns each nth of the commits, and each nthBad of those that the
// table of findings names.
func sampled(t *testing.T, commits []string, findings string, nth, nthBad int) []string {
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
	seen := 0
	for i, id := range commits {
		if bad[id] {
			seen++
		}
		if i%nth == 0 || bad[id] && seen%nthBad == 0 {
			list = append(list, id)
		}
	}
	return list
}

// cacheInMap keeps everything.
type cacheInMap struct{ m sync.Map }

func (f *cacheInMap) Get(key string) ([]byte, bool) {
	v, ok := f.m.Load(key)
	if !ok {
		return nil, false
	}
	return v.([]byte), true
}

func (f *cacheInMap) Put(key string, value []byte) { f.m.Store(key, value) }

// judgedByServer returns the report of the hook on a first push of the commit.
func judgedByServer(t *testing.T, content hooks.Content, objects gitserver.Incoming, commit string) report.Ref {
	t.Helper()
	push := &gitserver.Push{
		Repository: &gitserver.Repository{Owner: "ann", Name: "book", Head: "refs/heads/main"}, Quiet: true,
		Updates: []*gitserver.RefUpdate{{Name: "refs/heads/main", New: plumbing.NewHash(commit)}},
	}
	if _, err := content.PreReceive(t.Context(), push, nil, objects, io.Discard); err != nil {
		t.Fatal(err)
	}
	r, err := report.Decode(push.Report)
	if err != nil {
		t.Fatal(err)
	}
	return r.Refs[0]
}

// judgedByClient returns the report that the command prints about its commit, and
// whether it accepts it.
func judgedByClient(t *testing.T, check *checkCmd) (report.Ref, bool) {
	t.Helper()
	var out bytes.Buffer
	failed := check.Run(t.Context(), console{out: &out, err: io.Discard})
	var r report.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%s: %v, %v", check.Target, failed, err)
	}
	return r.Refs[0], failed == nil
}
