package rawhttp

import (
	"os/exec"
	"strings"
	"testing"
)

// FuzzQuote: what a shell's printf makes of a quoted text is the text.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "a'b", `\n%s`, "\r\n\x00\x7f\xff", strings.Repeat("x", 1000), "'" + strings.Repeat("x", 400) + `"$HOME`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out, err := exec.Command("sh", "-c", "printf "+quotePrintf(s)).Output()
		if err != nil || string(out) != s {
			t.Errorf("%q became %q, %v", s, out, err)
		}
		if strings.ContainsRune(s, 0) {
			return // no argument of a command holds it
		}
		out, err = exec.Command("sh", "-c", "printf %s "+quote(s)).Output()
		if err != nil || string(out) != s {
			t.Errorf("as a word: %q became %q, %v", s, out, err)
		}
	})
}
