package main

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/plumbing/transport/server"
	"github.com/sosedoff/gitkit"
)

// servePeer runs one of the servers that are libraries, until it is told to
// stop. It says where on its first line.
func servePeer(name string, args []string) error {
	log.SetOutput(io.Discard) // gitkit writes a line there for every request
	switch name {
	case "gitkit":
		return serveGitkit(args[0], args[1])
	case "go-git":
		return serveGoGit(args[0])
	}
	return fmt.Errorf("no server %q", name)
}

func serveGitkit(dir, key string) error {
	web := gitkit.New(gitkit.Config{Dir: dir})
	if err := web.Setup(); err != nil {
		return err
	}
	allowed, err := os.ReadFile(key)
	if err != nil {
		return err
	}
	shell := gitkit.NewSSH(gitkit.Config{Dir: dir, KeyDir: filepath.Join(dir, "keys"), Auth: true, GitUser: "git"})
	shell.PublicKeyLookupFunc = func(content string) (*gitkit.PublicKey, error) {
		if !strings.HasPrefix(string(allowed), strings.TrimSpace(content)) {
			return nil, fmt.Errorf("unknown key")
		}
		return &gitkit.PublicKey{Id: "ann", Name: "ann", Content: content}, nil
	}
	if err := shell.Listen("127.0.0.1:0"); err != nil {
		return err
	}
	go shell.Serve()
	return serveHTTP(web, shell.Address())
}

func serveHTTP(h http.Handler, other string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("serving", l.Addr(), other)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	s := &http.Server{Handler: h}
	context.AfterFunc(ctx, func() { s.Close() })
	if err := s.Serve(l); ctx.Err() == nil {
		return err
	}
	return nil
}

// serveGoGit puts HTTP around go-git's own server, as its documentation leaves
// it to the user to do.
func serveGoGit(dir string) error {
	git := server.NewServer(server.NewFilesystemLoader(osfs.New(dir)))
	session := func(r *http.Request, suffix string) (transport.UploadPackSession, error) {
		endpoint, err := transport.NewEndpoint(strings.TrimSuffix(r.URL.Path, suffix))
		if err != nil {
			return nil, err
		}
		return git.NewUploadPackSession(endpoint, nil)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /book.git/info/refs", handle(func(w http.ResponseWriter, r *http.Request) error {
		s, err := session(r, "/info/refs")
		if err != nil {
			return err
		}
		defer s.Close()
		refs, err := s.AdvertisedReferencesContext(r.Context())
		if err != nil {
			return err
		}
		refs.Prefix = [][]byte{[]byte("# service=git-upload-pack"), pktline.Flush}
		w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
		return refs.Encode(w)
	}))
	mux.HandleFunc("POST /book.git/git-upload-pack", handle(func(w http.ResponseWriter, r *http.Request) error {
		s, err := session(r, "/git-upload-pack")
		if err != nil {
			return err
		}
		defer s.Close()
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			if body, err = gzip.NewReader(body); err != nil {
				return err
			}
		}
		request := packp.NewUploadPackRequest()
		if err := request.Decode(body); err != nil {
			return err
		}
		answer, err := s.UploadPack(r.Context(), request)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
		return answer.Encode(w)
	}))
	return serveHTTP(mux, "-")
}

func handle(f func(w http.ResponseWriter, r *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := f(w, r); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}
}
