package settings

import (
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/outline"
)

func TestRead(t *testing.T) {
	standard := Settings{Branches: []string{"main"}, Publish: OnPush, Rewrite: RewriteByOption}
	for _, test := range []struct {
		text     string
		want     Settings
		problems []string
	}{
		{"", standard, nil},
		{"# nothing\r\n", standard, nil},
		{"branches = [\"a\", \"b/c\"]\npublish = \"tag\"\n", Settings{Branches: []string{"a", "b/c"}, Publish: OnTag, Rewrite: RewriteByOption}, nil},
		{"branches = []\npublish = 'manual'", Settings{Branches: []string{}, Publish: Manually, Rewrite: RewriteByOption}, nil},
		{"publish = \"push\"\nbranch = \"x\"\n", standard, []string{`.rhaptos.toml:2:11: the setting "branch" is not known; did you mean branches?`}},
		{"[redirects]\nold = \"new\"\nolder = \"new\"\n", standard, []string{`.rhaptos.toml:1:1: the setting "redirects" is not known; did you mean redirect?`}},
		{"\npublish = \"never\"", standard, []string{`.rhaptos.toml:2:12: publish must be "push", "tag" or "manual"`}},
		{"rewrite = \"never\"\nsigned = true\n", Settings{Branches: []string{"main"}, Publish: OnPush, Rewrite: RewriteNever, Signed: true}, nil},
		{"rewrite = true", standard, []string{`.rhaptos.toml:1:11: rewrite must be "never", "option" or "always"`}},
		{"rewrite = \"no\"", standard, []string{`.rhaptos.toml:1:12: rewrite must be "never", "option" or "always"`}},
		{"approvals = 2\n", Settings{Branches: []string{"main"}, Publish: OnPush, Rewrite: RewriteByOption, Approvals: 2}, nil},
		{"approvals = -1", standard, []string{`.rhaptos.toml:1:13: approvals must be a number from 0 to 20`}},
		{"approvals = \"two\"", standard, []string{`.rhaptos.toml:1:14: approvals must be a number from 0 to 20`}},
		{"signed = \"yes\"", standard, []string{`.rhaptos.toml:1:11: signed must be true or false`}},
		{"publish = 1", standard, []string{`.rhaptos.toml:1:11: publish must be "push", "tag" or "manual"`}},
		{"branches = \"main\"", standard, []string{`.rhaptos.toml:1:13: branches must be a list of branch names, such as ["main"]`}},
		{"branches = [\"refs/heads/main\"]", standard, []string{`.rhaptos.toml:1:13: write the branch "refs/heads/main" by its short name, without refs/heads/`}},
		{"branches = [\"v*\"]", standard, []string{`.rhaptos.toml:1:13: "v*" cannot be the name of a branch; patterns are not supported`}},
		{"branches = [\"\"]", standard, []string{`.rhaptos.toml:1:13: a branch name is empty`}},
		{"branches = [\n", standard, []string{".rhaptos.toml:1:13: not valid TOML"}},
		{"publish = \"push\"\npublish = \"tag\"\n", standard, []string{".rhaptos.toml:2:"}},
		{"x.y.z = 1", standard, []string{`.rhaptos.toml: the setting "x"`}},
		{"'\u00e9\u00e9' = 1", standard, []string{".rhaptos.toml:1:8: the setting"}},
		{"signed = true\na = " + strings.Repeat("[", 33) + strings.Repeat("]", 33), standard, []string{".rhaptos.toml:2:1: the settings cannot be read: values are nested more than 32 deep"}},
		{"a = \"\xff\"", standard, []string{".rhaptos.toml: the settings cannot be read: it is not UTF-8 text"}},
		{strings.Repeat("#", maxSettings+1), standard, []string{".rhaptos.toml: the settings cannot be read: it has more than 32768 bytes"}},
	} {
		test.want.Generated = outline.Standard()
		got, problems := Read(fstest.MapFS{File: file(test.text)}, "main")
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%.60q: got %+v, want %+v", test.text, got, test.want)
		}
		if len(problems) != len(test.problems) {
			t.Errorf("%.60q: got problems %v, want %q", test.text, problems, test.problems)
			continue
		}
		for i, p := range problems {
			unknown := p.Rule == "settings-key"
			if !strings.HasPrefix(p.String(), test.problems[i]) || (p.Severity == collection.Error) == unknown {
				t.Errorf("%.60q: got %s %s, want %s", test.text, p.Severity, p, test.problems[i])
			}
		}
	}
	for text, rule := range map[string]string{
		"branches = [\n": "settings-syntax", "a = \"\xff\"": "settings-unreadable", "publish = 1": "settings-value", "x = 1": "settings-key",
	} {
		if _, problems := Read(fstest.MapFS{File: file(text)}, ""); len(problems) != 1 || problems[0].Rule != rule {
			t.Errorf("%q: %+v, want %s", text, problems, rule)
		}
	}
	if got, problems := Read(fstest.MapFS{}, "trunk"); !got.Published("trunk") || got.Published("main") || problems != nil {
		t.Errorf("without the file: got %+v, %v", got, problems)
	}
}

// A hostile file of the largest size is either refused or read; the decoder
// takes minutes for the first of these where nothing bounds them.
func TestHostileSettings(t *testing.T) {
	long := maxSettings / 4
	for _, text := range []string{
		strings.Repeat("a.", maxSettings/2-4) + "a = 1",
		"a = " + strings.Repeat("{a=", maxSettings/3-4),
		"a = " + strings.Repeat("{a=\n", maxSettings/4-4),
		"a = " + strings.Repeat("[\n", maxSettings/2-4),
		"[" + strings.Repeat("a.", long) + "a]\n" + strings.Repeat("b = 1\n", long/6),
		"[" + strings.Repeat("a", 2*long) + "]\nb = 1\n",
		strings.Repeat("[[a]]\n", maxSettings/7),
	} {
		_, problems := Read(fstest.MapFS{File: file(text)}, "main")
		if len(problems) != 1 {
			t.Errorf("%.20q...: got problems %v, want 1", text, problems)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("branches = [\"a\"]\npublish = \"tag\"\nx.y = 1\n[t]\na = 1\n[[u]]\n")
	f.Add("[matter]\nindex = false\nsections = [\"a\"]\n[notes.pl]\na = \"b\"\n[book.a]\nyear = 1\n[[license]]\nfile = \"x\"\n[derived-from]\ntitle = \"t\"\n")
	f.Add("publish = 3\nbranches = 2021-01-01\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, problems := Read(fstest.MapFS{File: file(text)}, "main")
		if s.Publish != OnPush && s.Publish != OnTag && s.Publish != Manually {
			t.Fatalf("publish is %q", s.Publish)
		}
		for _, b := range s.Branches {
			if branchProblem(b) != "" {
				t.Fatalf("branch %q was taken: %s", b, branchProblem(b))
			}
		}
		lines := strings.Count(text, "\n") + 1
		for _, p := range problems {
			if p.Line < 0 || p.Line > lines || p.Message == "" || p.Rule == "" || p.Path != File {
				t.Fatalf("a problem in no place of %d lines: %+v", lines, p)
			}
		}
		if !utf8.ValidString(text) && !collection.HasErrors(problems) {
			t.Fatal("settings that are no text were taken")
		}
	})
}
