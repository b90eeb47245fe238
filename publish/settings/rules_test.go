package settings

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/publish/collection"
)

func TestRules(t *testing.T) {
	problems := []collection.Problem{
		{Path: "modules/m1/index.cnxml", Line: 3, Rule: "resource-missing", Severity: collection.Error, Message: "x"},
		{Path: "modules/m2/index.cnxml", Line: 4, Rule: "resource-missing", Severity: collection.Error, Message: "y"},
		{Path: "modules/m2/index.cnxml", Line: 5, Rule: "link-empty", Severity: collection.Warning, Message: "z"},
	}
	for name, tt := range map[string]struct{ settings, want string }{
		"none":                     {"", "m1:3 error, m2:4 error, m2:5 warning"},
		"raised":                   {"[[rule]]\nid='link-empty'\nseverity='error'", "m1:3 error, m2:4 error, m2:5 error"},
		"lowered":                  {"[[rule]]\nid='resource-missing'\nseverity='note'\nreason='r'", "settings:1 note severity-lowered, m1:3 note, m2:4 note, m2:5 warning"},
		"no cause":                 {"[[rule]]\nid='resource-missing'\nseverity='note'\nreason=' '", "settings:1 warning settings-reason, m1:3 error, m2:4 error, m2:5 warning"},
		"a warning needs no cause": {"[[rule]]\nid='link-empty'\nseverity='note'", "m1:3 error, m2:4 error, m2:5 note"},
		"by path": {"[[rule]]\nid='resource-missing'\npaths=['**/m2/*']\nseverity='warning'\nreason='r'",
			"settings:1 note severity-lowered, m1:3 error, m2:4 warning, m2:5 warning"},
		"the last one counts": {"[[rule]]\nid='resource-missing'\nseverity='warning'\nreason='r'\n\n[[rule]]\nid='resource-missing'\npaths=['modules/m1/**']\nseverity='error'",
			"settings:1 note severity-lowered, m1:3 error, m2:4 warning, m2:5 warning"},
		"without effect": {"[[rule]]\nid='duplicate-id'\nseverity='note'", "m1:3 error, m2:4 error, m2:5 warning"},
	} {
		t.Run(name, func(t *testing.T) {
			settings, faults := Read(fstest.MapFS{File: file(tt.settings)}, "main")
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			var got []string
			for _, p := range settings.Apply(problems) {
				where := strings.TrimSuffix(strings.TrimPrefix(p.Path, "modules/"), "/index.cnxml")
				line := fmt.Sprintf("%s:%d %s", where, p.Line, p.Severity)
				if p.Path == File {
					line = fmt.Sprintf("settings:%d %s %s", p.Line, p.Severity, p.Rule)
				}
				got = append(got, line)
			}
			if strings.Join(got, ", ") != tt.want {
				t.Errorf("got %q, want %q", strings.Join(got, ", "), tt.want)
			}
			if problems[0].Severity != collection.Error || problems[2].Severity != collection.Warning {
				t.Error("what was given was changed")
			}
		})
	}
}

func TestHouseFaults(t *testing.T) {
	for text, want := range map[string]string{
		"[[rule]]\nseverity='error'":                             "1 error settings-value",
		"\n[[rule]]\nid='duplicate-id'\nseverity='fatal'":        "2 error settings-value",
		"[[rule]]\nid='duplicate-di'\nseverity='error'":          "1 warning settings-rule",
		"[[rule]]\nid='duplicate-id'\nseverity='error'\nwhy='x'": "1 warning settings-key",
		"rule = 1": "1 error settings-value",
		"rule = [{id='duplicate-id', severity='no'}]": "0 error settings-value",
		"[[rule]]\nid=1":    "1 error settings-value",
		"[[word]]\nuse='x'": "1 error settings-value",
		"[[word]]\navoid='x'\n\n [[ word ]]\navoid='...'":                            "4 error settings-value",
		"[[word]]\navoid='x'\nseverity='loud'":                                       "1 error settings-value",
		strings.Repeat("[[word]]\navoid='x'\n", maxTerms+1):                          fmt.Sprintf("%d error settings-value", 2*maxTerms+1),
		strings.Repeat("[[rule]]\nid='duplicate-id'\nseverity='note'\n", maxRules+1): fmt.Sprintf("%d error settings-value", 3*maxRules+1),
	} {
		_, faults := Read(fstest.MapFS{File: file(text)}, "main")
		var got []string
		for _, p := range faults {
			got = append(got, fmt.Sprintf("%d %s %s", p.Line, p.Severity, p.Rule))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%.60q: got %q, want %q: %v", text, got, want, faults)
		}
	}
}

func TestHostileHouse(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("[[rule]]\n", maxSettings/9),
		strings.Repeat("[[word]]\navoid='x'\n", maxSettings/20),
		"[[rule]]\n" + strings.Repeat("[[rule.b]]\nx=1\n", maxSettings/16),
		"[[rule]]\n" + strings.Repeat("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p", 1) + "=1\n",
		"[[rule]]\nid='duplicate-id'\nseverity='note'\nreason='r'\npaths=[\n" + strings.Repeat("'**/',\n", maxSettings/8-20) + "]",
	} {
		s, faults := Read(fstest.MapFS{File: file(text)}, "main")
		if len(faults) > maxTerms {
			t.Errorf("%.60q: %d problems", text, len(faults))
		}
		s.Apply([]collection.Problem{{Path: strings.Repeat("a/", 2000), Rule: "duplicate-id", Severity: collection.Error}})
	}
}

func TestGlobs(t *testing.T) {
	for _, tt := range []struct {
		glob, path string
		want       bool
	}{
		{"a.md", "a.md", true}, {"a.md", "b/a.md", false}, {"/a.md", "a.md", true}, {"*.md", "a.md", true}, {"*.md", "b/a.md", false},
		{"**/*.md", "a.md", true}, {"**/*.md", "b/c/a.md", true}, {"b/**", "b/c/a.md", true}, {"b/**", "bc", false}, {"a?c", "abc", true},
		{"a?c", "a/c", false}, {"a.c", "abc", false}, {"[ab]", "a", false}, {"[ab]", "[ab]", true}, {"(x", "(x", true},
	} {
		if got := globPattern(tt.glob).MatchString(tt.path); got != tt.want {
			t.Errorf("%s and %s: %v", tt.glob, tt.path, got)
		}
	}
}

func FuzzSettings(f *testing.F) {
	f.Add("branches = [\"a\"]\npublish = \"tag\"\n", "a.md")
	f.Add("[[rule]]\nid = \"duplicate-id\"\nseverity = \"note\"\nreason = \"r\"\npaths = [\"**/x\"]\n", "b/x")
	f.Add("[[word]]\navoid = \"in order to\"\n", "x")
	f.Fuzz(func(t *testing.T, text, path string) {
		tree := fstest.MapFS{File: file(text)}
		s, problems := Read(tree, "main")
		lines := strings.Count(text, "\n") + 1
		for _, p := range problems {
			if p.Path != File || p.Line < 0 || p.Line > lines || p.Message == "" {
				t.Errorf("%+v of %d lines", p, lines)
			}
		}
		if _, again := Read(tree, "main"); fmt.Sprint(again) != fmt.Sprint(problems) {
			t.Errorf("%v, and then %v", problems, again)
		}
		// An error is hidden only where a reason is given.
		out := s.Apply([]collection.Problem{{Path: path, Rule: "duplicate-id", Severity: collection.Error}})
		explained := false
		for _, p := range out {
			explained = explained || p.Rule == "severity-lowered"
		}
		if collection.HasErrors(out) == explained {
			t.Errorf("%v", out)
		}
	})
}
