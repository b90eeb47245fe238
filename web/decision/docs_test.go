package decision

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table into docs/http-flow.md")

// TestDocs holds the table in the docs to the one in the code.
func TestDocs(t *testing.T) {
	const name, from, to = "../../docs/http-flow.md", "<!-- table -->\n", "<!-- end of the table -->"
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(b), from)
	got, after, okEnd := strings.Cut(rest, to)
	if !ok || !okEnd {
		t.Fatalf("%s has no place for the table", name)
	}
	want := "\n" + markdown() + "\n"
	if *update {
		if err := os.WriteFile(name, []byte(before+from+want+to+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if got != want {
		t.Errorf("%s has another table; go test ./web/decision -run TestDocs -update writes this one", name)
	}
}

func markdown() string {
	var b strings.Builder
	b.WriteString("| id | old | question | yes | no | section | seen | writes |\n|---|---|---|---|---|---|---|---|\n")
	mark := map[bool]string{true: "x"}
	for _, d := range Table() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n",
			d.ID, d.Old, d.Question, d.Yes, d.No, d.Section, mark[d.Visible], mark[d.Writes])
	}
	return b.String()
}
