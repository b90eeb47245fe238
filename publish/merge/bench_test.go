package merge

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// changedOnBothSides is a chapter or module with a change on each side, in paragraphs of their own.
func changedOnBothSides(tb testing.TB, name string, data []byte) (base, ours, theirs []byte) {
	text := takeApart(name, string(data))
	if text == nil {
		tb.Fatal("no paragraphs in ", name)
	}
	edit := func(id int, word string) []byte {
		side := text.clone()
		p := &side.pieces[side.find(id)]
		p.insert([]wordAt{{space: " ", word: word}})
		return []byte(side.String())
	}
	last := 0
	for _, p := range text.pieces {
		last = max(last, p.id)
	}
	return data, edit(1, "ours"), edit(last, "theirs")
}

// BenchmarkModule merges one module of a real book of the usual size, beside git
// merge-file, which is a process.
func BenchmarkModule(b *testing.B) {
	dir := realBook(b)
	name, data := middling(b, dir)
	base, ours, theirs := changedOnBothSides(b, name, data)
	b.Logf("%s, %d bytes", name, len(base))
	b.Run("merge", func(b *testing.B) {
		used := testenv.ProcessorTime(b)
		for b.Loop() {
			if r := File(name, base, ours, theirs); len(r.Conflicts) > 0 {
				b.Fatal(r.Conflicts)
			}
		}
		report(b, testenv.ProcessorTime(b)-used)
	})
	b.Run("git", func(b *testing.B) {
		tmp, used := b.TempDir(), time.Duration(0)
		for file, text := range map[string][]byte{"base": base, "ours": ours, "theirs": theirs} {
			if err := os.WriteFile(filepath.Join(tmp, file), text, 0o666); err != nil {
				b.Fatal(err)
			}
		}
		for b.Loop() {
			cmd := exec.Command("git", "merge-file", "-p", "ours", "base", "theirs")
			cmd.Dir = tmp
			cmd.Run() // its status is the number of conflicts
			used += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		}
		report(b, used)
	})
}

// report adds the processor time, which says more than a clock on a shared machine.
func report(b *testing.B, used time.Duration) {
	b.ReportMetric(float64(used.Microseconds())/1000/float64(b.N), "cpu-ms/op")
}

// realBook is a clone of a large real book with CNXML.
func realBook(tb testing.TB) string {
	testenv.Program(tb, "git")
	for _, bundle := range testenv.RealBooks(tb) {
		if filepath.Base(bundle) == "osbooks-calculus-bundle.bundle" {
			dir := filepath.Join(tb.TempDir(), "book")
			if out, err := exec.Command("git", "clone", "-q", bundle, dir).CombinedOutput(); err != nil {
				tb.Fatalf("%v: %s", err, out)
			}
			return dir
		}
	}
	tb.Skip("the calculus book is not here")
	return ""
}

// middling is the module whose size is in the middle.
func middling(tb testing.TB, dir string) (name string, data []byte) {
	all := modulesOf(tb, dir)
	for path, text := range all {
		less := 0
		for _, other := range all {
			if len(other) < len(text) {
				less++
			}
		}
		if less >= len(all)/2 && (data == nil || len(text) < len(data)) && takeApart(path, string(text)) != nil {
			name, data = path, text
		}
	}
	return name, data
}

func modulesOf(tb testing.TB, dir string) map[string][]byte {
	all := map[string][]byte{}
	err := filepath.WalkDir(filepath.Join(dir, "modules"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".cnxml") {
			rel, _ := filepath.Rel(dir, path)
			all[rel], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil || len(all) == 0 {
		tb.Fatal("no modules: ", err)
	}
	return all
}

// BenchmarkBook merges two branches of a real book. On one every module has a new
// word, on the other every tenth. Git merges the same two commits.
func BenchmarkBook(b *testing.B) {
	dir := realBook(b)
	var files Files
	for i := range files {
		files[i] = map[string][]byte{}
	}
	n := 0
	for name, data := range modulesOf(b, dir) {
		files[0][name], files[1][name], files[2][name] = data, data, data
		if takeApart(name, string(data)) == nil {
			continue
		}
		_, ours, theirs := changedOnBothSides(b, name, data)
		if files[1][name] = ours; n%10 == 0 {
			files[2][name] = theirs
		}
		n++
	}
	b.Logf("%d modules, %d changed on one side, %d on both", len(files[0]), n, (n+9)/10)
	b.Run("merge", func(b *testing.B) {
		used := testenv.ProcessorTime(b)
		for b.Loop() {
			if _, err := MergeFiles(b.Context(), files, Names{}); err != nil {
				b.Fatal(err)
			}
		}
		report(b, testenv.ProcessorTime(b)-used)
	})
	b.Run("git", func(b *testing.B) {
		repo, ours, theirs := commits(b, files)
		used := time.Duration(0)
		for b.Loop() {
			cmd := exec.Command("git", "merge-tree", "--write-tree", ours, theirs)
			cmd.Dir = repo
			cmd.Run() // its status says whether there are conflicts
			used += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		}
		report(b, used)
	})
}

// commits writes the three versions to a repository.
func commits(b *testing.B, files Files) (repo, ours, theirs string) {
	repo = b.TempDir()
	git := func(args ...string) string {
		cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.org"}, args...)...)
		cmd.Dir = repo
		out, err := cmd.Output()
		if err != nil {
			b.Fatal(args, err)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "-q")
	var ids [3]string
	for i, version := range files {
		if i > 0 {
			git("checkout", "-q", ids[0])
		}
		for name, data := range version {
			path := filepath.Join(repo, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(path, data, 0o666); err != nil {
				b.Fatal(err)
			}
		}
		git("add", "-A")
		git("commit", "-q", "-m", "x")
		ids[i] = git("rev-parse", "HEAD")
	}
	return repo, ids[1], ids[2]
}
