package ssh

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for line, want := range map[string][]string{
		"":                                nil,
		" \t ":                            nil,
		"repo list":                       {"repo", "list"},
		"  repo\t list  ":                 {"repo", "list"},
		"repo create ann/book --private":  {"repo", "create", "ann/book", "--private"},
		"token create ann --scope=read":   {"token", "create", "ann", "--scope=read"},
		"a '' b":                          {"a", "", "b"},
		`a "" b`:                          {"a", "", "b"},
		"git-lfs-authenticate 'ann/b' up": {"git-lfs-authenticate", "ann/b", "up"},
		`x 'it'\''s' "a b"`:               {"x", "it's", "a b"},
		`x "a\"b\\c\$d\e" \;`:             {"x", `a"b\c$d\e`, ";"},
		"x 'a;b|c&d$e'":                   {"x", "a;b|c&d$e"},
		"x SHA256:ab+c/d= a#b a!b a%b":    {"x", "SHA256:ab+c/d=", "a#b", "a!b", "a%b"},
		"webhook add 'https://x/?a=b'":    {"webhook", "add", "https://x/?a=b"},
		"x grüße":                         {"x", "grüße"},
	} {
		if got, err := Split(line); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v; want %q", line, got, err, want)
		}
	}
	for _, line := range []string{
		"repo list; id", "repo list|sh", "a&&b", "a $(id)", "a `id`", "a $HOME", `a "$HOME"`, "a \"`id`\"", "a > /tmp/x", "a <x",
		"a *", "a ?", "a [x]", "a {b,c}", "a ~", "a #b", "!x", "a\nb", "a 'x\ny'", "a\x00b", "a \x1b[2J", "a \x7f",
		"a 'b", `a "b`, `a \`, "a\rb", "a \xff", "a =b", "a %b", strings.Repeat("x", maxLine+1),
	} {
		if got, err := Split(line); err == nil {
			t.Errorf("%q passed as %q", line, got)
		}
	}
}

// What passes is what a shell would split into exactly the same words.
func FuzzWords(f *testing.F) {
	for _, line := range []string{"repo list", `x 'it'\''s' "a b" \;`, `a "b\"c\d" ''`, "a=b #c", "a $(id)", `a\ b "`, "x ~ *", "é ü"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words, err := Split(line)
		if err != nil {
			return
		}
		cmd := exec.Command("sh", "-c", `printf '%s\0' x `+line)
		cmd.Dir = t.TempDir() // where no name matches any pattern
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")[1:]
		if !slices.Equal(got, words) {
			t.Errorf("%q: a shell reads %q, we read %q", line, got, words)
		}
	})
}
