package gitserver

import (
	"os/exec"
	"strings"
	"testing"
)

var refNames = []string{
	"refs/heads/main", "refs/heads/a/b", "refs/tags/v1.0", "refs/heads/-x", "refs/heads/@", "refs/heads/a@b",
	"refs/heads/cálculo", "refs/heads/\xff\xfe", "refs/notes/commits", "refs/heads/a.lockx", "refs/heads/{",
	"refs/heads", "refs", "HEAD", "heads/main", "", "/", "refs/heads/", "refs//heads/main", "refs/heads//main",
	"refs/heads/.a", "refs/heads/a/.b", "refs/heads/a.lock", "refs/heads/a.lock/b", "refs/heads/a.", "refs/heads/a..b",
	"refs/heads/a b", "refs/heads/a~b", "refs/heads/a^b", "refs/heads/a:b", "refs/heads/a?b", "refs/heads/a*b",
	"refs/heads/a[b", "refs/heads/a\\b", "refs/heads/a\x7fb", "refs/heads/a\nb", "refs/heads/a\tb", "refs/heads/a@{b",
	"refs/../heads/main", "../refs/heads/main", "refs/heads/@{", "refs/./heads",
}

// gitAllows asks git-check-ref-format(1).
func gitAllows(name string) bool {
	return exec.Command("git", "check-ref-format", name).Run() == nil
}

func TestCheckRefName(t *testing.T) {
	for _, name := range refNames {
		// What we want beyond git: a place below refs/ of at least one level more.
		want := gitAllows(name) && strings.HasPrefix(name, "refs/") && strings.Count(name, "/") >= 2
		if why := CheckRefName(name); (why == "") != want {
			t.Errorf("%q: %q, git allows it: %v", name, why, want)
		}
	}
	for name, want := range map[string]string{
		"refs/rhaptos/x": "refs/rhaptos/ is the server's own",
		"refs/heads/" + strings.Repeat("x", 2000): "name too long",
	} {
		if why := CheckRefName(name); why != want {
			t.Errorf("%.40q: %q, want %q", name, why, want)
		}
	}
}

func FuzzCheckRefName(f *testing.F) {
	for _, name := range refNames {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if strings.ContainsRune(name, 0) || strings.HasPrefix(name, "-") || len(name) > maxRefName {
			t.Skip("cannot be an argument")
		}
		if CheckRefName(name) == "" && !gitAllows(name) {
			t.Errorf("%q is allowed here and not by git", name)
		}
	})
}
