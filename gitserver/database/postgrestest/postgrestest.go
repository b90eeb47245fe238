// Package postgrestest starts private PostgreSQL servers for tests.
package postgrestest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Config says what server to start.
type Config struct {
	Durable  bool     // commits survive a crash of the machine, as they shall outside tests; slow
	Settings []string // more of postgresql.conf: "name=value"
}

// Server is a running server, of a cluster of its own in a temporary folder. It
// listens on a socket in that folder, which nobody else may enter, and on
// 127.0.0.1, with a password. It ends with the process that started it.
type Server struct {
	bin, dir string
	config   Config
	port     int
	password string
	process  *exec.Cmd
	ended    chan struct{} // closed when the process has ended
}

// ErrMissing says that PostgreSQL is not installed.
var ErrMissing = errors.New("PostgreSQL is not installed: .ci/install postgresql")

// Programs returns the folder of the newest PostgreSQL on this machine.
func Programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // Debian's
	if err != nil {
		return "", err
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append(found, path)
	}
	if len(found) == 0 {
		return "", ErrMissing
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return len(a) - len(b) + strings.Compare(a, b) })
	return filepath.Dir(newest), nil
}

const owner = "rhaptos" // the superuser

// Start makes a cluster and starts its server.
func Start(ctx context.Context, c Config) (*Server, error) {
	bin, err := Programs()
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, config: c, password: "pw-" + rand.Text()}
	if s.dir, err = os.MkdirTemp("", "rhaptos-pg-"); err != nil {
		return nil, err
	}
	if err = s.create(ctx); err == nil {
		err = s.Start(ctx)
	}
	if err != nil {
		os.RemoveAll(s.dir)
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	return s, nil
}

// create makes the cluster. Its order of texts is that of English, so that a test
// can tell whether ours depends on it.
func (s *Server) create(ctx context.Context) error {
	password := filepath.Join(s.dir, "password")
	if err := os.WriteFile(password, []byte(s.password), 0o600); err != nil {
		return err
	}
	if id := unprivileged(); id != nil {
		for _, path := range []string{s.dir, password} {
			if err := os.Chown(path, int(id.Uid), int(id.Gid)); err != nil {
				return err
			}
		}
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	s.port = port
	return s.run(ctx, "initdb", "-D", s.data(), "-U", owner, "--pwfile", password, "--auth-local=trust", "--auth-host=scram-sha-256",
		"--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en", "--no-sync", "--no-instructions")
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// run runs a program of PostgreSQL's to its end, as the user that owns the cluster.
func (s *Server) run(ctx context.Context, name string, args ...string) error {
	cmd := s.command(ctx, name, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}

func (s *Server) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: unprivileged()}
	return cmd
}

// unprivileged is the user that PostgreSQL runs as when the tests run as root, which
// it refuses.
func unprivileged() *syscall.Credential {
	if os.Geteuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
			gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
			if errors.Join(uidErr, gidErr) == nil {
				return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
			}
		}
	}
	return nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Start starts the server after it was stopped, and waits until it answers.
func (s *Server) Start(ctx context.Context) error {
	settings := append([]string{
		"listen_addresses=127.0.0.1", "port=" + strconv.Itoa(s.port), "unix_socket_directories=" + s.dir,
		"max_connections=200", "shared_buffers=64MB", "jit=off",
	}, s.config.Settings...)
	if !s.config.Durable {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off")
	}
	args := []string{"-D", s.data()}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := s.command(context.WithoutCancel(ctx), "postgres", args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
	if err := cmd.Start(); err != nil {
		return err
	}
	s.process, s.ended = cmd, make(chan struct{})
	go func(ended chan struct{}) {
		_ = cmd.Wait()
		close(ended)
	}(s.ended)
	return s.await(ctx)
}

func (s *Server) await(ctx context.Context) error {
	for {
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.ended:
			return fmt.Errorf("the server ended: %s", s.tail())
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// tail is the end of the server's log.
func (s *Server) tail() []byte {
	log, _ := os.ReadFile(filepath.Join(s.dir, "log")) // for a message only
	return bytes.TrimSpace(log[max(0, len(log)-2000):])
}

// Crash stops the server at once, as pg_ctl -m immediate does: nothing is flushed,
// and it recovers when it starts.
func (s *Server) Crash() { s.signal(syscall.SIGQUIT) }

// Stop stops the server; transactions that are open are rolled back.
func (s *Server) Stop() { s.signal(syscall.SIGINT) }

func (s *Server) signal(signal os.Signal) {
	_ = s.process.Process.Signal(signal) // it may have ended
	<-s.ended
}

// Remove stops the server and removes all that it has.
func (s *Server) Remove() {
	s.Crash()
	os.RemoveAll(s.dir)
}

// URL names a database of the server, over the socket.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("postgres://%s@/%s?host=%s&port=%d", owner, database, url.QueryEscape(s.dir), s.port)
}

// Address is where the server listens for TCP.
func (s *Server) Address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Dir is the folder of the cluster's socket, log and data.
func (s *Server) Dir() string { return s.dir }

// TCP names a database of the server as one that is reached at the address, perhaps
// that of a proxy, with the password.
func (s *Server) TCP(address, database string) string {
	return fmt.Sprintf("postgres://%s:%s@%s/%s?sslmode=disable", owner, s.password, address, database)
}

// Password is that of the superuser.
func (s *Server) Password() string { return s.password }

// Exec executes statements in a database, as the superuser.
func (s *Server) Exec(ctx context.Context, database string, statements ...string) error {
	conn, err := pgx.Connect(ctx, s.URL(database))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}
