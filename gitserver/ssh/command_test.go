package ssh

import (
	"os/exec"
	"strings"
	"testing"
)

func TestParseCommand(t *testing.T) {
	for line, want := range map[string]string{
		"git-upload-pack 'ann/book'":       "git-upload-pack ann book",
		"git-receive-pack '/ann/book.git'": "git-receive-pack ann book",
		"git-upload-pack 'a.b/c-d_e.f'":    "git-upload-pack a.b c-d_e.f",
		"git-upload-archive '/ann/book'":   "git-upload-archive ann book",
	} {
		verb, owner, name, err := parseCommand(line)
		if got := verb + " " + owner + " " + name; err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", line, got, err, want)
		}
	}
	for _, line := range []string{
		"", "ls", "git upload-pack 'ann/book'", "git-upload-pack ann/book", `git-upload-pack "ann/book"`,
		"git-upload-pack 'ann/book'; id", "git-upload-pack 'ann/book' 'x'", "git-upload-pack  'ann/book'",
		"git-upload-pack '../../etc'", "git-upload-pack 'ann/..'", "git-upload-pack '//ann/book'", "git-upload-pack 'ann'",
		"git-upload-pack 'ann/book/x'", "git-upload-pack '-x/book'", "git-upload-pack 'ann/book'\n", "git-upload-pack 'ann/bo\nok'",
		"git-upload-pack 'ann/book\x00'", "git-upload-pack 'ann/$(id)'", "git-upload-pack 'a'\\''b/c'", "git-upload-pack 'Ann/book'",
		"git-upload-pack --upload-pack=x 'ann/book'", "git-upload-archive 'ann/book' HEAD", "git-upload-archive--writer 'ann/book'", "GIT-UPLOAD-PACK 'ann/book'",
		"git-upload-pack '" + strings.Repeat("a", 1000) + "/b'", "git-upload-pack 'ann/book.git.git'", "git-upload-pack '~ann/book'",
	} {
		if verb, owner, name, err := parseCommand(line); err == nil {
			t.Errorf("%q passed as %s %s/%s", line, verb, owner, name)
		}
	}
}

// What passes is what a shell would split into exactly the same two words.
func FuzzParseCommand(f *testing.F) {
	for _, line := range []string{"git-upload-pack 'ann/book'", "git-receive-pack '/ann/book.git'", "git-upload-pack 'ann/book'; id"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		verb, owner, name, err := parseCommand(line)
		if err != nil {
			return
		}
		out, err := exec.Command("sh", "-c", `printf '%s\n' `+line).Output()
		if err != nil {
			t.Fatal(err)
		}
		words := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		path := strings.TrimSuffix(strings.TrimPrefix(words[len(words)-1], "/"), ".git")
		if len(words) != 2 || words[0] != verb || path != owner+"/"+name {
			t.Errorf("%q: a shell reads %q, we read %s %s/%s", line, words, verb, owner, name)
		}
	})
}
