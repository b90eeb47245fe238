package main

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/rhaptos/rhaptos/"

// picture is docs/architecture.md as far as the tests read it: the drawing of
// the rooms, and the table of packages.
type picture struct {
	arrows   map[[2]string]bool // of rooms: the first imports the second
	ground   []string           // packages below gitserver that every room may import
	packages []string           // of the table, in its order
}

var (
	arrow      = regexp.MustCompile(`(gitserver|hooks|publish|web) (<-+|-+>)`)
	room       = regexp.MustCompile(`^ (gitserver|hooks|publish|web)\b`)
	groundLine = regexp.MustCompile(`(?m)^ *ground floor: gitserver/\{([a-z, ]+)\}$`)
	packageRow = regexp.MustCompile("(?m)^\\| ((?:`[^`]+`(?:, )?)+) \\|")
	ourPackage = regexp.MustCompile("`((?:cmd|docs|gitserver|hooks|publish|web)(?:/[a-z0-9-]+)*)`")
)

func readPicture(t *testing.T) picture {
	t.Helper()
	text, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	p := picture{arrows: map[[2]string]bool{}}
	for line := range strings.Lines(string(text)) {
		p.readArrows(line)
	}
	if found := groundLine.FindSubmatch(text); found != nil {
		for name := range strings.SplitSeq(string(found[1]), ",") {
			p.ground = append(p.ground, "gitserver/"+strings.TrimSpace(name))
		}
	}
	for _, row := range packageRow.FindAllSubmatch(text, -1) {
		for _, name := range ourPackage.FindAllSubmatch(row[1], -1) {
			p.packages = append(p.packages, string(name[1]))
		}
	}
	if len(p.arrows) == 0 || len(p.ground) == 0 || len(p.packages) == 0 {
		t.Fatalf("docs/architecture.md lacks the drawing (gitserver <-- hooks --> publish <-- web), the line \"ground floor: gitserver/{...}\", or the table of packages: %+v", p)
	}
	return p
}

// readArrows adds the arrows of a line such as "a <-- b --> c".
func (p *picture) readArrows(line string) {
	for {
		found := arrow.FindStringSubmatchIndex(line)
		if found == nil {
			return
		}
		left, right := line[found[2]:found[3]], room.FindStringSubmatch(line[found[1]:])
		switch {
		case right == nil:
		case strings.HasSuffix(line[found[4]:found[5]], ">"):
			p.arrows[[2]string{left, right[1]}] = true
		default:
			p.arrows[[2]string{right[1], left}] = true
		}
		line = line[found[1]:]
	}
}

// imports are the packages of this module that each of its packages imports.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}}{{range .Imports}} {{.}}{{end}}", "../../...").Output()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		from := strings.TrimPrefix(fields[0], module)
		all[from] = nil
		for _, imported := range fields[1:] {
			if to, ours := strings.CutPrefix(imported, module); ours {
				all[from] = append(all[from], to)
			}
		}
	}
	return all
}

// The table of docs/architecture.md has each package once.
func TestArchitecture(t *testing.T) {
	const remedy = "edit the table of packages in docs/architecture.md: one line for each package, | `folder` | what lives there |"
	listed := map[string]int{}
	for _, name := range readPicture(t).packages {
		listed[name]++
	}
	there := imports(t)
	for name := range there {
		if listed[name] != 1 {
			t.Errorf("the package %s is %d times in the table: %s", name, listed[name], remedy)
		}
	}
	for name := range listed {
		if _, ok := there[name]; !ok {
			t.Errorf("the package %s of the table does not exist: %s", name, remedy)
		}
	}
}

// Packages import each other as docs/architecture.md draws it, and every arrow
// of the drawing is some import. The world of git and the world of books do not
// know each other; they meet in hooks and in cmd.
func TestWorldsAreApart(t *testing.T) {
	p, drawn := readPicture(t), map[[2]string]bool{}
	for from, all := range imports(t) {
		for _, to := range all {
			if !p.allows(from, to) {
				t.Errorf("%s imports %s, which the drawing in docs/architecture.md does not allow: declare an interface where it is needed, and let cmd/rhaptos fill it", from, to)
			}
			drawn[[2]string{roomOf(from), roomOf(to)}] = true
		}
	}
	for a := range p.arrows {
		if !drawn[a] {
			t.Errorf("docs/architecture.md draws that %s imports %s, and no package does", a[0], a[1])
		}
	}
}

func roomOf(path string) string {
	name, _, _ := strings.Cut(path, "/")
	return name
}

// standalone reports whether a package can be imported without the rest.
func standalone(path string) bool {
	return path == "web/negotiate" || path == "web/decision" || strings.HasPrefix(path, "web/decision/")
}

func (p *picture) allows(from, to string) bool {
	switch {
	case slices.ContainsFunc(p.ground, func(f string) bool { return to == f || strings.HasPrefix(to, f+"/") }):
		return true
	case slices.Contains(p.ground, from):
		return false
	case standalone(from):
		return standalone(to)
	}
	return roomOf(from) == "cmd" || roomOf(from) == roomOf(to) || p.arrows[[2]string{roomOf(from), roomOf(to)}]
}
