package main

import (
	"testing"
	"time"
)

// The digest of the configuration is the same on machines that differ only in what is
// theirs, and depends on no secret.
func TestConfiguration(t *testing.T) {
	digest := func(change func(*serveCmd, *cli)) string {
		t.Helper()
		s, c := serveCmd{HTTP: "10.0.0.11:8080", URL: "https://books.example", OrphanGrace: time.Hour}, cli{Data: "/var/lib/one", Database: "postgres://rhaptos:one@db.example/books"}
		change(&s, &c)
		d, err := s.configuration(&c)
		if err != nil || len(d) != 16 {
			t.Fatalf("%q, %v", d, err)
		}
		return d
	}
	want := digest(func(*serveCmd, *cli) {})
	for name, own := range map[string]func(*serveCmd, *cli){
		"address":  func(s *serveCmd, _ *cli) { s.HTTP, s.SSH = "10.0.0.12:8080", ":22" },
		"folder":   func(_ *serveCmd, c *cli) { c.Data = "/var/lib/two" },
		"password": func(_ *serveCmd, c *cli) { c.Database = "postgres://rhaptos:two@db.example/books" },
		"cache":    func(s *serveCmd, c *cli) { s.Fetching.AnswerCache, c.BlobCache = 7, 8 },
		"workers":  func(s *serveCmd, _ *cli) { s.Workers = 9 },
	} {
		if got := digest(own); got != want {
			t.Errorf("another %s changes the digest", name)
		}
	}
	for name, common := range map[string]func(*serveCmd, *cli){
		"URL":      func(s *serveCmd, _ *cli) { s.URL = "https://other.example" },
		"database": func(_ *serveCmd, c *cli) { c.Database = "postgres://rhaptos:one@db.example/other" },
		"bucket":   func(_ *serveCmd, c *cli) { c.Bucket = "s3://books/library" },
		"grace":    func(s *serveCmd, _ *cli) { s.OrphanGrace = 2 * time.Hour },
		"quota":    func(s *serveCmd, _ *cli) { s.LFSQuota = 1 },
	} {
		if got := digest(common); got == want {
			t.Errorf("another %s does not change the digest", name)
		}
	}
}
