package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Programs of different sources have different ids; a file without one has none.
func TestProgramID(t *testing.T) {
	build := func(source string) string {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		program := filepath.Join(dir, "program")
		if out, err := exec.Command("go", "build", "-o", program, filepath.Join(dir, "main.go")).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return program
	}
	const one, two = "package main\n\nfunc main() { println(1) }\n", "package main\n\nfunc main() { println(2) }\n"
	a, b := buildID(build(one)), buildID(build(two))
	if a == "" || b == "" || a == b {
		t.Errorf("two programs have the ids %q and %q", a, b)
	}
	if id := buildID("analysis.go"); id != "" {
		t.Errorf("a file that is no program has the id %q", id)
	}
	if id, err := programID(); err != nil || len(id) != 64 {
		t.Errorf("this program has the id %q, %v", id, err)
	}
}
