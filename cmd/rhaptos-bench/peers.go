package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// peer is a server under measurement with the book on it.
type peer struct {
	name      string
	read      string // URL for everybody
	write     string // URL to push to, empty if it takes no pushes of today's git
	ssh       string // the same over SSH, empty if it has none
	slow      bool   // to clone from
	processes []*exec.Cmd

	// Where the processor time of its children is lost to the kernel: the URL
	// under which they are counted, and the file in which.
	counted func(url string) string
	log     string
}

// start starts a process of the peer's and returns what its first line says.
func (p *peer) start(cmd *exec.Cmd, line *regexp.Regexp) ([]string, error) {
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	var lines *bufio.Scanner
	if line != nil {
		out, err := cmd.StdoutPipe()
		if err != nil {
			return nil, err
		}
		lines = bufio.NewScanner(out)
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p.processes = append(p.processes, cmd)
	if line == nil {
		return nil, nil
	}
	for lines.Scan() {
		if m := line.FindStringSubmatch(lines.Text()); m != nil {
			go func() {
				for lines.Scan() { // what it has to say later must not fill the pipe
				}
			}()
			return m[1:], nil
		}
	}
	return nil, fmt.Errorf("%s did not start", strings.Join(cmd.Args, " "))
}

// stop ends the peer's processes and those that they have started beside
// themselves: fcgiwrap does not take its own along.
func (p *peer) stop() {
	for _, cmd := range p.processes {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		late := time.AfterFunc(10*time.Second, func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
		cmd.Wait() // its exit status says nothing
		late.Stop()
	}
}

// startPeers starts all servers and pushes the book to them, or lays it down
// for those that take no pushes. Those that were started are returned also with
// an error.
func startPeers(ctx context.Context, dir, program string, b *book) (peers []*peer, err error) {
	key := filepath.Join(dir, "key")
	if _, err := output(exec.CommandContext(ctx, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)); err != nil {
		return nil, err
	}
	os.Setenv("GIT_SSH_COMMAND", "ssh -i "+key+" -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR")
	for _, start := range []func(ctx context.Context, p *peer, dir, program, key string, b *book) error{
		startRhaptos, startGitkit, startHTTPBackend, startGoGit,
	} {
		p := &peer{}
		peers = append(peers, p)
		home := filepath.Join(dir, fmt.Sprintf("server-%d", len(peers)))
		if err := os.Mkdir(home, 0o700); err != nil {
			return peers, err
		}
		if err := start(ctx, p, home, program, key, b); err != nil {
			return peers, err
		}
		if p.write != "" {
			if _, err := git(ctx, b.dir, "push", "-q", p.write, "HEAD:refs/heads/main"); err != nil {
				return peers, err
			}
		}
		if _, err := p.settle(ctx); err != nil {
			return peers, err
		}
	}
	return peers, nil
}

func startRhaptos(ctx context.Context, p *peer, dir, program, key string, _ *book) error {
	p.name = "Rhaptos"
	data := filepath.Join(dir, "data")
	admin := func(args ...string) (string, error) {
		return output(exec.CommandContext(ctx, program, append([]string{"--data", data}, args...)...))
	}
	if _, err := admin("user", "add", "ann", "--key", key+".pub"); err != nil {
		return err
	}
	token, err := admin("token", "create", "ann")
	if err != nil {
		return err
	}
	if _, err := admin("repo", "create", "ann/book"); err != nil {
		return err
	}
	addresses, err := p.start(exec.Command(program, "--data", data, "serve", "--http", "127.0.0.1:0", "--ssh", "127.0.0.1:0"),
		regexp.MustCompile(`^serving http://(\S+) and ssh://git@(\S+)$`))
	if err != nil {
		return err
	}
	p.read = "http://" + addresses[0] + "/ann/book.git"
	p.write = "http://ann:" + token + "@" + addresses[0] + "/ann/book.git"
	p.ssh = "ssh://git@" + addresses[1] + "/ann/book.git"
	return nil
}

// bare makes the bare repository that the other servers serve.
func bare(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, "book.git")
	if _, err := git(ctx, "", "init", "-q", "--bare", "-b", "main", path); err != nil {
		return "", err
	}
	_, err := git(ctx, path, "config", "http.receivepack", "true")
	return path, err
}

// startSelf starts one of the servers in this program, in a process of its own.
func (p *peer) startSelf(args ...string) ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return p.start(exec.Command(self, append([]string{"serve"}, args...)...), regexp.MustCompile(`^serving (\S+) (\S+)$`))
}

func startGitkit(ctx context.Context, p *peer, dir, _, key string, _ *book) error {
	p.name = "gitkit"
	if _, err := bare(ctx, dir); err != nil {
		return err
	}
	addresses, err := p.startSelf("gitkit", dir, key+".pub")
	if err != nil {
		return err
	}
	p.read = "http://" + addresses[0] + "/book.git"
	p.write = p.read
	p.ssh = "ssh://git@" + addresses[1] + "/book.git"
	return nil
}

func startGoGit(ctx context.Context, p *peer, dir, _, _ string, b *book) error {
	p.name, p.slow = "go-git", true
	path, err := bare(ctx, dir)
	if err != nil {
		return err
	}
	// It cannot take what git pushes today: it completes no thin packs.
	if _, err := git(ctx, b.dir, "push", "-q", path, "HEAD:refs/heads/main"); err != nil {
		return err
	}
	if _, err := git(ctx, path, "pack-refs", "--all"); err != nil {
		return err
	}
	if _, err := git(ctx, path, "gc", "-q"); err != nil {
		return err
	}
	addresses, err := p.startSelf("go-git", dir)
	if err != nil {
		return err
	}
	p.read = "http://" + addresses[0] + "/book.git"
	return nil
}

// startHTTPBackend starts nginx, and behind it fcgiwrap with git http-backend.
func startHTTPBackend(ctx context.Context, p *peer, dir, _, _ string, _ *book) error {
	p.name = "http-backend"
	if _, err := bare(ctx, dir); err != nil {
		return err
	}
	address, err := freeAddress()
	if err != nil {
		return err
	}
	execPath, err := git(ctx, "", "--exec-path")
	if err != nil {
		return err
	}
	me, err := user.Current()
	if err != nil {
		return err
	}
	account := ""
	if me.Uid == "0" {
		account = "user root;"
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	counter := filepath.Join(dir, countName)
	if err := os.Symlink(self, counter); err != nil {
		return err
	}
	p.log = counter + ".log"
	p.counted = func(url string) string { return strings.Replace(url, "/book.git", "/counted/book.git", 1) }
	socket := filepath.Join(dir, "fcgi")
	config := strings.NewReplacer("@dir", dir, "@address", address, "@socket", socket, "@backend", filepath.Join(execPath, "git-http-backend"), "@account", account, "@counter", counter).Replace(nginxConfig)
	path := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		return err
	}
	if _, err := p.start(exec.Command("fcgiwrap", "-c", "16", "-s", "unix:"+socket), nil); err != nil {
		return err
	}
	if _, err := p.start(exec.Command("nginx", "-p", dir, "-e", filepath.Join(dir, "error.log"), "-c", path), nil); err != nil {
		return err
	}
	p.read = "http://" + address + "/book.git"
	p.write = p.read
	return await(ctx, address)
}

const nginxConfig = `
daemon off;
@account
worker_processes 2;
pid @dir/nginx.pid;
events { worker_connections 512; }
http {
	access_log off;
	client_body_temp_path @dir/body;
	fastcgi_temp_path @dir/fastcgi;
	proxy_temp_path @dir/proxy;
	uwsgi_temp_path @dir/uwsgi;
	scgi_temp_path @dir/scgi;
	client_max_body_size 0;
	fastcgi_read_timeout 10m;
	server {
		listen @address backlog=1024;
		fastcgi_param GIT_PROJECT_ROOT @dir;
		fastcgi_param GIT_HTTP_EXPORT_ALL "";
		fastcgi_param QUERY_STRING $args;
		fastcgi_param REQUEST_METHOD $request_method;
		fastcgi_param CONTENT_TYPE $content_type;
		fastcgi_param CONTENT_LENGTH $content_length;
		fastcgi_param REMOTE_ADDR $remote_addr;
		fastcgi_param REMOTE_USER ann;
		fastcgi_param PATH /usr/local/bin:/usr/bin:/bin;
		fastcgi_param SCRIPT_FILENAME $backend;
		fastcgi_param BACKEND @backend;
		fastcgi_param PATH_INFO $path;
		location / {
			set $backend @backend;
			set $path $uri;
			fastcgi_pass unix:@socket;
		}
		location ~ ^/counted(/.*)$ {
			set $backend @counter;
			set $path $1;
			fastcgi_pass unix:@socket;
		}
	}
}
`

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// await waits until somebody listens.
func await(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("nobody listens at %s: %w", address, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
