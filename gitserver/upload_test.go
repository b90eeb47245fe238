package gitserver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/fetchcache"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/pktline"
)

// newShelf is a host whose repository has a history: main with two commits and
// an annotated tag, a branch draft, and the commit of a branch that was deleted.
// Every git process that it starts is noted in calls.
func newShelf(t *testing.T) (h *host, calls func() []string) {
	t.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	bin, log := t.TempDir(), filepath.Join(t.TempDir(), "log")
	script := fmt.Sprintf("#!/bin/sh\necho $$ \"$@\" >>%s\nexec %s \"$@\"\n", log, git)
	if err := os.WriteFile(filepath.Join(bin, "git"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	path := os.Getenv("PATH")
	t.Setenv("PATH", bin+":"+path)
	h = newHost(t)
	h.reserve(t)
	t.Setenv("PATH", path)
	h.commit("one")
	h.git(nil, "branch", "draft")
	h.commit("two")
	h.git(nil, "tag", "-a", "-m", "a tag", "v1")
	h.git(nil, "tag", "-a", "-m", "a tag of a tag", "v2", "v1")
	h.git(nil, "checkout", "-q", "-b", "gone")
	h.commit("secret")
	h.git(nil, "checkout", "-q", "main")
	h.must(request(capabilities, h.pack("main", "gone", "v2"),
		h.create("refs/heads/main"), h.create("refs/heads/draft"), h.create("refs/heads/gone"), h.create("refs/tags/v1"), h.create("refs/tags/v2")))
	h.must(request(capabilities, "", h.id("gone")+" "+zero+" refs/heads/gone"))
	return h, func() []string {
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		os.Truncate(log, 0)
		return strings.Split(strings.TrimSpace(string(text)), "\n")
	}
}

func (h *host) id(rev string) string      { return h.git(nil, "rev-parse", rev) }
func (h *host) create(name string) string { return zero + " " + h.id(name) + " " + name }

func (h *host) must(body string) {
	h.t.Helper()
	if report, said, err := h.push(body); err != nil || strings.Contains(report, "ng ") {
		h.t.Fatalf("%q, %q, %v", report, said, err)
	}
}

// wire turns lines into packets; F and D stand for flush and delimiter.
func wire(lines ...string) string {
	var b []byte
	for _, l := range lines {
		switch l {
		case "F":
			b = pktline.AppendSpecial(b, pktline.Flush)
		case "D":
			b = pktline.AppendSpecial(b, pktline.Delim)
		default:
			b = pktline.Append(b, l)
		}
	}
	return string(b)
}

// fetch sends one request as over HTTP.
func (h *host) fetch(protocol, body string) (string, error) {
	var out bytes.Buffer
	f := &gitserver.Fetch{Repository: h.repo, Client: "ann", Protocol: protocol, Stateless: true}
	err := h.server.UploadPack(h.t.Context(), f, strings.NewReader(body), &out)
	return out.String(), err
}

// native has git itself answer a request, over the mirror.
func (h *host) native(protocol, body string, options ...string) string {
	h.t.Helper()
	dir, err := h.store.Mirror(h.t.Context(), h.repo)
	if err != nil {
		h.t.Fatal(err)
	}
	cmd := exec.Command("git", append(append([]string{"upload-pack"}, options...), dir)...)
	cmd.Env = append(os.Environ(), "GIT_PROTOCOL="+protocol)
	cmd.Stdin = strings.NewReader(body)
	out, err := cmd.Output()
	if err != nil {
		h.t.Fatalf("git upload-pack: %v", err)
	}
	return string(out)
}

// What ls-refs says is what git says, byte for byte, without asking it.
func TestLsRefsIsAsGitHasIt(t *testing.T) {
	h, calls := newShelf(t)
	check := func(what string) {
		t.Helper()
		for _, args := range [][]string{
			{}, {"peel"}, {"symrefs"}, {"unborn"}, {"symrefs", "unborn"}, {"peel", "symrefs", "unborn"},
			{"peel", "ref-prefix refs/tags/"}, {"symrefs", "ref-prefix HEAD"}, {"ref-prefix H", "ref-prefix refs/heads/main"},
			{"ref-prefix refs/heads/d", "ref-prefix refs/heads/", "ref-prefix refs/heads/m"}, {"ref-prefix none"}, {"ref-prefix "},
			{"symrefs\n", "unborn\n", "ref-prefix refs/heads/\n"},
		} {
			body := wire(append(append([]string{"command=ls-refs\n", "object-format=sha1", "D"}, args...), "F")...)
			want := h.native("version=2", body, "--stateless-rpc")
			calls()
			got, err := h.fetch("version=2", body)
			if err != nil || got != want {
				t.Errorf("%s, %q:\n%q, %v\nwant\n%q", what, args, got, err, want)
			}
			if started := calls(); started[0] != "" {
				t.Errorf("%s, %q: started %q", what, args, started)
			}
		}
	}
	check("with refs")
	other, err := h.store.Create(t.Context(), "ann", "empty", false)
	if err != nil {
		t.Fatal(err)
	}
	full := h.repo
	h.repo = other
	check("without refs")
	h.repo = full
	h.must(request(capabilities, "", h.id("draft")+" "+zero+" refs/heads/draft"))
	check("after a deletion")
}

// The advertised refs are git's too; the capabilities are those that we honour.
func TestAdvertisementIsAsGitHasIt(t *testing.T) {
	h, calls := newShelf(t)
	refs := func(s string) (lines []string) {
		for line := range strings.Lines(strip(s)) {
			name, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\x00")
			lines = append(lines, name)
		}
		return lines
	}
	words := func(s string) []string {
		_, list, _ := strings.Cut(s, "\x00")
		list, _, _ = strings.Cut(list, "\n")
		words := strings.Fields(list)
		slices.Sort(words)
		return words
	}
	for _, protocol := range []string{"", "version=1"} {
		native := h.native(protocol, "", "--http-backend-info-refs")
		calls()
		var b bytes.Buffer
		if err := h.server.AdvertiseUpload(t.Context(), h.repo, protocol, &b); err != nil {
			t.Fatal(err)
		}
		if started := calls(); started[0] != "" {
			t.Errorf("%s: started %q", protocol, started)
		}
		if got, want := refs(b.String()), refs(native); !slices.Equal(got, want) {
			t.Errorf("%s: %q\nwant %q", protocol, got, want)
		}
		want := "agent=rhaptos/test allow-reachable-sha1-in-want allow-tip-sha1-in-want deepen-not deepen-relative deepen-since filter include-tag" +
			" multi_ack multi_ack_detailed no-done no-progress object-format=sha1 ofs-delta shallow side-band side-band-64k symref=HEAD:refs/heads/main thin-pack"
		if got := words(b.String()); strings.Join(got, " ") != want {
			t.Errorf("%s: capabilities %q\nwant %s", protocol, got, want)
		}
		for _, w := range words(native) {
			if !strings.HasPrefix(w, "agent=") && !strings.Contains(want, w) {
				t.Errorf("git has %s, we have not", w)
			}
		}
	}
	var b bytes.Buffer
	if err := h.server.AdvertiseUpload(t.Context(), h.repo, "version=2", &b); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), wire("version 2\n", "agent=rhaptos/test\n", "ls-refs=unborn\n",
		"fetch=shallow wait-for-done filter ref-in-want sideband-all\n", "server-option\n", "object-format=sha1\n", "object-info=size\n", "F"); got != want {
		t.Errorf("version 2: %q\nwant %q", got, want)
	}
	empty, err := h.store.Create(t.Context(), "ann", "empty", false)
	if err != nil {
		t.Fatal(err)
	}
	b.Reset()
	if err := h.server.AdvertiseUpload(t.Context(), empty, "", &b); err != nil {
		t.Fatal(err)
	}
	if got := refs(b.String()); len(got) != 1 || got[0] != zero+" capabilities^{}" || strings.Contains(b.String(), "symref") {
		t.Errorf("an empty repository: %q", b.String())
	}
}

// wants is a request for an object, without haves, in a version.
func wants(protocol, id string, more ...string) string {
	if protocol == "version=2" {
		return wire(append(append([]string{"command=fetch", "D", "no-progress", "want " + id}, more...), "done", "F")...)
	}
	return wire(append(append([]string{"want " + id + " side-band-64k no-progress filter\n"}, more...), "F", "done\n")...)
}

// U2: what no visible ref leads to is refused in every version of the protocol,
// over HTTP and over an open connection; what one leads to can be had by its id.
func TestWantsMustBeReachable(t *testing.T) {
	h, _ := newShelf(t)
	dialogue := func(protocol, body string) (string, error) {
		var out bytes.Buffer
		err := h.server.UploadPack(t.Context(), &gitserver.Fetch{Repository: h.repo, Client: "ann", Protocol: protocol}, strings.NewReader(body), &out)
		_, after, ok := strings.Cut(out.String(), "0000")
		if !ok {
			t.Fatalf("no refs before the answer: %q", out.String())
		}
		return after, err
	}
	if out := h.native("version=2", wants("version=2", h.id("gone")), "--stateless-rpc"); !strings.Contains(out, "PACK") {
		t.Fatal("git has learned to refuse: ", out)
	}
	other, err := h.store.Create(t.Context(), "ann", "empty", false)
	if err != nil {
		t.Fatal(err)
	}
	full := h.repo
	for _, protocol := range []string{"", "version=1", "version=2"} {
		for over, fetch := range map[string]func(string, string) (string, error){"http": h.fetch, "ssh": dialogue} {
			for what, id := range map[string]string{
				"tip": h.id("main"), "tag": h.id("v1"), "tag of a tag": h.id("v2"), "history": h.id("main~1"),
				"tree": h.id("main^{tree}"), "blob": h.id("main:one"),
			} {
				out, err := fetch(protocol, wants(protocol, id))
				if err != nil || !strings.Contains(out, "PACK") || !strings.HasSuffix(out, "0000") {
					t.Errorf("%s %s, %s: %q, %v", protocol, over, what, out, err)
				}
				h.repo = other
				out, err = fetch(protocol, wants(protocol, id))
				h.repo = full
				if !errors.Is(err, gitserver.ErrRefused) || !strings.Contains(out, "ERR upload-pack: not our ref "+id) {
					t.Errorf("%s %s, %s of another repository: %q, %v", protocol, over, what, out, err)
				}
			}
			for what, id := range map[string]string{
				"deleted branch": h.id("gone"), "its tree": h.id("gone^{tree}"), "its blob": h.id("gone:secret"),
				"never there": strings.Repeat("1", 40), "zero": zero,
			} {
				out, err := fetch(protocol, wants(protocol, id))
				if !errors.Is(err, gitserver.ErrRefused) || strings.Contains(out, "PACK") || !strings.Contains(out, "ERR upload-pack: not our ref "+id+"\n") {
					t.Errorf("%s %s, %s: %q, %v", protocol, over, what, out, err)
				}
			}
		}
	}
	// What a push brings back can be had again at once.
	h.must(request(capabilities, h.pack("gone", "^gone"), h.create("refs/heads/gone")))
	if out, err := h.fetch("version=2", wants("version=2", h.id("gone:secret"))); err != nil || !strings.Contains(out, "PACK") {
		t.Errorf("after the branch is back: %q, %v", out, err)
	}
}

func TestFetchRefusals(t *testing.T) {
	h, calls := newShelf(t)
	main := h.id("main")
	calls()
	for _, c := range []struct{ name, protocol, body, want string }{
		{"sparse filter", "version=2", wants("version=2", main, "filter sparse:oid="+main), "use blob:none, blob:limit=N or tree:N"},
		{"nested filter", "version=2", wants("version=2", main, "filter combine:tree:1+combine:blob:none+tree:2"), "use blob:none, blob:limit=N or tree:N"},
		{"type filter", "version=2", wants("version=2", main, "filter object:type=tree"), "use blob:none, blob:limit=N or tree:N"},
		{"sparse filter", "", wants("", main, "filter sparse:oid="+main), "use blob:none, blob:limit=N or tree:N"},
		{"nested filter", "version=1", wants("version=1", main, "filter combine:tree:1+combine%3Ablob%3Anone"), "use blob:none, blob:limit=N or tree:N"},
		{"many filters", "version=2", wants("version=2", main, "filter combine:tree:1"+strings.Repeat("+tree:1", 16)), "use blob:none, blob:limit=N or tree:N"},
		{"no filter", "version=2", wants("version=2", main, "filter combine:"), "use blob:none, blob:limit=N or tree:N"},
		{"unknown ref", "version=2", wire("command=fetch", "D", "want-ref refs/heads/gone", "done", "F"), `unknown ref "refs/heads/gone"`},
		{"unknown boundary", "version=2", wants("version=2", main, "deepen-not gone"), `deepen-not is not a ref: "gone"`},
		{"unknown boundary", "", wants("", main, "deepen-not gone"), `deepen-not is not a ref: "gone"`},
		{"two boundaries", "version=2", wants("version=2", main, "deepen 1", "deepen-since 1"), "cannot be used together"},
		{"other format", "version=2", wire("command=fetch", "object-format=sha256", "D", "want "+main, "done", "F"), "mismatched object format"},
		{"unknown command", "version=2", wire("command=push", "F"), "unknown command"},
		{"no packets", "version=2", "GET / HTTP", "malformed pkt-line"},
		{"no packets", "", "GET / HTTP", "malformed pkt-line"},
		{"H7: length 3", "version=2", "0003", "malformed pkt-line"},
		{"H7: longest length", "version=2", "ffff", "malformed pkt-line"},
		{"H7: too many lines", "version=2", wire("command=fetch", "D") + strings.Repeat(wire("thin-pack"), 250_001), "more than 250000 lines"},
		{"H7: too many bytes", "version=2", strings.Repeat(wire("agent="+strings.Repeat("x", 65_000)), 200), "more than 10485760 bytes"},
		{"H7: a million haves", "", wire("want "+main+"\n", "F") + strings.Repeat(wire("have "+main+"\n"), 250_001), "more than"},
	} {
		out, err := h.fetch(c.protocol, c.body)
		if !errors.Is(err, gitserver.ErrRefused) || !strings.HasPrefix(out[min(4, len(out)):], "ERR upload-pack: ") || !strings.Contains(out, c.want) || strings.ContainsAny(out, "\x00\x1b") {
			t.Errorf("%s, %q: %q, %v; want %s", c.name, c.protocol, out, err, c.want)
		}
	}
	if started := calls(); started[0] != "" {
		t.Errorf("git was asked: %q", started)
	}
	for _, nothing := range []string{"", "0000"} {
		for _, protocol := range []string{"", "version=1", "version=2"} {
			if out, err := h.fetch(protocol, nothing); out != "" || err != nil {
				t.Errorf("%q, %q: %q, %v", protocol, nothing, out, err)
			}
		}
	}
}

// What git finds out only when it has begun is told too, in every version, and does
// not make the mirror suspect.
func TestLateRefusals(t *testing.T) {
	h, _ := newShelf(t)
	main, blob := h.id("main"), h.id("main:one")
	for _, protocol := range []string{"", "version=1", "version=2"} {
		for what, body := range map[string]string{
			"no commits selected for shallow requests": wants(protocol, main, "deepen-since 4000000000"),
			"invalid shallow object " + blob:           wants(protocol, main, "shallow "+blob, "deepen 1"),
		} {
			out, err := h.fetch(protocol, body)
			if !errors.Is(err, gitserver.ErrRefused) || !strings.HasSuffix(out, "ERR upload-pack: "+what+"\n") {
				t.Errorf("%q, %s: %q, %v", protocol, what, out, err)
			}
		}
		// And what is cached of it is nothing: the same asked for right is had.
		if out, err := h.fetch(protocol, wants(protocol, main, "deepen 1")); err != nil || !strings.Contains(out, "PACK") {
			t.Errorf("%q: %.100q, %v", protocol, out, err)
		}
	}
}

// A server option is taken, and makes no difference; filters that are combined are
// the same whatever their order.
func TestOptionsAndFilters(t *testing.T) {
	h, _ := newShelf(t)
	main := h.id("main")
	plain := wire("command=fetch", "D", "want "+main, "done", "F")
	with := wire("command=fetch", "server-option=x", "server-option=y=z", "D", "want "+main, "done", "F")
	a, err := h.fetch("version=2", plain)
	b, oerr := h.fetch("version=2", with)
	if err != nil || oerr != nil || a != b || !strings.Contains(a, "PACK") {
		t.Errorf("%.100q, %v; %.100q, %v", a, err, b, oerr)
	}
	for _, filter := range []string{"combine:tree:1+blob:none", "combine:blob%3Anone+tree%3a1", "combine:tree:1+blob:none+tree:1"} {
		out, err := h.fetch("version=2", wants("version=2", main, "filter "+filter))
		want, werr := h.fetch("version=2", wants("version=2", main, "filter combine:blob:none+tree:1"))
		if err != nil || werr != nil || out != want || len(out) >= len(a) || !strings.Contains(out, "PACK") {
			t.Errorf("%s: %.100q, %v; want %.100q, %v", filter, out, err, want, werr)
		}
	}
}

// A name in want-ref brings the ref's value with it, in the place where clients
// look for it, and HEAD is a name.
func TestWantRef(t *testing.T) {
	h, _ := newShelf(t)
	main, draft := h.id("main"), h.id("draft")
	for _, c := range []struct {
		args []string
		want string // up to the pack
	}{
		{[]string{"want-ref refs/heads/draft", "done"}, wire("wanted-refs\n", draft+" refs/heads/draft\n", "D", "packfile\n")},
		{[]string{"want-ref HEAD", "want-ref refs/heads/main", "deepen 1", "done"},
			wire("shallow-info\n", "shallow "+main, "D", "wanted-refs\n", main+" HEAD\n", main+" refs/heads/main\n", "D", "packfile\n")},
		{[]string{"want-ref HEAD", "sideband-all", "done"}, wire("\x01wanted-refs\n", "\x01"+main+" HEAD\n", "D", "\x01packfile\n")},
		{[]string{"want-ref HEAD", "have " + draft}, wire("acknowledgments\n", "ACK "+draft+"\n", "ready\n", "D", "wanted-refs\n", main+" HEAD\n", "D", "packfile\n")},
	} {
		out, err := h.fetch("version=2", wire(append(append([]string{"command=fetch", "D"}, c.args...), "F")...))
		if !strings.HasPrefix(out, c.want) || !strings.Contains(out, "PACK") || err != nil {
			t.Errorf("%q: %.400q, %v\nwant %q", c.args, out, err, c.want)
		}
	}
}

func TestObjectInfo(t *testing.T) {
	h, calls := newShelf(t)
	blob, commit := h.id("main:one"), h.id("main")
	ask := func(args ...string) string {
		return wire(append(append([]string{"command=object-info", "D"}, args...), "F")...)
	}
	known := ask("size", "oid "+blob, "oid "+commit, "oid "+strings.Repeat("1", 40), "oid "+h.id("v1"))
	if got, err := h.fetch("version=2", known); err != nil || got != h.native("version=2", known, "--stateless-rpc") {
		t.Errorf("%q, %v", got, err)
	}
	// What no ref leads to is as good as not there, asked for a size or for nothing.
	secret := h.id("gone:secret")
	if got, err := h.fetch("version=2", ask("oid "+secret, "oid "+blob, "oid "+strings.Repeat("1", 40))); err != nil || got != wire(secret+" ", blob, strings.Repeat("1", 40)+" ", "F") {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := h.fetch("version=2", ask("size", "oid "+secret)); err != nil || got != wire("size", secret+" ", "F") {
		t.Errorf("%q, %v", got, err)
	}
	calls()
	if got, err := h.fetch("version=2", ask("oid "+blob)); err != nil || got != wire(blob, "F") {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := h.fetch("version=2", ask("size")); err != nil || got != "0000" {
		t.Errorf("%q, %v", got, err)
	}
	if started := calls(); started[0] != "" {
		t.Errorf("git was asked: %q", started)
	}
}

// uploads are the calls of git upload-pack among calls.
func uploads(calls []string) int {
	n := 0
	for _, c := range calls {
		if strings.Contains(c, " upload-pack ") {
			n++
		}
	}
	return n
}

// The same request is answered by git once, whoever asks, over HTTP and SSH,
// whatever the client calls itself; another version of the refs is another
// answer.
func TestAnswersAreKept(t *testing.T) {
	h, calls := newShelf(t)
	main := h.id("main")
	body := func(agent string) string {
		return wire("command=fetch", "agent="+agent, "session-id="+agent, "D", "no-progress", "want "+main, "done", "F")
	}
	first, err := h.fetch("version=2", body("git/1"))
	if err != nil {
		t.Fatal(err)
	}
	calls()
	again, err := h.fetch("version=2", body("git/2"))
	if err != nil || again != first {
		t.Errorf("not the same answer, %v", err)
	}
	var out bytes.Buffer
	if err := h.server.UploadPack(t.Context(), &gitserver.Fetch{Repository: h.repo, Client: "bob", Protocol: "version=2"}, strings.NewReader(body("ssh")), &out); err != nil || !strings.HasSuffix(out.String(), first) {
		t.Errorf("over SSH not the same answer, %v", err)
	}
	if n := uploads(calls()); n != 0 {
		t.Errorf("git was asked %d times", n)
	}
	// Over a connection that tells lengths, it is told.
	w := &whole{}
	if err := h.server.UploadPack(t.Context(), &gitserver.Fetch{Repository: h.repo, Client: "bob", Protocol: "version=2", Stateless: true}, strings.NewReader(body("x")), w); err != nil || w.size != int64(len(first)) || w.String() != first {
		t.Errorf("whole: %d bytes, %v", w.size, err)
	}
	for what, other := range map[string]string{
		"with haves":  wire("command=fetch", "D", "no-progress", "want "+main, "have "+h.id("main~1"), "done", "F"),
		"with a tag":  wire("command=fetch", "D", "no-progress", "include-tag", "want "+main, "done", "F"),
		"shallow":     wire("command=fetch", "D", "no-progress", "want "+main, "deepen 1", "done", "F"),
		"negotiation": wire("command=fetch", "D", "no-progress", "want "+main, "have "+h.id("main~1"), "F"),
	} {
		if out, err := h.fetch("version=2", other); err != nil || out == first {
			t.Errorf("%s: the same answer, %v", what, err)
		}
		if n := uploads(calls()); n != 1 {
			t.Errorf("%s: git was asked %d times", what, n)
		}
	}
	if out, err := h.fetch("", wants("", main)); err != nil || !strings.Contains(out, "NAK") || out == first {
		t.Errorf("version 0: %q, %v", out, err)
	}
	h.must(request(capabilities, "", h.id("draft")+" "+zero+" refs/heads/draft"))
	calls()
	if _, err := h.fetch("version=2", body("git/1")); err != nil || uploads(calls()) != 1 {
		t.Errorf("an answer of before the push, %v", err)
	}
	h.server.Purge(h.repo.ID)
	if _, err := h.fetch("version=2", body("git/1")); err != nil || uploads(calls()) != 1 {
		t.Errorf("an answer of before the purge, %v", err)
	}
}

type whole struct {
	bytes.Buffer
	size int64
}

func (w *whole) WriteWhole(file io.Reader, size int64) error {
	w.size = size
	_, err := w.ReadFrom(file)
	return err
}

// U1: many who clone the same at once are one git process.
func TestEqualClonesShareAProcess(t *testing.T) {
	h, calls := newShelf(t)
	body := wants("version=2", h.id("main"))
	calls()
	const clones = 64
	var wg sync.WaitGroup
	out := make([]string, clones)
	errs := make([]error, clones)
	for i := range clones {
		wg.Go(func() { out[i], errs[i] = h.fetch("version=2", body) })
	}
	wg.Wait()
	for i := range clones {
		if errs[i] != nil || out[i] != out[0] || !strings.Contains(out[i], "PACK") {
			t.Fatalf("clone %d: %v", i, errs[i])
		}
	}
	if n := uploads(calls()); n != 1 {
		t.Errorf("git was started %d times", n)
	}
}

// stall replaces the git of a host by one that does not end by itself once it
// has answered; it tells the process ids of those that have got so far.
func stall(t *testing.T, h *host) (pids func() []int) {
	t.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	bin, log := t.TempDir(), filepath.Join(t.TempDir(), "log")
	script := fmt.Sprintf("#!/bin/sh\ncase \"$*\" in *upload-*|*rev-list*) ;; *) exec %[1]s \"$@\";; esac\n%[1]s \"$@\"\necho $$ >>%[2]s\nexec sleep 1000\n", git, log)
	if err := os.WriteFile(filepath.Join(bin, "git"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	path := os.Getenv("PATH")
	t.Setenv("PATH", bin+":"+path)
	h.reserve(t)
	t.Setenv("PATH", path)
	return func() (list []int) {
		text, _ := os.ReadFile(log)
		for _, word := range strings.Fields(string(text)) {
			pid, err := strconv.Atoi(word)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, pid)
		}
		return list
	}
}

// reserve makes the server anew, with the git that is first on the path.
func (h *host) reserve(t *testing.T) {
	t.Helper()
	var err error
	if h.config.Git, err = gitexec.Find(t.Context()); err != nil {
		t.Fatal(err)
	}
	if h.config.Cache, err = fetchcache.Open(filepath.Join(t.TempDir(), "fetch"), 64<<20); err != nil {
		t.Fatal(err)
	}
	h.serve(h.config)
}

// until waits for f to hold.
func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	for range 1000 {
		if f() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("it did not happen that %s", what)
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

// U3: a client that goes away, over HTTP or SSH, in whatever it does, leaves no
// process behind; one of two that share a process leaves it to the other.
func TestClientGoneLeavesNoProcess(t *testing.T) {
	h, _ := newShelf(t)
	pids := stall(t, h)
	n := 0
	begin := func(f *gitserver.Fetch, body string, serve func(context.Context, *gitserver.Fetch, io.Reader, io.Writer) error) (leave func()) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- serve(ctx, f, strings.NewReader(body), io.Discard) }()
		return func() {
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
		}
	}
	for what, c := range map[string]struct {
		protocol  string
		stateless bool
		body      string
	}{
		"kept":        {"version=2", true, wants("version=2", h.id("main"))},
		"kept, SSH":   {"version=2", false, wants("version=2", h.id("draft"))},
		"not kept":    {"version=2", true, wire("command=fetch", "D", "want "+h.id("main"), "have "+h.id("main~1"), "F")},
		"version 0":   {"", true, wants("", h.id("main"))},
		"dialogue":    {"", false, wants("", h.id("main"))},
		"the objects": {"version=2", true, wants("version=2", h.id("main:one"))},
	} {
		f := &gitserver.Fetch{Repository: h.repo, Client: "ann", Protocol: c.protocol, Stateless: c.stateless}
		leave := begin(f, c.body, h.server.UploadPack)
		n++
		until(t, what+": git answers", func() bool { return len(pids()) == n })
		leave()
		until(t, what+": git is gone", func() bool { return !alive(pids()[n-1]) })
	}
	leave := begin(&gitserver.Fetch{Repository: h.repo, Client: "ann"}, wire("argument --format=tar", "argument main", "F"), h.server.UploadArchive)
	n++
	until(t, "git makes the archive", func() bool { return len(pids()) == n })
	leave()
	until(t, "git is gone", func() bool { return !alive(pids()[n-1]) })

	f := &gitserver.Fetch{Repository: h.repo, Client: "ann", Protocol: "version=2", Stateless: true}
	first, second := begin(f, wants("version=2", h.id("main")), h.server.UploadPack), begin(f, wants("version=2", h.id("main")), h.server.UploadPack)
	n++
	until(t, "git answers both", func() bool { return len(pids()) == n })
	first()
	if !alive(pids()[n-1]) {
		t.Error("the process ended with the first of two clients")
	}
	second()
	until(t, "git is gone", func() bool { return !alive(pids()[n-1]) })
}

// Over the limits, a client waits and is then told to come again; what needs no
// process is not held up.
func TestFetchLimits(t *testing.T) {
	h, _ := newShelf(t)
	pids := stall(t, h)
	h.config.Limits = gitserver.FetchLimits{All: 2, PerClient: 1, Wait: time.Millisecond}
	h.serve(h.config)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	var wg sync.WaitGroup
	defer wg.Wait()
	serve := func(client string, id string) {
		f := &gitserver.Fetch{Repository: h.repo, Client: client, Protocol: "version=2", Stateless: true}
		wg.Go(func() { h.server.UploadPack(ctx, f, strings.NewReader(wants("version=2", id)), io.Discard) })
	}
	serve("ann", h.id("draft"))
	until(t, "git answers ann", func() bool { return len(pids()) == 1 })
	ask := func(client string, stateless bool, id string) (string, *gitserver.BusyError) {
		t.Helper()
		var out bytes.Buffer
		f := &gitserver.Fetch{Repository: h.repo, Client: client, Protocol: "version=2", Stateless: stateless}
		err := h.server.UploadPack(ctx, f, strings.NewReader(wants("version=2", id)), &out)
		var busy *gitserver.BusyError
		if !errors.As(err, &busy) {
			t.Fatalf("%s: %v", client, err)
		}
		return out.String(), busy
	}
	if out, busy := ask("ann", true, h.id("v1")); out != "" || !busy.Own || busy.RetryAfter < time.Second {
		t.Errorf("%q, %+v", out, busy)
	}
	if out, busy := ask("ann", false, h.id("v1")); !strings.HasSuffix(out, wire("ERR "+busy.Error()+"\n")) {
		t.Errorf("over SSH: %q", out)
	}
	serve("bob", h.id("v1"))
	until(t, "git answers bob", func() bool { return len(pids()) == 2 })
	if _, busy := ask("eve", true, h.id("v2")); busy.Own {
		t.Error("all places are taken, and eve is told that it is her doing")
	}
	var out bytes.Buffer
	if err := h.server.UploadArchive(ctx, &gitserver.Fetch{Repository: h.repo, Client: "eve"}, strings.NewReader(wire("argument main", "F")), &out); err == nil || !strings.Contains(out.String(), "NACK too many fetches") {
		t.Errorf("archive: %q, %v", out.String(), err)
	}
	// Another who wants what bob wants needs no place of his own.
	f := &gitserver.Fetch{Repository: h.repo, Client: "ann", Protocol: "version=2", Stateless: true}
	if err := h.server.UploadPack(t.Context(), f, strings.NewReader(wants("version=2", h.id("v1"))), leaver{}); !errors.Is(err, errSeen) {
		t.Errorf("who joins: %v", err)
	}
	if out, err := h.fetch("version=2", wire("command=ls-refs", "F")); err != nil || out == "" {
		t.Errorf("ls-refs: %q, %v", out, err)
	}
	leave()
	wg.Wait()
	until(t, "there is room again", func() bool {
		f := &gitserver.Fetch{Repository: h.repo, Client: "ann", Protocol: "version=2", Stateless: true}
		err := h.server.UploadPack(t.Context(), f, strings.NewReader(wants("version=2", h.id("v2"))), leaver{})
		return errors.Is(err, errSeen)
	})
}

var errSeen = errors.New("seen")

// leaver is a client that leaves when it has seen something of its answer.
type leaver struct{}

func (leaver) Write(p []byte) (int, error) { return 0, errSeen }

// A client that writes on while it is told an error comes to read it.
func TestARefusedClientIsHeardOut(t *testing.T) {
	h, _ := newShelf(t)
	in, client := io.Pipe()
	written := make(chan error, 1)
	go func() {
		_, err := io.WriteString(client, wants("", zero)+wire("have "+zero, "have "+zero, "F"))
		written <- errors.Join(err, client.Close())
	}()
	var out bytes.Buffer
	err := h.server.UploadPack(t.Context(), &gitserver.Fetch{Repository: h.repo, Client: "ann"}, in, &out)
	in.Close() // as a transport does when it is done
	if !errors.Is(err, gitserver.ErrRefused) || !strings.Contains(out.String(), "ERR ") {
		t.Errorf("%v, %q", err, out.String())
	}
	if err := <-written; err != nil {
		t.Errorf("the client could not write on: %v", err)
	}
}
