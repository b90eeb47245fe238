package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/rhaptos/rhaptos/gitserver/blobstore/s3/s3test"
)

// buckets is an S3 server for the scenarios.
type buckets struct {
	t      *testing.T
	server *s3test.Server // nil, in a short run, if it is not installed
	made   atomic.Int64
}

// objectStore starts the server. In a short run it may be missing.
func objectStore(t *testing.T) *buckets {
	t.Helper()
	b := &buckets{t: t}
	if !testing.Short() || s3test.Installed() {
		b.server = s3test.Start(t)
	}
	return b
}

// url creates a bucket and returns its URL.
func (b *buckets) url() string {
	return b.server.URL(b.server.Bucket(b.t, fmt.Sprint("books-", b.made.Add(1))))
}

// credentials writes a file with the credentials of the server's account.
func (b *buckets) credentials(dir string) (file string, err error) {
	file = filepath.Join(dir, "credentials")
	return file, os.WriteFile(file, []byte(fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", s3test.AccessKey, s3test.SecretKey)), 0o600)
}

func (b *buckets) scriptBucket(ts *testscript.TestScript, _ bool, _ []string) {
	url := b.url()
	file, err := b.credentials(ts.Getenv("WORK"))
	ts.Check(err)
	ts.Setenv("BUCKET", url)
	ts.Setenv("OTHERBUCKET", b.url())
	ts.Setenv("NOBUCKET", strings.Replace(url, "books-", "nobody-", 1))
	ts.Setenv("CREDENTIALS", file)
	ts.Setenv("SECRETKEY", s3test.SecretKey)
}

func (b *buckets) scriptSpoil(ts *testscript.TestScript, _ bool, _ []string) {
	name, _, _ := strings.Cut(strings.TrimPrefix(ts.Getenv("BUCKET"), "s3://"), "/")
	ts.Check(filepath.WalkDir(filepath.Join(b.server.Folder, name, "library"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || len(e.Name()) != 62 {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || len(data) == 0 {
			return err
		}
		data[len(data)/2] ^= 1
		return os.WriteFile(path, data, 0o644)
	}))
}
