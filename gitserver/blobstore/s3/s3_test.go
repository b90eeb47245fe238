package s3_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/blobstore/blobstoretest"
	"github.com/rhaptos/rhaptos/gitserver/blobstore/s3"
	"github.com/rhaptos/rhaptos/gitserver/blobstore/s3/s3test"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
)

// smallest is the smallest part of an upload that stores accept, in bytes.
const smallest = 5 << 20

// location is that of a bucket below a prefix.
func location(t *testing.T, endpoint *url.URL, bucket string) s3.Location {
	t.Helper()
	l, err := s3.ParseURL("s3://" + bucket + "/library?region=" + s3test.Region + "&endpoint=" + url.QueryEscape(endpoint.String()))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// open opens a bucket at an endpoint, with little patience.
func open(t *testing.T, endpoint *url.URL, bucket string, change ...func(*s3.Config)) *s3.Bucket {
	t.Helper()
	c := s3.Config{
		Location: location(t, endpoint, bucket), Credentials: s3test.Credentials(), PartSize: smallest,
		Patience: 10 * time.Second, Stall: 3 * time.Second,
	}
	for _, f := range change {
		f(&c)
	}
	b, err := s3.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// cached is a store over a remote one, with a database and a folder of its own.
func cached(t *testing.T, remote blobstore.Remote, folder string) *blobstore.Cached {
	t.Helper()
	db := databasetest.NewOn(t, database.SQLite).Open(t)
	s, err := blobstore.OpenCached(t.Context(), blobstore.CachedConfig{Remote: remote, Folder: folder, Size: 64 << 20, DB: db, Grace: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// file makes a file of random bytes.
func file(t *testing.T, size int) (*os.File, blobstore.Digest) {
	t.Helper()
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if _, err := f.Write(b); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	return f, blobstore.Digest(hex.EncodeToString(sum[:]))
}

// holds checks that the bucket holds a blob's bytes.
func holds(t *testing.T, b *s3.Bucket, d blobstore.Digest) {
	t.Helper()
	r, err := b.Get(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := blobstore.CheckBytes(r, d); err != nil {
		t.Error(err)
	}
}

// objectFile is the file of a blob's object in the folder of the server.
func objectFile(s *s3test.Server, bucket string, d blobstore.Digest) string {
	return filepath.Join(s.Folder, bucket, "library", string(d[:2]), string(d[2:]))
}

// The suite of all blob stores, over plain HTTP and over TLS.
func TestSuite(t *testing.T) {
	plain, secure := s3test.Start(t), s3test.StartTLS(t)
	roots := x509.NewCertPool()
	if pem, err := os.ReadFile(secure.CA); err != nil || !roots.AppendCertsFromPEM(pem) {
		t.Fatal("no certificate: ", err)
	}
	for scheme, server := range map[string]*s3test.Server{"http": plain, "https": secure} {
		t.Run(scheme, func(t *testing.T) {
			blobstoretest.Run(t, func(t *testing.T) blobstore.Store {
				name := strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name()))
				b := open(t, server.Endpoint, server.Bucket(t, name), func(c *s3.Config) { c.Roots = roots })
				return cached(t, b, t.TempDir())
			})
			bucket := server.Bucket(t, scheme+"-large")
			b := open(t, server.Endpoint, bucket, func(c *s3.Config) { c.Roots = roots })
			if err := b.Probe(t.Context()); err != nil {
				t.Error(err)
			}
			f, d := file(t, 3*smallest+17)
			if _, err := b.Put(t.Context(), f, d, false); err != nil {
				t.Fatal(err)
			}
			holds(t, b, d)
		})
	}
}

// sizes are those of a small upload and of one in parts.
var sizes = map[string]int{"whole": 100_000, "in parts": 2*smallest + 1000}

// What happens to an upload on its way neither spoils the object nor keeps the next
// attempt from putting it.
func TestUploadFaults(t *testing.T) {
	server := s3test.Start(t)
	bucket := server.Bucket(t, "faults")
	for name, size := range sizes {
		if testing.Short() && name != "whole" {
			continue
		}
		for fault := s3test.Busy; fault <= s3test.WrongBytes; fault++ {
			t.Run(name+"/"+fault.String(), func(t *testing.T) {
				f, d := file(t, size)
				proxy := s3test.NewProxy(t, server.Endpoint)

				// A client that gives up at once leaves nothing behind, or the blob.
				proxy.Once(http.MethodPut, fault)
				_, err := open(t, proxy.Endpoint, bucket, func(c *s3.Config) { c.Patience = 1 }).Put(t.Context(), f, d, false)
				direct := open(t, server.Endpoint, bucket)
				if _, statErr := direct.Stat(t.Context(), d); statErr == nil {
					holds(t, direct, d)
				} else if err == nil || !errors.Is(statErr, fs.ErrNotExist) {
					t.Errorf("put: %v, then stat: %v", err, statErr)
				}

				// A patient one succeeds.
				proxy.Once(http.MethodPut, fault)
				b := open(t, proxy.Endpoint, bucket)
				if _, err := b.Put(t.Context(), f, d, false); err != nil {
					t.Fatal(err)
				}
				if proxy.Faults() != 2 && name == "whole" {
					t.Errorf("%d faults, want 2", proxy.Faults())
				}
				holds(t, direct, d)
			})
		}
	}
}

// An upload in parts whose last answer is lost has been completed once.
func TestLostCompletion(t *testing.T) {
	server := s3test.Start(t)
	bucket := server.Bucket(t, "completion")
	for _, fault := range []s3test.Fault{s3test.LostAnswer, s3test.WrongAnswer, s3test.CutAnswer, s3test.Reset} {
		t.Run(fault.String(), func(t *testing.T) {
			proxy := s3test.NewProxy(t, server.Endpoint)
			done := false
			proxy.Decide(func(r *http.Request) s3test.Fault {
				if r.Method == http.MethodPost && r.URL.Query().Has("uploadId") && !done {
					done = true
					return fault
				}
				return s3test.None
			})
			f, d := file(t, smallest+1000)
			b := open(t, proxy.Endpoint, bucket)
			if _, err := b.Put(t.Context(), f, d, false); err != nil || !done {
				t.Fatal(err, done)
			}
			holds(t, b, d)
			if n, err := b.AbortUploads(t.Context(), time.Now().Add(time.Hour)); n != 0 || err != nil {
				t.Errorf("%d uploads were left behind, %v", n, err)
			}
		})
	}
}

// An object that is not the blob does not keep the blob from being put: half of it, as
// some stores keep of an upload that was cut off; other bytes of its size; nothing.
func TestObjectInTheWay(t *testing.T) {
	server := s3test.Start(t)
	bucket := server.Bucket(t, "way")
	b := open(t, server.Endpoint, bucket)
	for name, size := range sizes {
		for what, spoil := range map[string]func([]byte) []byte{
			"half":        func(b []byte) []byte { return b[:len(b)/2] },
			"other bytes": func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
			"nothing":     func([]byte) []byte { return nil },
			"more":        func(b []byte) []byte { return append(b, 0) },
		} {
			t.Run(name+"/"+what, func(t *testing.T) {
				f, d := file(t, size)
				data, err := os.ReadFile(f.Name())
				if err != nil {
					t.Fatal(err)
				}
				server.Plant(t, bucket, "library/"+string(d[:2])+"/"+string(d[2:]), spoil(data))
				if _, err := b.Put(t.Context(), f, d, false); err != nil {
					t.Fatal(err)
				}
				holds(t, b, d)
			})
		}
	}
}

// A blob that is there is not written once more, whole or in parts, unless that is asked
// for.
func TestCreateOnly(t *testing.T) {
	server := s3test.Start(t)
	bucket := server.Bucket(t, "create")
	b := open(t, server.Endpoint, bucket)
	for name, size := range sizes {
		t.Run(name, func(t *testing.T) {
			f, d := file(t, size)
			written := func(replace bool) os.FileInfo {
				if _, err := b.Put(t.Context(), f, d, replace); err != nil {
					t.Fatal(err)
				}
				fi, err := os.Stat(objectFile(server, bucket, d))
				if err != nil {
					t.Fatal(err)
				}
				return fi
			}
			first := written(false)
			if !os.SameFile(first, written(false)) {
				t.Error("the object was written twice")
			}
			if os.SameFile(first, written(true)) {
				t.Error("the object was not replaced")
			}
			holds(t, b, d)
			if n, err := b.AbortUploads(t.Context(), time.Now().Add(time.Hour)); n != 0 || err != nil {
				t.Errorf("%d uploads were left behind, %v", n, err)
			}
		})
	}
}

// In a bucket with versioning the marker of a deletion looks like an object to those who
// create.
func TestVersionedBucket(t *testing.T) {
	server := s3test.Start(t, "--versioning-dir", t.TempDir())
	bucket := server.Bucket(t, "versions")
	server.Version(t, bucket)
	b := open(t, server.Endpoint, bucket)
	if err := b.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	f, d := file(t, 1000)
	for range 2 {
		if _, err := b.Put(t.Context(), f, d, false); err != nil {
			t.Fatal(err)
		}
		holds(t, b, d)
		if err := b.Delete(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Stat(t.Context(), d); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("stat of a deleted blob: %v", err)
		}
	}
}

// What happens to a response on its way is noticed and repaired, in the middle of it too.
func TestReadFaults(t *testing.T) {
	server := s3test.Start(t)
	bucket := server.Bucket(t, "reads")
	direct := open(t, server.Endpoint, bucket)
	f, d := file(t, 1<<20)
	if _, err := direct.Put(t.Context(), f, d, false); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	for fault := s3test.Busy; fault <= s3test.WrongBytes; fault++ {
		t.Run(fault.String(), func(t *testing.T) {
			proxy := s3test.NewProxy(t, server.Endpoint)
			proxy.Once(http.MethodGet, fault)
			s := cached(t, open(t, proxy.Endpoint, bucket), t.TempDir())
			r, err := s.Open(t.Context(), d)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
				t.Errorf("read %d bytes, %v", len(got), err)
			}
			if proxy.Faults() != 1 {
				t.Errorf("%d faults", proxy.Faults())
			}
		})
	}
}

// A store that does not answer ends the request, not the program.
func TestStalledStore(t *testing.T) {
	server := s3test.Start(t)
	bucket := server.Bucket(t, "stalled")
	b := open(t, server.Endpoint, bucket, func(c *s3.Config) { c.Stall, c.Patience = 300*time.Millisecond, time.Second })
	f, d := file(t, 1000)
	if err := server.Pause(); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if _, err := b.Put(t.Context(), f, d, false); err == nil || time.Since(begin) > 5*time.Second {
		t.Errorf("after %v: %v", time.Since(begin), err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := b.Get(ctx, d); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with a deadline of its own: %v", err)
	}
	if err := server.Resume(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Put(t.Context(), f, d, false); err != nil {
		t.Error(err)
	}
	holds(t, b, d)
}
