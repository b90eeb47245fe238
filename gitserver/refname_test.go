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

func TestWellFormed(t *testing.T) {
	for _, name := range refNames {
		if got, want := wellFormed(name), gitAllows(name); got != want {
			t.Errorf("%q: %v, git says %v", name, got, want)
		}
	}
}

func TestCheckRefName(t *testing.T) {
	for name, want := range map[string]string{
		"refs/heads/main":           "",
		"refs/heads/a/b":            "",
		"refs/heads/\xff\xfe":       "",
		"refs/heads/a-b":            "",
		"refs/tags/v1.0":            "",
		"refs/tags/HEAD":            "",
		"refs/notes/commits":        "",
		"refs/heads":                "only refs/heads/, refs/tags/ and refs/notes/ are kept here",
		"heads/main":                "only refs/heads/, refs/tags/ and refs/notes/ are kept here",
		"refs/remotes/origin/main":  "only refs/heads/, refs/tags/ and refs/notes/ are kept here",
		"refs/replace/" + ones:      "only refs/heads/, refs/tags/ and refs/notes/ are kept here",
		"refs/stash":                "only refs/heads/, refs/tags/ and refs/notes/ are kept here",
		"HEAD":                      "funny refname",
		"refs/heads/HEAD":           "a branch must not be called HEAD",
		"refs/heads/-x":             "a name must not begin with a hyphen",
		"refs/tags/--upload-pack=x": "a name must not begin with a hyphen",
		"refs/heads/../../x":        "funny refname",
		"refs/heads/a.lock":         "funny refname",
		"refs/rhaptos/x":            "refs/rhaptos/ is the server's own",
		"refs/heads/" + strings.Repeat("x", 2000): "name too long",
	} {
		if why := checkRefName(name); why != want {
			t.Errorf("%.40q: %q, want %q", name, why, want)
		}
	}
}

func TestCheckNewRef(t *testing.T) {
	long := strings.Repeat("x", 250)
	for name, want := range map[string]string{
		"refs/heads/main": "", "refs/heads/a-b/-c": "", "refs/tags/v1.0": "", "refs/heads/" + long: "", "refs/heads/" + long + "/" + long: "",
		"refs/heads/❤️": "", "refs/heads/école": "", "refs/heads/auxiliary": "", "refs/heads/@": "", "refs/heads/a'b": "", "refs/heads/{a}": "",

		"refs/heads/x" + long:        "a part of the name has 251 bytes",
		"refs/heads/x" + long + "/y": "a part of the name has 251 bytes",
		"refs/tags/e\u0301":          "normal form C",
		"refs/heads/aux":             "device's name",
		"refs/heads/x/COM1.txt/y":    "device's name",
		"refs/heads/a\"b":            "Windows cannot hold",
		"refs/heads/<b>":             "Windows cannot hold",
		"refs/heads/a|b":             "Windows cannot hold",
		"refs/heads/a./b":            "ends in a dot",
		"refs/heads/a\u202eb":        "changes how it is shown",
		"refs/heads/a\u200bb":        "not seen",
		"refs/heads/a\u200db":        "not seen",
		"refs/heads/\ufeffa":         "not seen",
		"refs/heads/a\u3164":         "not seen",
		"refs/heads/\xff":            "not UTF-8",
	} {
		if why := checkNewRef(name); !strings.Contains(why, want) || want == "" && why != "" {
			t.Errorf("%.40q: %q, want %q", name, why, want)
		}
	}
}

// The oracle is git, for names that can be an argument.
func FuzzWellFormed(f *testing.F) {
	for _, name := range refNames {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if strings.ContainsRune(name, 0) || strings.HasPrefix(name, "-") || len(name) > maxRefName {
			t.Skip("cannot be an argument")
		}
		if got, want := wellFormed(name), gitAllows(name); got != want {
			t.Errorf("%q: %v, git says %v", name, got, want)
		}
	})
}
