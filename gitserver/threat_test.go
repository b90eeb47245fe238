package gitserver_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/packscan/packscantest"
)

// What hostile pushes try, one test a threat. Beside these: names of refs
// (TestCheckRefName), bytes of push options (TestPushOptionBytes), capabilities
// (TestReadRequestMalformed), names in trees (package pathpolicy).

// childMemory is the largest resident set of any process that was waited for, in bytes.
func childMemory(t *testing.T) int64 {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u); err != nil {
		t.Fatal(err)
	}
	return u.Maxrss << 10
}

// Packs that would become too much are refused with little memory, and the
// repository is as it was.
func TestBombsAreRefused(t *testing.T) {
	h := newHost(t)
	one := h.commit("one")
	if _, _, err := h.push(request(capabilities, h.pack("main"), zero+" "+one+" refs/heads/main")); err != nil {
		t.Fatal(err)
	}
	before := h.refs()
	for name, tt := range map[string]struct {
		make func() ([]byte, plumbing.Hash)
		want string
	}{
		"deltas": {func() ([]byte, plumbing.Hash) { return packscantest.DeltaBomb(20) },
			"it becomes 960 MiB large, and an object may have 256 MiB"},
		"zeros": {func() ([]byte, plumbing.Hash) { return packscantest.ZeroBomb(1000) },
			"unpack pack not taken: object 1 at byte 12: it becomes 1000 MiB large"},
		"lying zeros": {func() ([]byte, plumbing.Hash) { return packscantest.LyingBomb(1000) },
			"it is longer than the 100 bytes it says"},
		"paths": {func() ([]byte, plumbing.Hash) { return packscantest.PathBomb(10) },
			"ng refs/heads/bomb / holds more than 250000 files and folders"},
		"deep": {func() ([]byte, plumbing.Hash) { return packscantest.DeepBomb(40_000) },
			"lies in more than 64 folders inside each other"},
	} {
		t.Run(name, func(t *testing.T) {
			pack, tip := tt.make()
			report, _, _ := h.push(request(capabilities, string(pack), zero+" "+tip.String()+" refs/heads/bomb"))
			if !strings.Contains(report, tt.want) || !strings.Contains(report, "ng refs/heads/bomb ") {
				t.Errorf("report %.300q, want %q", report, tt.want)
			}
			if h.refs() != before || len(h.leftovers()) != 0 {
				t.Errorf("refs %q, left %v", h.refs(), h.leftovers())
			}
		})
	}
	if used := childMemory(t); used > 200<<20 {
		t.Errorf("a process took %d MiB", used>>20)
	}
	// A long chain of deltas is no bomb.
	pack, tip := packscantest.DeltaChain(50_000)
	if report, _, err := h.push(request(capabilities, string(pack), zero+" "+tip.String()+" refs/heads/chain")); err != nil || report != "unpack ok\nok refs/heads/chain\n" {
		t.Errorf("report %q, %v", report, err)
	}
	// Whoever clones it all can.
	dir, err := h.store.Mirror(t.Context(), h.repo)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("git", "clone", "-q", "--mirror", dir, filepath.Join(t.TempDir(), "clone")).CombinedOutput(); err != nil {
		t.Errorf("clone: %v: %s", err, out)
	}
}

// While one pusher is in the middle of a bomb, another's push goes through.
func TestBombKeepsNobodyWaiting(t *testing.T) {
	h := newHost(t)
	session := &gitserver.Session{Repository: h.repo, Actor: "eve", Stateless: true, MayPush: func(context.Context, bool) error { return nil }}
	pack, tip := packscantest.DeltaBomb(20)
	body := request(capabilities, string(pack), zero+" "+tip.String()+" refs/heads/bomb")
	var out record
	sent, w := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- h.server.ReceivePack(t.Context(), session, sent, &out) }()
	if _, err := io.WriteString(w, body[:len(body)/2]); err != nil {
		t.Fatal(err)
	}
	one := h.commit("one")
	report, _, err := h.push(request(capabilities, h.pack("main"), zero+" "+one+" refs/heads/main"))
	if err != nil || report != "unpack ok\nok refs/heads/main\n" {
		t.Errorf("the other push: %q, %v", report, err)
	}
	if _, err := io.WriteString(w, body[len(body)/2:]); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if err := <-done; err == nil || !strings.Contains(out.String(), "it becomes 960 MiB large") {
		t.Errorf("the bomb: %q, %v", out.String(), err)
	}
}

// tip is the pack of a commit with one file at a name, of a mode, and its id.
func tip(mode, name, content string) (pack string, commit string) {
	var b packscantest.Builder
	blob := b.Object(plumbing.BlobObject, []byte(content))
	id := b.Commit(b.Tree(packscantest.Entry{Mode: mode, Name: name, ID: blob}))
	return string(b.Pack()), id.String()
}

func TestHostileTreesAreRefused(t *testing.T) {
	h := newHost(t)
	for name, tt := range map[string]struct{ mode, name, content, report, said string }{
		"line feed":  {"100644", "a\nb", "x", `ng refs/heads/x "a\nb" has a control character in its name: rename it`, `"a\nb"`},
		"escape":     {"100644", "a\x1b]52;c;x\a", "x", `ng refs/heads/x "a\x1b]52;c;x\a" has a control character`, ""},
		"bidi":       {"100644", "a\u202egnp.exe", "x", `ng refs/heads/x "a\u202egnp.exe" has a character in its name that changes`, ""},
		"bytes":      {"100644", "a\xff", "x", `ng refs/heads/x "a\xff" is not UTF-8`, ""},
		"backslash":  {"100644", `a\b`, "x", `ng refs/heads/x "a\\b" has a backslash`, "git commit --amend"},
		"device":     {"100644", "aux.md", "x", "ng refs/heads/x aux.md is a device's name", ""},
		"link":       {"120000", "a", "../../etc/passwd", "ng refs/heads/x a is a symbolic link that leads out", ""},
		"submodule":  {"160000", "a", "x", "ng refs/heads/x a is a submodule", ""},
		"submodules": {"100644", ".gitmodules", "", "ng refs/heads/x .gitmodules names submodules", ""},
		"filter":     {"100644", ".gitattributes", "* filter=x\n", `ng refs/heads/x .gitattributes asks for "filter=x"`, ""},
		"mode":       {"100600", "a", "x", `has the mode "100600"`, ""},
		".git":       {"100644", ".git", "x", "ng refs/heads/x unpacker error", "hasDotgit"},
		".GIT":       {"40000", ".GIT", "x", "ng refs/heads/x unpacker error", "hasDotgit"},
		"git~1":      {"100644", "git~1", "x", "ng refs/heads/x unpacker error", "hasDotgit"},
		"dot dot":    {"100644", "..", "x", "ng refs/heads/x unpacker error", "hasDotdot"},
		"slash":      {"100644", "a/b", "x", "ng refs/heads/x unpacker error", "fullPathname"},
	} {
		pack, commit := tip(tt.mode, tt.name, tt.content)
		report, said, _ := h.push(request(capabilities, pack, zero+" "+commit+" refs/heads/x"))
		if !strings.Contains(report, tt.report) || !strings.Contains(said, tt.said) || strings.ContainsAny(report+said, "\x1b\a") || !utf8.ValidString(report+said) {
			t.Errorf("%s: report %q, want %q\nsaid %q, want %q", name, report, tt.report, said, tt.said)
		}
	}
	if h.refs() != "" {
		t.Errorf("refs %q", h.refs())
	}
	// Names that differ in case are told of.
	var b packscantest.Builder
	blob := b.Object(plumbing.BlobObject, []byte("x"))
	id := b.Commit(b.Tree(packscantest.Entry{Mode: "100644", Name: "A.png", ID: blob}, packscantest.Entry{Mode: "100644", Name: "a.png", ID: blob}))
	report, said, err := h.push(request(capabilities, string(b.Pack()), zero+" "+id.String()+" refs/heads/x"))
	if err != nil || report != "unpack ok\nok refs/heads/x\n" || said != "warning: a.png and A.png are one file on Windows and on a Mac: better rename one\n" {
		t.Errorf("%q, %q, %v", report, said, err)
	}
	// Branches are not taken.
	report, said, err = h.push(request(capabilities, h.pack(), zero+" "+id.String()+" refs/heads/X"))
	if err != nil || said != "" || !strings.HasPrefix(report, "unpack ok\nng refs/heads/X differs from x in case or accents alone") {
		t.Errorf("%q, %q, %v", report, said, err)
	}
}

// The same as a tag of a tree, and deep in a history.
func TestHostileTreesAreFoundAnywhere(t *testing.T) {
	h := newHost(t)
	var b packscantest.Builder
	blob := b.Object(plumbing.BlobObject, []byte("x"))
	bad := b.Tree(packscantest.Entry{Mode: "100644", Name: "nul", ID: blob})
	first := b.Commit(bad)
	good := b.Tree(packscantest.Entry{Mode: "100644", Name: "a", ID: blob})
	last := b.Commit(good, b.Commit(good, first))
	report, said, _ := h.push(request(capabilities, string(b.Pack()), zero+" "+last.String()+" refs/heads/x", zero+" "+bad.String()+" refs/tags/tree"))
	if strings.Count(report, "nul is a device's name") != 2 || !strings.Contains(said, fmt.Sprintf("x: in %.10s:", first.String())) {
		t.Errorf("report %q, said %q", report, said)
	}
}

// Each ref is judged by itself, whatever comes with it and in which order.
func TestPermissionOfEveryRef(t *testing.T) {
	may := func(_ context.Context, published bool) error {
		if published {
			return errors.New("drafts only")
		}
		return nil
	}
	for _, order := range [][]string{{"main", "a", "b"}, {"a", "main", "b"}, {"a", "b", "main"}} {
		for _, atomic := range []bool{false, true} {
			h := newHost(t)
			one := h.commit("one")
			var commands []string
			for _, name := range order {
				commands = append(commands, zero+" "+one+" refs/heads/"+name)
			}
			caps := capabilities
			if atomic {
				caps += " atomic"
			}
			session := &gitserver.Session{Repository: h.repo, Actor: "bob", Stateless: true, MayPush: may}
			report, _, err := h.pushAs(session, request(caps, h.pack("main"), commands...))
			if err != nil || !strings.Contains(report, "ng refs/heads/main drafts only\n") {
				t.Errorf("%v: %q, %v", order, report, err)
			}
			want := 2
			if atomic {
				want = 0
			}
			if got := strings.Count(report, "ok refs/"); got != want || strings.Contains(h.refs(), "refs/heads/main") {
				t.Errorf("%v, atomic %v: report %q, refs %q", order, atomic, report, h.refs())
			}
		}
	}
}

// Objects of one repository are not to be had by naming them in another, even if
// the server has seen them and found them clean.
func TestObjectsOfAnotherRepository(t *testing.T) {
	h := newHost(t)
	one := h.commit("secret")
	tree := plumbing.NewHash(h.git(nil, "rev-parse", "HEAD^{tree}"))
	if _, _, err := h.push(request(capabilities, h.pack("main"), zero+" "+one+" refs/heads/main")); err != nil {
		t.Fatal(err)
	}
	other, err := h.store.Create(t.Context(), "eve", "book", false)
	if err != nil {
		t.Fatal(err)
	}
	h.repo = other
	var b packscantest.Builder
	commit := b.Commit(tree)
	report, _, _ := h.push(request(capabilities, string(b.Pack()), zero+" "+commit.String()+" refs/heads/x"))
	if !strings.Contains(report, "ng refs/heads/x") {
		t.Errorf("a commit of a tree that was not sent: %q", report)
	}
	// No object at all comes with this one.
	report, _, _ = h.push(request(capabilities, string(new(packscantest.Builder).Pack()), zero+" "+one+" refs/heads/x"))
	if report != "unpack ok\nng refs/heads/x missing necessary objects\n" {
		t.Errorf("a commit that was not sent: %q", report)
	}
	// Nor is a base of theirs to be completed from.
	var thin packscantest.Builder
	blob := plumbing.ComputeHash(plumbing.BlobObject, []byte("secret"))
	thin.RefDelta(blob, packscantest.Delta(6, 6, packscantest.CopyFirst(6)))
	report, _, _ = h.push(request(capabilities, string(thin.Pack()), zero+" "+blob.String()+" refs/tags/x"))
	if !strings.Contains(report, "ng refs/tags/x unpacker error") {
		t.Errorf("a delta to what another has: %q", report)
	}
	if h.refs() != "" {
		t.Errorf("refs %q", h.refs())
	}
}

// Who pushed is who was authenticated, whoever the commits say wrote them.
func TestPusherIsRecorded(t *testing.T) {
	h := newHost(t)
	one := h.commit("one") // by a@example.org
	session := &gitserver.Session{Repository: h.repo, Actor: "bob", Transport: "ssh", Stateless: true, MayPush: func(context.Context, bool) error { return nil }}
	if _, _, err := h.pushAs(session, request(capabilities, h.pack("main"), zero+" "+one+" refs/heads/main")); err != nil {
		t.Fatal(err)
	}
	if n := h.number("SELECT COUNT(*) FROM push WHERE actor = 'bob' AND transport = 'ssh' AND accepted"); n != 1 {
		t.Errorf("%d pushes are recorded as bob's", n)
	}
}

// Push options come to the hook byte for byte.
func TestPushOptionsAreDelivered(t *testing.T) {
	h := newHost(t)
	one := h.commit("one")
	options := []string{"número=1.4;x", `a "b" $(c) \d`, "", "same", "same"}
	body := request(capabilities+" push-options", "", zero+" "+one+" refs/heads/main")
	for _, o := range options {
		body += fmt.Sprintf("%04x%s", len(o)+4, o)
	}
	if _, _, err := h.push(body + "0000" + h.pack("main")); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprintf("%q", h.judge.options) != fmt.Sprintf("%q", options) {
		t.Errorf("got %q, want %q", h.judge.options, options)
	}
}

// Bad options are told of in the report, where git shows them, and nothing moves.
func TestBadPushOptionIsReported(t *testing.T) {
	h := newHost(t)
	one := h.commit("one")
	body := request(capabilities+" push-options", "", zero+" "+one+" refs/heads/main") + "0009a\x1b[0m" + "0000" + h.pack("main")
	report, _, err := h.push(body)
	want := `the push option "a\x1b[0m" is not plain text`
	if err == nil || report != "unpack protocol error: "+want+"\nng refs/heads/main unpacker error\n" || h.refs() != "" {
		t.Errorf("%q, %v, refs %q", report, err, h.refs())
	}
}
