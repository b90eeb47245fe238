package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"github.com/rhaptos/rhaptos/docs/fence"
)

// shellLine matches a line that looks like a command to enter.
var shellLine = regexp.MustCompile(`(?m)^ *(?:\$ )?(?:(?:bin/)?rhaptos|git|ssh|make|curl) [a-z-]`)

// unmarked are the languages of blocks that may be meant to be shell commands.
var unmarked = map[string]bool{"": true, "bash": true, "shell": true, "console": true}

// Every command in the documents exists, and so do the flags and arguments that it
// is given there. TestDocuments of package e2e also runs all but those of blocks
// marked "norun".
func TestDocumentedCommandsParse(t *testing.T) {
	documents, err := fence.Documents(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	d := documented{targets: string(makefile)}
	t.Chdir(t.TempDir()) // with what the commands read
	if err := os.Mkdir("DIR", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("rhaptos.toml", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	parsed := 0
	for _, doc := range documents {
		for _, b := range doc.Blocks {
			if b.Language != "sh" {
				if unmarked[b.Language] && shellLine.MatchString(b.Text) {
					t.Errorf("%s: the block has commands; mark it as sh, or as text or output", b)
				}
				continue
			}
			commands, err := commandsOf(b.Text)
			if err != nil {
				t.Errorf("%s: %v", b, err)
			}
			for _, words := range commands {
				parsed++
				if err := d.check(words, b.NoRun != ""); err != nil {
					t.Errorf("%s: %q: %v", b, words, err)
				}
			}
		}
		for _, span := range doc.Spans {
			if err := d.mentioned(span); err != nil {
				t.Errorf("%s: `%s`: %v", doc.Path, span, err)
			}
		}
	}
	if parsed < 100 {
		t.Errorf("found only %d commands", parsed)
	}
}

// commandsOf returns the words of every simple command of a shell script.
func commandsOf(script string) (commands [][]string, err error) {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(script), "")
	if err != nil {
		return nil, err
	}
	syntax.Walk(file, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 0 {
			words, expandErr := expand.Fields(&expand.Config{Env: expand.ListEnviron()}, call.Args...)
			if expandErr != nil {
				err = expandErr
			}
			commands = append(commands, words)
		}
		return true
	})
	return commands, err
}

// documented checks the words of commands.
type documented struct {
	targets string // the Makefile
}

// check parses a command. The flags of programs that others wrote are compared
// with their help, for git always, and for others if strict.
func (d documented) check(words []string, strict bool) error {
	switch name := filepath.Base(words[0]); name {
	case "rhaptos":
		return parseWords(&cli{}, words[1:])
	case "ssh":
		at := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "git@") })
		if at < 0 || words[at+1] == "help" {
			return nil
		}
		return parseWords(&verbs{}, words[at+1:])
	case "make":
		for _, target := range words[1:] {
			if !strings.Contains(target, "=") && !strings.Contains(d.targets, "\n"+target+":") {
				return fmt.Errorf("make has no target %s", target)
			}
		}
		return nil
	case "xargs":
		return d.check(append(slices.Clone(words[1:]), "http://127.0.0.1/"), strict)
	case "git":
		if words[1] == "lfs" {
			if testing.Short() {
				return nil // make quick does not install it
			}
			return hasFlags(words[3:], "git", "lfs", "help", words[2])
		}
		return hasFlags(words[2:], "git", words[1], "-h")
	default:
		if !strict || builtIn[name] || notInstalled[name] {
			return nil
		}
		return d.foreign(name, words[1:])
	}
}

// builtIn are commands of the shell itself, whose words its parser has read.
var builtIn = map[string]bool{"cd": true, "export": true, "umask": true}

// notInstalled are programs of cloud services, which are too large to install for the
// sake of their help.
var notInstalled = map[string]bool{"aws": true}

// foreign checks a command of another program, which no test runs.
func (documented) foreign(name string, words []string) error {
	help, ok := map[string][]string{
		"apt-get":    {"apt-get", "--help"},
		"createdb":   {"createdb", "--help"},
		"createuser": {"createuser", "--help"},
		"nginx":      {"nginx", "-h"},
	}[name]
	switch {
	case !ok:
		return fmt.Errorf("%s can be run: leave out norun", name)
	case testing.Short():
		return nil // make quick does not install it
	}
	return hasFlags(words, help...)
}

// hasFlags reports flags that the output of a help command lacks.
func hasFlags(words []string, help ...string) error {
	text, _ := exec.Command(help[0], help[1:]...).CombinedOutput() // git exits with 129
	usage := strings.ReplaceAll(string(text), "[no-]", "")
	if !strings.Contains(strings.ToLower(usage), "usage") && !strings.Contains(usage, help[0]+" "+help[1]) {
		return fmt.Errorf("%q prints no usage: %.200s", help, usage)
	}
	for _, word := range words {
		if word == "--" {
			break
		}
		for _, flag := range flagsIn(word) {
			if !regexp.MustCompile(`(^|[^-\w])` + regexp.QuoteMeta(flag) + `\b`).MatchString(usage) {
				return fmt.Errorf("%q does not know %s:\n%s", help, flag, usage)
			}
		}
	}
	return nil
}

// flagsIn returns the flags in a word: of "-am" both "-a" and "-m".
func flagsIn(word string) (flags []string) {
	if strings.HasPrefix(word, "--") {
		name, _, _ := strings.Cut(word, "=")
		return []string{name}
	}
	if letters, ok := strings.CutPrefix(word, "-"); ok {
		for _, l := range letters {
			flags = append(flags, "-"+string(l))
		}
	}
	return flags
}

// parseWords parses the words of a command line without running it.
func parseWords(grammar any, words []string) error {
	exited := false
	parser, err := kong.New(grammar, kong.Name("rhaptos"), kong.DefaultEnvars("RHAPTOS"), kong.Configuration(tomlSettings),
		kong.Vars{"version": "1"}, kong.Writers(io.Discard, io.Discard), kong.Exit(func(int) { exited = true }))
	if err != nil {
		return err
	}
	if _, err = parser.Parse(words); exited {
		return nil // --help, --version
	}
	return err
}

// mentioned checks a code span that is a command of ours, perhaps without its
// arguments.
func (d documented) mentioned(span string) error {
	if !shellLine.MatchString(span) || strings.HasPrefix(span, "git ") || strings.HasPrefix(span, "curl ") {
		return nil
	}
	commands, err := commandsOf(strings.NewReplacer("URL...", "http://127.0.0.1/", "NUMBER", "1").Replace(span))
	if err != nil {
		return err
	}
	for _, words := range commands {
		err := d.check(words, false)
		if err != nil && !strings.HasPrefix(err.Error(), "expected ") && !strings.HasPrefix(err.Error(), "missing flags") {
			return err
		}
	}
	return nil
}
