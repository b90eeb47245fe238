package smarthttp

import (
	"net/http"
	"net/url"
	"testing"
)

// An accepted target writes back as the path that was asked for.
func FuzzParseTarget(f *testing.F) {
	for _, s := range []string{"/a/b/info/refs?service=git-upload-pack", "/a/b.git/git-receive-pack", "/../b/info/refs", "/a%2fb/info/refs", "/a/b/info/refs?service=x",
		"/a/b/-/bundles/0123456789012345678901234567890123456789.bundle"} {
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
		if got.bundle != "" {
			if got.verb != "" || post || u.EscapedPath() != path+"/-/bundles/"+got.bundle {
				t.Errorf("%q is read as %+v", s, got)
			}
			return
		}
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
