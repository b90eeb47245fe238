package smarthttp

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// What is read from the header is what the standard library reads, and
// nothing is read from what it refuses.
func FuzzCredentials(f *testing.F) {
	for _, s := range []string{"Basic YW5uOng=", "basic  YW5uOng=", "Bearer x", "Basic Og==", "Basic", "", "Bearer", "Negotiate x", "Basic YW5uOng", "Basic YW5u\nOng="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, token, given, ok := credentials(http.Header{"Authorization": {s}})
		if !given {
			t.Fatal("not seen")
		}
		if !ok {
			if name != "" || token != "" {
				t.Errorf("%q: %q %q though refused", s, name, token)
			}
			return
		}
		if token == "" {
			t.Errorf("%q: no token", s)
		}
		if name == "" {
			if scheme, _, _ := strings.Cut(s, " "); !strings.EqualFold(scheme, "bearer") {
				t.Errorf("%q: no name", s)
			}
			return
		}
		again := http.Request{Header: http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+token))}}}
		if n, p, ok := again.BasicAuth(); !ok || n != name || p != token {
			t.Errorf("%q: %q %q, the library reads %q %q", s, name, token, n, p)
		}
	})
}

// An accepted target writes back as the path that was asked for.
func FuzzParseTarget(f *testing.F) {
	for _, s := range []string{"/a/b/info/refs?service=git-upload-pack", "/a/b.git/git-receive-pack", "/../b/info/refs", "/a%2fb/info/refs", "/a/b/info/refs?service=x"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, post bool) {
		u, err := url.ParseRequestURI(s)
		if err != nil {
			return
		}
		r := &http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}}
		if post {
			r.Method = http.MethodPost
			r.Header.Set("Content-Type", "application/x-git-upload-pack-request")
		}
		got, refused := parseTarget(r)
		if refused != nil {
			if refused.status < 400 || refused.status > 499 || refused.text == "" {
				t.Errorf("%q: %+v", s, refused)
			}
			return
		}
		path := "/" + got.owner + "/" + got.name
		end := "/" + got.verb
		if got.advertise {
			end = "/info/refs?service=" + got.verb
		}
		if s != path+end && s != path+".git"+end && !u.IsAbs() && u.Host == "" {
			t.Errorf("%q is read as %+v", s, got)
		}
		if got.verb != uploadPack && got.verb != receivePack || post == got.advertise {
			t.Errorf("%q is read as %+v", s, got)
		}
	})
}
