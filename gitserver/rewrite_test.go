package gitserver_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/packscan/packscantest"
)

const version2 = "\x00report-status-v2 side-band-64k delete-refs push-options"

// withOptions is a request with push options.
func withOptions(options []string, pack string, commands ...string) string {
	body := request(version2, "", commands...)
	for _, o := range options {
		body += fmt.Sprintf("%04x%s", len(o)+4, o)
	}
	return body + "0000" + pack
}

// What was published is replaced, moved or deleted only as the settings say.
func TestRewrite(t *testing.T) {
	intent := []string{gitserver.RewriteIntent}
	h := newHost(t)
	one := h.commit("one")
	two := h.commit("two")
	start := h.pack("main")
	to, packs := map[string]string{"delete": zero}, map[string]string{}
	to["forward"] = h.commit("three")
	packs["forward"] = h.pack("main", "^"+two)
	h.git(nil, "reset", "-q", "--hard", one)
	to["amend"] = h.commit("four")
	packs["amend"] = h.pack("main", "^"+two)
	for i, tt := range []struct {
		rewrite gitserver.Rewrite
		options []string
		ref     string
		change  string // amend, delete, forward
		want    string // the report, less its first line
	}{
		{"", nil, "refs/heads/main", "forward", "ok refs/heads/main\n"},
		{"", nil, "refs/heads/main", "amend", "ng refs/heads/main this replaces the history of main; if you mean it: git push -o rewrite --force origin main\n"},
		{gitserver.RewriteOption, nil, "refs/heads/main", "amend", "ng refs/heads/main this replaces the history of main; if you mean it: git push -o rewrite --force origin main\n"},
		{gitserver.RewriteOption, intent, "refs/heads/main", "amend", "ok refs/heads/main\noption forced-update\n"},
		{gitserver.RewriteOption, []string{"rewrite=1"}, "refs/heads/main", "amend", "ng refs/heads/main this replaces"},
		{gitserver.RewriteNever, intent, "refs/heads/main", "amend", "ng refs/heads/main this replaces the history of main, which never happens here\n"},
		{gitserver.RewriteNever, nil, "refs/heads/main", "forward", "ok refs/heads/main\n"},
		{gitserver.RewriteAlways, nil, "refs/heads/main", "amend", "ok refs/heads/main\noption forced-update\n"},
		{"", nil, "refs/heads/draft", "amend", "ok refs/heads/draft\noption forced-update\n"},
		{gitserver.RewriteNever, nil, "refs/heads/draft", "amend", "ok refs/heads/draft\noption forced-update\n"},
		{gitserver.RewriteNever, nil, "refs/heads/draft", "delete", "ok refs/heads/draft\n"},
		{"", nil, "refs/tags/v1", "amend", "ng refs/tags/v1 this moves v1; if you mean it: git push -o rewrite --force origin v1\n"},
		{"", nil, "refs/tags/v1", "forward", "ng refs/tags/v1 this moves v1; if you mean it: git push -o rewrite --force origin v1\n"},
		{"", nil, "refs/tags/v1", "delete", "ng refs/tags/v1 this deletes v1; if you mean it: git push -o rewrite --delete origin v1\n"},
		{"", intent, "refs/tags/v1", "delete", "ok refs/tags/v1\n"},
		{"", intent, "refs/tags/v1", "amend", "ok refs/tags/v1\n"},
		{gitserver.RewriteAlways, nil, "refs/tags/v1", "delete", "ok refs/tags/v1\n"},
		{"", intent, "refs/heads/main", "delete", "ng refs/heads/main deletion of the default branch is prohibited\n"},
	} {
		h.judge.rewrite = tt.rewrite
		var err error
		if h.repo, err = h.store.Create(t.Context(), "ann", fmt.Sprint("rewrite", i), false); err != nil {
			t.Fatal(err)
		}
		commands := []string{zero + " " + two + " refs/heads/main", zero + " " + two + " refs/heads/draft", zero + " " + two + " refs/tags/v1"}
		if report, _, err := h.push(request(capabilities, start, commands...)); err != nil || strings.Count(report, "ok refs") != 3 {
			t.Fatalf("%q, %v", report, err)
		}
		report, _, err := h.push(withOptions(tt.options, packs[tt.change], two+" "+to[tt.change]+" "+tt.ref))
		if got := strings.TrimPrefix(report, "unpack ok\n"); err != nil || !strings.HasPrefix(got, tt.want) || strings.HasPrefix(got, "ok") && got != tt.want {
			t.Errorf("%q, %v, %s of %s: %q, want %q, %v", tt.rewrite, tt.options, tt.change, tt.ref, got, tt.want, err)
		}
	}
}

// A branch goes back to a commit that it had: nothing new, and not forward.
func TestRewindIsForced(t *testing.T) {
	h := newHost(t)
	one := h.commit("one")
	two := h.commit("two")
	if _, _, err := h.push(request(capabilities, h.pack("main"), zero+" "+two+" refs/heads/main", zero+" "+two+" refs/heads/draft")); err != nil {
		t.Fatal(err)
	}
	empty := string(new(packscantest.Builder).Pack())
	report, _, err := h.push(request(version2, "0000"+empty, two+" "+one+" refs/heads/draft"))
	if err != nil || report != "unpack ok\nok refs/heads/draft\noption forced-update\n" {
		t.Errorf("%q, %v", report, err)
	}
	// And forward again, over commits that are not new.
	report, _, err = h.push(request(version2, "0000"+empty, one+" "+two+" refs/heads/draft"))
	if err != nil || report != "unpack ok\nok refs/heads/draft\n" {
		t.Errorf("%q, %v", report, err)
	}
	report, _, err = h.push(request(version2, "0000"+empty, two+" "+one+" refs/heads/main"))
	if err != nil || !strings.Contains(report, "ng refs/heads/main this replaces the history") {
		t.Errorf("%q, %v", report, err)
	}
	// An old id that is not there is stale, whatever it is.
	report, _, err = h.push(request(version2, "0000"+empty, strings.Repeat("1", 40)+" "+one+" refs/heads/main"))
	if err != nil || report != "unpack ok\nng refs/heads/main fetch first\n" {
		t.Errorf("%q, %v", report, err)
	}
}

// A clone that is cut off pushes what goes on from here, and is told why not
// where it does not.
func TestShallowPushes(t *testing.T) {
	h := newHost(t)
	one := h.commit("one")
	if _, _, err := h.push(request(capabilities, h.pack("main"), zero+" "+one+" refs/heads/main")); err != nil {
		t.Fatal(err)
	}
	two := h.commit("two")
	three := h.commit("three")
	shallow := func(at string) string { return fmt.Sprintf("%04xshallow %s", 12+40, at) }
	report, _, err := h.push(shallow(one) + request(capabilities, h.pack("main~1", "^"+one), one+" "+two+" refs/heads/main"))
	if err != nil || report != "unpack ok\nok refs/heads/main\n" {
		t.Errorf("%q, %v", report, err)
	}
	// Its history ends at three, whose parent has not come.
	h.repo, err = h.store.Create(t.Context(), "ann", "other", false)
	if err != nil {
		t.Fatal(err)
	}
	ids := h.git(nil, "rev-list", "--objects", "--no-object-names", "main", "^"+two) + "\n" + h.git(nil, "ls-tree", "-r", "--object-only", "main") + "\n"
	pack := h.output(strings.NewReader(ids), "pack-objects", "--stdout", "-q")
	report, said, _ := h.push(shallow(three) + request(capabilities, pack, zero+" "+three+" refs/heads/main"))
	if !strings.Contains(report, "ng refs/heads/main ") || !strings.Contains(said, "git fetch --unshallow") || h.refs() != "" {
		t.Errorf("report %q, said %q, refs %q", report, said, h.refs())
	}
}

// Signed pushes are asked for where the settings say so.
func TestUnsignedPushIsRefused(t *testing.T) {
	h := newHost(t)
	h.judge.signed = true
	one := h.commit("one")
	report, _, err := h.push(request(capabilities, h.pack("main"), zero+" "+one+" refs/heads/main", zero+" "+one+" refs/heads/draft"))
	if want := "unpack ok\nng refs/heads/main pushes here must be signed: git push --signed\nok refs/heads/draft\n"; err != nil || report != want {
		t.Errorf("%q, want %q, %v", report, want, err)
	}
}

// New names must be UTF-8, as a Mac's files. To delete what is not there is no fault,
// whatever its name.
func TestNamesOfBytes(t *testing.T) {
	h := newHost(t)
	one := h.commit("one")
	report, said, err := h.push(request(capabilities, h.pack("main"), zero+" "+one+" refs/heads/\xff", zero+" "+zero+" refs/heads/\xfe", zero+" "+zero+" refs/heads/none"))
	if want := "unpack ok\nng refs/heads/\xff is not UTF-8: rename it\nok refs/heads/\xfe\nok refs/heads/none\n"; err != nil || report != want {
		t.Errorf("%q, want %q, %v; %q", report, want, err, said)
	}
}

// A push may have as many refs as a long history has tags; its record has the first.
func TestManyRefs(t *testing.T) {
	h := newHost(t)
	one := h.commit("one")
	var commands []string
	const n = 12_000
	for i := range n {
		commands = append(commands, fmt.Sprintf("%s %s refs/tags/v%d", zero, one, i))
	}
	commands = append(commands, zero+" "+one+" refs/tags/x..y")
	report, said, err := h.push(request(capabilities, h.pack("main"), commands...))
	if err != nil || strings.Count(report, "ok refs/tags/v") != n || !strings.Contains(report, "ng refs/tags/x..y funny refname") || len(said) > 1000 {
		t.Fatalf("%.200q, %.200q, %v", report, said, err)
	}
	list, err := h.store.Pushes(t.Context(), h.repo.ID, "", 10)
	if err != nil || len(list) != 1 || len(list[0].Updates) != 1000 || list[0].Omitted != n+1-1000 || list[0].Updates[0].Refused == "" {
		t.Errorf("%d pushes, %v", len(list), err)
	}
	if got := h.number("SELECT count(*) FROM ref"); got != n {
		t.Errorf("%d refs", got)
	}
}

// A name cannot be a ref and a folder, in one push or over several.
func TestNamesInTheWay(t *testing.T) {
	h := newHost(t)
	one := h.commit("one")
	var b packscantest.Builder
	empty := string(b.Pack())
	if _, _, err := h.push(request(capabilities, h.pack("main"), zero+" "+one+" refs/heads/a/b")); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ commands, want string }{
		{"+refs/heads/a", "ng refs/heads/a 'refs/heads/a/b' is in the way\n"},
		{"+refs/heads/a/b/c", "ng refs/heads/a/b/c 'refs/heads/a/b' is in the way\n"},
		{"+refs/heads/n +refs/heads/n/m", "ok refs/heads/n\nng refs/heads/n/m 'refs/heads/n' is in the way\n"},
		{"+refs/heads/n/m -refs/heads/n", "ok refs/heads/n/m\nok refs/heads/n\n"},
		{"-refs/heads/n/m +refs/heads/n/m", "ng refs/heads/n/m multiple updates for one ref\nng refs/heads/n/m multiple updates for one ref\n"},
		{"+refs/heads/ab", "ok refs/heads/ab\n"},
		{"-refs/heads/gone", "ng refs/heads/gone fetch first\n"},
	} {
		var commands []string
		for _, c := range strings.Fields(tt.commands) {
			if c[0] == '+' {
				commands = append(commands, zero+" "+one+" "+c[1:])
			} else {
				commands = append(commands, one+" "+zero+" "+c[1:])
			}
		}
		pack := empty
		if !strings.Contains(tt.commands, "+") {
			pack = ""
		}
		report, _, err := h.push(request(capabilities, pack, commands...))
		if err != nil || report != "unpack ok\n"+tt.want {
			t.Errorf("%s: %q, want %q, %v", tt.commands, report, tt.want, err)
		}
	}
}
