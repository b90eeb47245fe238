package e2e

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// oddities each make something of a folder with a book that a server may refuse.
var oddities = map[string]func(t *testing.T, dir string){
	"a device":           put("src/aux.md"),
	"a device's folder":  put("COM1.d/x.md"),
	"a device, ignored":  put("ignored/nul.md"),
	"a question":         put("src/what?.md"),
	"an end":             put("src/end ."),
	"a space at the end": put("notes /x"),
	"a hyphen":           put("-rf"),
	"a backslash":        put(`src\a.md`),
	"a control":          put("src/a\x01b.md"),
	"a direction":        put("src/a\u202eb.md"),
	"not composed":       put("src/cafe\u0301.md"),
	"composed":           put("src/caf\u00e9.md"),
	"not UTF-8":          put("src/caf\xe9.md"),
	"two cases":          put("A.png", "a.png"),
	"two folders' cases": put("Media/a", "media/b"),
	"not seen":           put("ab", "a\u200db"),
	"long":               put(strings.Repeat("n", 100)+"/"+strings.Repeat("n", 255), strings.Repeat("n", 100)+"/b"),
	"a path too long":    put(strings.Repeat(strings.Repeat("n", 200)+"/", 5) + strings.Repeat("n", 30)),
	"deep":               put(strings.Repeat("d/", 63) + "x"),
	"too deep":           put(strings.Repeat("d/", 65) + "x"),
	"submodules":         put(".gitmodules"),
	"a filter":           write(".gitattributes", "*.md filter=lower\n"),
	"git lfs":            write("src/.gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n"),
	"a chapter too few":  write("src/SUMMARY.md", "- [One](one.md)\n- [Two](two.md)\n"),
	"a link outside":     link("../../x", "src/out.md"),
	"a link inside":      link("src/one.md", "in.md"),
	"a link to nothing":  link("gone.md", "src/gone.md"),
	"a link to itself":   link("round.md", "src/round.md"),
	"a linked folder":    link("../../src", "src/more/again"),
	"a linked chapter": func(t *testing.T, dir string) {
		put("shared/two.md")(t, dir)
		link("../shared", "src/shared")(t, dir)
		write("src/SUMMARY.md", "- [One](one.md)\n- [Two](shared/two.md)\n")(t, dir)
	},
	"a link to git":   link(".git/config", "config"),
	"an empty device": func(t *testing.T, dir string) { folder(t, filepath.Join(dir, "aux/con")) },
	"an executable": func(t *testing.T, dir string) {
		put("run.sh")(t, dir)
		if err := os.Chmod(filepath.Join(dir, "run.sh"), 0o755); err != nil {
			t.Fatal(err)
		}
	},
	"a repository": func(t *testing.T, dir string) {
		inner := filepath.Join(dir, "inner")
		put("inner/x")(t, dir)
		git(t, inner, "init", "-q")
		git(t, inner, "add", "x")
		git(t, inner, "commit", "-qm", "inner")
	},
}

func put(names ...string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		for _, name := range names {
			write(name, "# x\n")(t, dir)
		}
	}
}

func folder(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}

func write(name, text string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		path := filepath.Join(dir, name)
		folder(t, filepath.Dir(path))
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func link(target, name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		folder(t, filepath.Dir(filepath.Join(dir, name)))
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOneVerdict makes folders with a book and one or two oddities, and wants the
// same verdict of check (of the folder, of what is staged, of the commit), of
// build, of the pre-push hook and of the server.
func TestOneVerdict(t *testing.T) {
	data := t.TempDir()
	s := start(t, data)
	rhaptos(t, data, "user", "add", "ann")
	token := rhaptos(t, data, "token", "create", "ann")
	names := slices.Sorted(maps.Keys(oddities))
	random := rand.New(rand.NewPCG(1, 2))
	sets := [][]string{{}}
	for _, name := range names {
		sets = append(sets, []string{name})
	}
	if !testing.Short() {
		for range 8 {
			sets = append(sets, []string{names[random.IntN(len(names))], names[random.IntN(len(names))]})
		}
	}
	refused := 0
	for i, set := range sets {
		if len(set) == 2 && set[0] == set[1] {
			continue
		}
		path := fmt.Sprintf("ann/book%d", i)
		rhaptos(t, data, "repo", "create", path)
		if !agree(t, s.remote("ann", token, path), set) {
			refused++
		}
	}
	if refused < 10 || refused > len(sets)-5 {
		t.Errorf("%d of %d are refused: this shows nothing", refused, len(sets))
	}
}

// agree asks everybody about a book with the oddities, and returns the server's
// verdict.
func agree(t *testing.T, remote string, set []string) bool {
	t.Helper()
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	for name, text := range map[string]string{
		"book.toml": "[book]\ntitle = \"Tides\"\n", "src/SUMMARY.md": "- [One](one.md)\n", "src/one.md": "# One\n", ".gitignore": "/ignored/\n",
	} {
		write(name, text)(t, dir)
	}
	for _, name := range set {
		oddities[name](t, dir)
	}
	said := map[string]string{}
	verdicts := map[string]bool{}
	ask := func(who string, args ...string) bool {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), gitEnvironment()...)
		out, err := cmd.CombinedOutput()
		said[who], verdicts[who] = string(out), err == nil
		return err == nil
	}
	ask("check", "rhaptos", "check")
	ask("build", "rhaptos", "build")
	git(t, dir, "add", "-A")
	ask("staged", "rhaptos", "check", "--staged")
	git(t, dir, "commit", "-qm", "book")
	ask("commit", "rhaptos", "check", "--repo", ".")
	git(t, dir, "remote", "add", "origin", remote)
	rhaptosIn(t, dir, "check", "--install-hook")
	ask("hook", "git", "push", "-q", "--dry-run", "origin", "main")
	server := ask("server", "git", "push", "-q", "--no-verify", "origin", "main")
	for who, ok := range verdicts {
		if ok != server {
			t.Errorf("%q: %s says %v and the server %v:\n%s\n%s", set, who, ok, server, said[who], said["server"])
		}
		_, whole, refused := strings.Cut(said["check"], ": the path ")
		why, _, _ := strings.Cut(whole, " [")
		if refused && !strings.Contains(said[who], why) {
			t.Errorf("%q: %s does not say %q:\n%s", set, who, why, said[who])
		}
	}
	return server
}

func rhaptosIn(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("rhaptos", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
