package e2e

import (
	"encoding/base64"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// In each round eight clients push different commits on top of the same one to
// the same branch: one wins, the others are told to fetch first, and what the
// winner pushed is what stands there.
func TestConcurrentPushes(t *testing.T) {
	t.Parallel()
	const clients, rounds = 8, 5
	data := filepath.Join(t.TempDir(), "data")
	s := start(t, data)
	rhaptos(t, data, "user", "add", "ann")
	token := rhaptos(t, data, "token", "create", "ann")
	rhaptos(t, data, "repo", "create", "ann/book")
	remote := s.remote("ann", token, "ann/book")
	works := make([]string, clients)
	for i := range works {
		works[i] = filepath.Join(t.TempDir(), "work")
		writeFiles(t, works[i], map[string]string{"README": fmt.Sprintf("client %d\n", i)})
		git(t, works[i], "init", "-q", "-b", "main")
		git(t, works[i], "remote", "add", "origin", remote)
	}
	for round := range rounds {
		for i, work := range works {
			if round > 0 {
				git(t, work, "fetch", "-q", "origin")
				git(t, work, "reset", "-q", "--hard", "origin/main")
			}
			writeFiles(t, work, map[string]string{"README": fmt.Sprintf("client %d, round %d\n", i, round)})
			git(t, work, "add", ".")
			git(t, work, "commit", "-q", "-m", "change")
		}
		var wg sync.WaitGroup
		out := make([]string, clients)
		errs := make([]error, clients)
		for i, work := range works {
			wg.Go(func() { out[i], errs[i] = gitTry(work, "push", "origin", "main") })
		}
		wg.Wait()
		winner := -1
		for i := range works {
			switch {
			case errs[i] == nil && winner >= 0:
				t.Fatalf("round %d: clients %d and %d both won", round, winner, i)
			case errs[i] == nil:
				winner = i
			case !strings.Contains(out[i], "fetch first"):
				t.Errorf("round %d: client %d is not told to fetch first:\n%s", round, i, out[i])
			}
		}
		if winner < 0 {
			t.Fatalf("round %d: nobody won:\n%s", round, strings.Join(out, "\n"))
		}
		head := git(t, works[winner], "rev-parse", "main")
		if got := git(t, works[winner], "ls-remote", "origin", "refs/heads/main"); !strings.HasPrefix(got, head+"\t") {
			t.Errorf("round %d: the branch is at %s, the winner pushed %s", round, got, head)
		}
	}
}

// A client that ends in the middle of its pack leaves nothing behind, and
// nobody else notices.
func TestClientGoesAway(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	s := start(t, data)
	rhaptos(t, data, "user", "add", "ann")
	token := rhaptos(t, data, "token", "create", "ann")
	rhaptos(t, data, "repo", "create", "ann/book")
	command := strings.Repeat("0", 40) + " " + strings.Repeat("1", 40) + " refs/heads/main\x00report-status side-band-64k"
	body := fmt.Sprintf("%04x%s0000PACK", len(command)+4, command)
	// A client that announces a long body, sends its beginning and is gone.
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /ann/book.git/git-receive-pack HTTP/1.1\r\nHost: x\r\nAuthorization: Basic %s\r\n"+
		"Content-Type: application/x-git-receive-pack-request\r\nContent-Length: 1000000\r\n\r\n%s",
		base64.StdEncoding.EncodeToString([]byte("ann:"+token)), body)
	quarantines := func() []string {
		left, err := filepath.Glob(filepath.Join(data, "cache", "*.git", "incoming-*"))
		if err != nil {
			t.Fatal(err)
		}
		return left
	}
	within(t, "the quarantine is there", func() bool { return len(quarantines()) == 1 })
	conn.Close()
	within(t, "the quarantine is gone", func() bool { return len(quarantines()) == 0 })
	work := filepath.Join(t.TempDir(), "work")
	writeFiles(t, work, map[string]string{"README": "hello\n"})
	git(t, work, "init", "-q", "-b", "main")
	git(t, work, "add", ".")
	git(t, work, "commit", "-q", "-m", "one")
	git(t, work, "push", "-q", s.remote("ann", token, "ann/book"), "main")
}
