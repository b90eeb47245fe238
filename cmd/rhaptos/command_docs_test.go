package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// grammar is the program's command line.
func grammar(t *testing.T) *kong.Application {
	t.Helper()
	parser, err := kong.New(&cli{}, kong.DefaultEnvars("RHAPTOS"))
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model
}

// The operators' guide has every setting of the server, by its three names, and
// none that there is not.
func TestGuideHasEverySetting(t *testing.T) {
	guide, err := os.ReadFile("../../docs/operators.md")
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	for _, row := range regexp.MustCompile("(?m)^\\| `--([a-z-]+)` \\| `(RHAPTOS_[A-Z_]+)` \\| `([a-z-]+)` \\|").FindAllStringSubmatch(string(guide), -1) {
		there = append(there, row[1])
		if row[3] != row[1] || row[2] != "RHAPTOS_"+strings.ToUpper(strings.ReplaceAll(row[1], "-", "_")) {
			t.Errorf("--%s is %s and %s in the guide", row[1], row[2], row[3])
		}
	}
	var want []string
	for _, flag := range grammar(t).Flags {
		if flag.Name != "help" && flag.Name != "config" && flag.Name != "version" {
			want = append(want, flag.Name)
		}
	}
	for _, node := range grammar(t).Children {
		if node.Name == "serve" {
			for _, flag := range node.Flags {
				want = append(want, flag.Name)
			}
		}
	}
	for _, name := range want {
		if !slices.Contains(there, name) {
			t.Errorf("--%s is not in the guide", name)
		}
	}
	for _, name := range there {
		if !slices.Contains(want, name) {
			t.Errorf("--%s is in the guide, and is no setting of the server", name)
		}
	}
}

// Every verb is in the documentation, in a line that begins with its group, and
// every command there can be given.
func TestGuidesHaveEveryVerb(t *testing.T) {
	var lines []string // of commands, from their first word
	for _, name := range []string{"operators.md", "authors.md", "together.md", "http-flow.md"} {
		text, err := os.ReadFile("../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`(?:git@books\.example|\brhaptos) ([a-z].*)`).FindAllStringSubmatch(string(text), -1) {
			lines = append(lines, found[1])
		}
	}
	known := map[string]bool{"help": true} // commands, and groups of them
	verbs := map[string]bool{}             // groups of which one has to say more
	for _, leaf := range grammar(t).Leaves(true) {
		var words []string
		for node := leaf; node.Parent != nil; node = node.Parent {
			words = append([]string{node.Name}, words...)
		}
		for i := range words {
			known[strings.Join(words[:i+1], " ")] = true
		}
		group := strings.Join(words[:len(words)-1], " ")
		if leaf.Parent.DefaultCmd == leaf {
			continue // the group's name is enough
		}
		verbs[words[0]] = leaf.Parent.Parent != nil && leaf.Parent.DefaultCmd == nil
		verb := regexp.MustCompile(`\b` + words[len(words)-1] + `\b`)
		if !slices.ContainsFunc(lines, func(line string) bool {
			rest, ok := strings.CutPrefix(line, group)
			return ok && verb.MatchString(rest)
		}) {
			t.Errorf("%q is in no guide", strings.Join(words, " "))
		}
	}
	for _, line := range lines {
		words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" `.,", r) })
		if !known[words[0]] || verbs[words[0]] && (len(words) < 2 || !known[words[0]+" "+words[1]]) {
			t.Errorf("%q: there is no such command", line)
		}
	}
}
