// Package s3test starts an S3 server for tests, VersityGW over a folder, and a proxy
// before it that does to requests what networks and stores do on bad days.
package s3test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// The account of the server.
const (
	AccessKey = "rhaptos"
	SecretKey = "a secret of the tests"
	Region    = "us-east-1"
)

// Credentials are those of the account.
func Credentials() *credentials.Credentials {
	return credentials.NewStaticV4(AccessKey, SecretKey, "")
}

// Server is a running S3 server. It ends with its test.
type Server struct {
	Endpoint *url.URL
	Folder   string // each bucket is a folder in it, each object a file
	CA       string // file with the certificate that it serves TLS with; empty: plain HTTP

	process *exec.Cmd
}

// program is the path of versitygw: from PATH, or from the folder bin, where make puts it.
func program() (string, error) {
	if path, err := exec.LookPath("versitygw"); err == nil {
		return path, nil
	}
	folder, err := os.Getwd()
	for ; err == nil && folder != "/"; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			break
		}
	}
	return exec.LookPath(filepath.Join(folder, "bin", "versitygw"))
}

// Installed reports whether there is a server to start.
func Installed() bool {
	_, err := program()
	return err == nil
}

// Program returns the path of versitygw.
func Program(t testing.TB) string {
	t.Helper()
	path, err := program()
	if err != nil {
		testenv.Missing(t, "versitygw", "make bin/versitygw")
	}
	return path
}

// Start starts a server over plain HTTP on a port of its own. Further arguments are
// options of versitygw's posix backend.
func Start(t testing.TB, options ...string) *Server {
	t.Helper()
	return start(t, false, options)
}

// StartTLS starts one over TLS.
func StartTLS(t testing.TB) *Server {
	t.Helper()
	return start(t, true, nil)
}

func start(t testing.TB, secure bool, options []string) *Server {
	t.Helper()
	s := &Server{Folder: t.TempDir(), Endpoint: &url.URL{Scheme: "http", Host: testenv.FreeAddress(t)}}
	args := []string{"--access", AccessKey, "--secret", SecretKey, "--region", Region, "--port", s.Endpoint.Host, "--quiet"}
	if secure {
		cert, key := certificate(t)
		s.CA, s.Endpoint.Scheme = cert, "https"
		args = append(args, "--cert", cert, "--key", key)
	}
	args = append(append(args, "posix"), options...)
	s.run(t, append(args, s.Folder))
	return s
}

// run starts the process and waits until it listens.
func (s *Server) run(t testing.TB, args []string) {
	t.Helper()
	var log strings.Builder
	s.process = exec.Command(Program(t), args...)
	s.process.Stdout, s.process.Stderr = &log, &log
	s.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { s.process.Wait(); close(ended) }()
	t.Cleanup(func() { s.process.Process.Kill(); <-ended })
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", s.Endpoint.Host)
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-ended:
			t.Fatalf("versitygw ended: %s", log.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("versitygw does not listen: %v", err)
		}
	}
}

// Pause stops the process where it stands; Resume lets it go on.
func (s *Server) Pause() error {
	pid := s.process.Process.Pid
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		return err
	}
	for range 200 { // until all its threads have stopped
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(stat), ") T ") {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return errors.New("the server does not stop")
}

// Resume undoes Pause.
func (s *Server) Resume() error { return s.process.Process.Signal(syscall.SIGCONT) }

// Bucket creates a bucket and returns its name.
func (s *Server) Bucket(t testing.TB, name string) string {
	t.Helper()
	if err := s.client(t).MakeBucket(context.Background(), name, minio.MakeBucketOptions{Region: Region}); err != nil {
		t.Fatal(err)
	}
	return name
}

// Plant stores an object as a careless client does: without a checksum, and over what is
// there.
func (s *Server) Plant(t testing.TB, bucket, key string, data []byte) {
	t.Helper()
	options := minio.PutObjectOptions{DisableMultipart: true}
	if _, err := s.client(t).PutObject(context.Background(), bucket, key, bytes.NewReader(data), int64(len(data)), options); err != nil {
		t.Fatal(err)
	}
}

// Version turns versioning on for a bucket.
func (s *Server) Version(t testing.TB, bucket string) {
	t.Helper()
	if err := s.client(t).EnableVersioning(context.Background(), bucket); err != nil {
		t.Fatal(err)
	}
}

func (s *Server) client(t testing.TB) *minio.Client {
	t.Helper()
	options := &minio.Options{Creds: Credentials(), Region: Region, BucketLookup: minio.BucketLookupPath, Secure: s.CA != ""}
	if s.CA != "" {
		options.Transport = Trusting(t, s.CA)
	}
	client, err := minio.New(s.Endpoint.Host, options)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// URL is that of a bucket, as --bucket takes it.
func (s *Server) URL(bucket string) string {
	return fmt.Sprintf("s3://%s/library?region=%s&endpoint=%s", bucket, Region, url.QueryEscape(s.Endpoint.String()))
}

// certificate makes a certificate of 127.0.0.1 that is its own authority.
func certificate(t testing.TB) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "EC PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// Trusting returns a transport that trusts the authority in the file.
func Trusting(t testing.TB, file string) *http.Transport {
	t.Helper()
	pool := x509.NewCertPool()
	b, err := os.ReadFile(file)
	if err != nil || !pool.AppendCertsFromPEM(b) {
		t.Fatalf("certificate %s: %v", file, err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig.RootCAs = pool
	return transport
}
