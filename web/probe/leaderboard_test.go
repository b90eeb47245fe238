package probe

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/web/probe/report"
)

var update = flag.Bool("update", false, "write the leaderboard into docs/http-flow.md")

const (
	page        = "../../docs/http-flow.md"
	boardBegins = "<!-- leaderboard -->\n"
	boardEnds   = "<!-- end of the leaderboard -->\n"
)

// TestLeaderboard probes servers that have the same to offer, a page and what
// has moved and is missing, and compares the table of what they get wrong with
// the one in the docs: for the servers that are here in the versions there.
func TestLeaderboard(t *testing.T) {
	dir := site(t)
	files := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer files.Close()
	own := only(serve(t, false, nil), "page.html", "moved-old")
	rows := []string{
		row("Rhaptos", "this one", run(t, append(own, strings.TrimSuffix(own[0], "moved-old")+"missing"), true)),
		row("net/http FileServer", strings.TrimPrefix(runtime.Version(), "go"), run(t, at(files.URL, paths), true)),
	}
	if version := nginxVersion(); version != "" {
		rows = append(rows, row("nginx, static files", version, run(t, at(nginx(t, "root "+dir+";"), paths), true)))
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), boardBegins)
	board, after, ended := strings.Cut(rest, boardEnds)
	if !ok || !ended {
		t.Fatalf("%s has no place for the leaderboard", page)
	}
	if *update {
		board = "| server | version | edges walked | rules broken |\n|---|---|---|---|\n" + strings.Join(rows, "")
		if err := os.WriteFile(page, []byte(before+boardBegins+board+boardEnds+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range rows {
		server := strings.Join(strings.Split(r, "|")[:3], "|") + "|"
		if strings.Contains(board, server) && !strings.Contains(board, r) {
			t.Errorf("the docs do not say what is the case (go test ./web/probe -run Leaderboard -update):\n%s", r)
		}
	}
	if !strings.Contains(board, rows[0]) {
		t.Errorf("the docs do not say of ourselves: %s", rows[0])
	}
}

// row is a server's line in the table.
func row(name, version string, r *report.Report) string {
	var broken []string
	for _, f := range r.Contradictions() {
		broken = append(broken, fmt.Sprintf("%s (%s)", f.Recipe, strings.TrimPrefix(f.Section, "RFC 9110 section ")))
	}
	slices.Sort(broken)
	cell := fmt.Sprintf("%d: %s", len(broken), strings.Join(broken, ", "))
	if len(broken) == 0 {
		cell = "none"
	}
	return fmt.Sprintf("| %s | %s | %d | %s |\n", name, version, r.Count(report.Walked), cell)
}

// nginxVersion is that of the nginx that is here; empty if there is none.
func nginxVersion() string {
	out, err := exec.Command(nginxProgram(), "-v").CombinedOutput()
	if err != nil {
		return ""
	}
	_, version, _ := strings.Cut(strings.TrimSpace(string(out)), "nginx/")
	return version
}
