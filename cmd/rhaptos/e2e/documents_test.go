package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"mvdan.cc/sh/v3/syntax"

	"github.com/rhaptos/rhaptos/docs/fence"
)

// TestDocuments runs the shell commands of every document from top to bottom, and
// writes the files that it says to create, as its reader does. Only the addresses
// and the folder of the examples are replaced by those of the test. Commands that
// follow "output" blocks must have printed them. What a document takes for granted is
// set up by a script in testdata/documents. Blocks marked "norun" are parsed by
// TestDocumentedCommandsParse.
func TestDocuments(t *testing.T) {
	t.Parallel()
	documents, err := fence.Documents(os.DirFS(filepath.Join("..", "..", "..")))
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range documents {
		if slices.ContainsFunc(doc.Blocks, func(b fence.Block) bool { return b.Language == "sh" && b.NoRun == "" }) {
			t.Run(doc.Path, func(t *testing.T) {
				t.Parallel()
				openDocument(t, doc.Path).follow(doc.Blocks)
			})
		}
	}
}

// reader carries out a document. There are two users, ann and bob, each with a
// home folder and an SSH key. Commands are ann's if their block does not say
// otherwise; commands without SSH are carried out on the server's machine.
type reader struct {
	t       *testing.T
	dir     string            // holds the homes
	url     string            // of the server
	ssh     string            // HOST:PORT
	folder  map[string]string // where a user is
	printed string            // by the commands since the last block
}

// openDocument starts a server and runs the set-up script of a document.
func openDocument(t *testing.T, path string) *reader {
	t.Helper()
	r := &reader{t: t, dir: t.TempDir(), folder: map[string]string{}}
	s := start(t, filepath.Join(r.dir, "data"))
	r.url, r.ssh = s.url, s.ssh
	ssh, err := exec.LookPath("ssh")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"bin/ssh":     "#!/bin/sh\nexec " + ssh + ` -F /dev/null -i "$HOME/.ssh/id_ed25519" -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "$@"` + "\n",
		"bin/askpass": "#!/bin/sh\ncase $1 in Username*) basename \"$HOME\" ;; *) cat \"$HOME/token\" ;; esac\n",
	}
	writeFiles(t, r.dir, files)
	for name := range files {
		if err := os.Chmod(filepath.Join(r.dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, user := range []string{"ann", "bob"} {
		r.folder[user] = filepath.Join(r.dir, user)
		r.run(user, `mkdir -p "$HOME/.ssh" && ssh-keygen -q -t ed25519 -N '' -f "$HOME/.ssh/id_ed25519" && cp "$HOME/.ssh/id_ed25519.pub" "$HOME/../`+user+`.pub"`)
	}
	r.run("ann", `cp ../*.pub . && mkdir bin && ln -s "$(command -v rhaptos)" bin/rhaptos`)
	setup := filepath.Join("testdata", "documents", strings.ReplaceAll(strings.TrimSuffix(path, ".md"), "/", "-")+".sh")
	script, err := os.ReadFile(setup)
	if err != nil {
		t.Fatalf("%s has commands and no set-up: %v", path, err)
	}
	r.run("ann", string(script))
	return r
}

var (
	createFile = regexp.MustCompile("(?:Create|[Ww]rite) [^`]*`([\\w.][\\w./-]*)`")
	serves     = regexp.MustCompile(`^(?:bin/)?rhaptos (?:.* )?(?:serve|--serve)\b`)
)

// follow does what the blocks say.
func (r *reader) follow(blocks []fence.Block) {
	for _, b := range blocks {
		user := b.As
		if user == "" {
			user = "ann"
		}
		switch create := createFile.FindStringSubmatch(b.Before); {
		case b.Language == "output":
			for line := range strings.Lines(r.replace(b.Text)) {
				if !strings.Contains(r.printed, strings.TrimSpace(line)) {
					r.t.Errorf("%s: %q was not printed:\n%s", b, line, r.printed)
				}
			}
		case b.Language == "sh" && b.NoRun == "":
			r.printed = ""
			for _, s := range statements(r.t, b) {
				r.statement(user, s)
			}
		case b.Language != "sh" && create != nil:
			writeFiles(r.t, r.folder[user], map[string]string{create[1]: r.replace(b.Text)})
		}
	}
}

// shellStatement is a statement of a shell script, as it stands there.
type shellStatement struct {
	text       string
	background bool
}

func statements(t *testing.T, b fence.Block) (all []shellStatement) {
	t.Helper()
	file, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(b.Text), b.Document)
	if err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	for _, s := range file.Stmts {
		text := b.Text[s.Pos().Offset():s.End().Offset()]
		all = append(all, shellStatement{strings.TrimSuffix(text, "&"), s.Background})
	}
	return all
}

func (r *reader) statement(user string, s shellStatement) {
	r.t.Helper()
	if serves.MatchString(s.text) && !strings.Contains(s.text, "--help") {
		r.serve(user, s)
		return
	}
	r.run(user, r.replace(s.text))
}

// replace replaces what stands for the server and its folder in the examples.
func (r *reader) replace(text string) string {
	_, port, _ := strings.Cut(r.ssh, ":")
	return strings.NewReplacer(
		"http://127.0.0.1:8080", r.url, "https://books.example", r.url,
		"-p 2222 git@books.example", "-p "+port+" git@127.0.0.1",
		"git@books.example:2222", "git@"+r.ssh, "git@127.0.0.1:2222", "git@"+r.ssh,
		"/var/lib/rhaptos", filepath.Join(r.dir, "var"),
	).Replace(text)
}

// run runs a script where the user is, and remembers where it ends.
func (r *reader) run(user, script string) {
	r.t.Helper()
	cmd := r.command(user, script+"\npwd > \"$HOME/.folder\"\n")
	cmd.Env = append(cmd.Env, "RHAPTOS_DATA="+filepath.Join(r.dir, "data"))
	out, err := cmd.CombinedOutput()
	r.printed += string(out)
	if err != nil {
		r.t.Fatalf("%s\n%v\n%s", script, err, out)
	}
	home := filepath.Join(r.dir, user)
	if token := tokenForm.Find(out); token != nil {
		writeFiles(r.t, home, map[string]string{"token": string(token)})
	}
	folder, err := os.ReadFile(filepath.Join(home, ".folder"))
	if err != nil {
		r.t.Fatal(err)
	}
	r.folder[user] = strings.TrimSpace(string(folder))
}

func (r *reader) command(user, script string) *exec.Cmd {
	home := filepath.Join(r.dir, user)
	if err := os.MkdirAll(home, 0o700); err != nil {
		r.t.Fatal(err)
	}
	setup, err := filepath.Abs(filepath.Join("testdata", "documents"))
	if err != nil {
		r.t.Fatal(err)
	}
	cmd := exec.Command("sh", "-eu", "-c", script)
	cmd.Dir = r.folder[user]
	cmd.Env = append(append(os.Environ(), gitEnvironment()...),
		"HOME="+home, "PATH="+filepath.Join(r.dir, "bin")+":"+os.Getenv("PATH"), "GIT_ASKPASS="+filepath.Join(r.dir, "bin", "askpass"),
		"GIT_AUTHOR_NAME="+user, "RHAPTOS_HTTP=127.0.0.1:0", "RHAPTOS_SSH=127.0.0.1:0",
		"SETUP="+setup, "URL="+r.url, "LIBRARY="+filepath.Join(r.dir, "var"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

var servingAt = regexp.MustCompile(`serving (http://[0-9.:]+)`)

// serve runs a server, or a preview, on ports of its own until it serves. In the
// background it stays; the example's addresses are its addresses then.
func (r *reader) serve(user string, s shellStatement) {
	r.t.Helper()
	text := strings.NewReplacer("127.0.0.1:8080", "127.0.0.1:0", "127.0.0.1:2222", "127.0.0.1:0", "--ssh :2222", "--ssh 127.0.0.1:0",
		"/var/lib/rhaptos", filepath.Join(r.dir, "var")).Replace(s.text)
	if strings.Contains(text, "--serve") {
		defer lockPreviewPort(r.t)()
	}
	cmd := r.command(user, "exec "+text)
	out := &record{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stop := func() {
		cmd.Process.Signal(os.Interrupt)
		if err := <-ended; err != nil {
			r.t.Errorf("%s: Ctrl-C: %v\n%s", text, err, out)
		}
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if found := servingAt.FindStringSubmatch(out.String()); found != nil {
			if s.background {
				r.url = found[1]
				r.t.Cleanup(stop)
			} else {
				stop()
			}
			return
		}
		select {
		case err := <-ended:
			r.t.Fatalf("%s: %v\n%s", text, err, out)
		default:
		}
		if time.Now().After(deadline) {
			cmd.Process.Kill()
			r.t.Fatalf("%s does not serve\n%s", text, out)
		}
	}
}

// lockPreviewPort keeps the port of previews for the caller, on this machine.
func lockPreviewPort(t *testing.T) (unlock func()) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(os.TempDir(), "rhaptos-test-port-4000"), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", f.Name(), err))
	}
	return func() { f.Close() }
}
