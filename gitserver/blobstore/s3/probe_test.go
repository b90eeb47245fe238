package s3_test

import (
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/rhaptos/rhaptos/gitserver/blobstore/s3"
	"github.com/rhaptos/rhaptos/gitserver/blobstore/s3/s3test"
)

// A bucket that breaks a promise is refused with the promise in words; one that keeps
// all is not, and nothing of the probe stays there.
func TestProbe(t *testing.T) {
	for lie, words := range map[s3test.Lie]string{
		"":                      "",
		s3test.IgnoresCondition: "If-None-Match",
		s3test.LateCondition:    "at the same time",
		s3test.IgnoresChecksum:  "x-amz-checksum-sha256",
		s3test.StaleRead:        "cannot be read at once",
		s3test.StaleList:        "not listed at once",
		s3test.DeletedRead:      "is there all the same",
		s3test.DeletedList:      "listed all the same",
		s3test.Undeletable:      "cannot be deleted",
		s3test.Expires:          `lifecycle rule "old"`,
		s3test.NoBucket:         "no bucket of this name",
	} {
		t.Run(string(lie), func(t *testing.T) {
			store := s3test.StartLying(t, lie)
			err := open(t, store.Endpoint, "books").Probe(t.Context())
			if words == "" && err != nil || words != "" && (err == nil || !strings.Contains(err.Error(), words)) {
				t.Errorf("probe: %v, want %q", err, words)
			}
			if left := store.Keys(); len(left) > 0 && lie != s3test.Undeletable {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// The probe is not confused by a network that loses requests and answers.
func TestProbeOnABadDay(t *testing.T) {
	server := s3test.Start(t)
	bucket := server.Bucket(t, "badday")
	for _, fault := range []s3test.Fault{s3test.Busy, s3test.Reset, s3test.LostAnswer, s3test.WrongAnswer} {
		for _, method := range []string{http.MethodPut, http.MethodGet, http.MethodDelete} {
			proxy := s3test.NewProxy(t, server.Endpoint)
			proxy.Once(method, fault)
			if err := open(t, proxy.Endpoint, bucket).Probe(t.Context()); err != nil {
				t.Errorf("%s at %s: %v", fault, method, err)
			}
		}
	}
}

// Credentials that are missing or wrong are the operator's to correct, and in no text.
func TestCredentials(t *testing.T) {
	server := s3test.Start(t)
	bucket := server.Bucket(t, "secrets")
	for what, c := range map[string]*credentials.Credentials{
		"no credentials":                   credentials.NewStatic("", "", "", credentials.SignatureAnonymous),
		"SignatureDoesNotMatch|calculated": credentials.NewStaticV4(s3test.AccessKey, "not the secret", ""),
		"file":                             s3.Credentials("/nowhere/credentials", ""),
	} {
		err := open(t, server.Endpoint, bucket, func(config *s3.Config) { config.Credentials = c }).Probe(t.Context())
		if err == nil || strings.Contains(err.Error(), "not the secret") {
			t.Errorf("%s: %v", what, err)
		}
		if strings.HasPrefix(what, "no") && !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: %v", what, err)
		}
		t.Log(err)
	}
}
