package decision

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/web/negotiate"
)

func TestParts(t *testing.T) {
	tests := []struct {
		set  string
		want []string // Content-Range without "bytes " and the size
	}{
		{"0-9,1000-1009", []string{"0-9", "1000-1009"}},
		{"1000-1009,0-9", []string{"1000-1009", "0-9"}},
		{"0-9,10-19", []string{"0-19"}},
		{"0-9,50-59", []string{"0-59"}}, // less is sent than with two heads of parts
		{"0-9,0-9,0-9", []string{"0-9"}},
		{"100-199,0-4799", []string{"0-4799"}},
		{"0-9,5000-", []string{"0-9"}},
		{"2000-2009,0-9,2005-2020", []string{"2000-2020", "0-9"}},
		{"0-9,-10", []string{"0-9", "4790-4799"}},
	}
	for _, inFile := range []bool{false, true} {
		f := one()
		if inFile {
			whole := f.representations[0].Content
			f.representations[0].Open = inMemory(whole)
		}
		for _, tt := range tests {
			answer, _ := ask(t, f, "GET", "Range", "bytes="+tt.set)
			b := body(t, answer)
			if answer.StatusCode != 206 || answer.Header.Get("Content-Length") != strconv.Itoa(len(b)) {
				t.Fatalf("%s: %d with %d bytes, %v", tt.set, answer.StatusCode, len(b), answer.Header)
			}
			if got := partsOf(t, answer.Header, b); !slices.Equal(got, tt.want) {
				t.Errorf("%s: %q, want %q", tt.set, got, tt.want)
			}
		}
	}
}

// partsOf is the ranges that an answer says it has, after a look whether their
// bytes are the right ones.
func partsOf(t *testing.T, h http.Header, content string) []string {
	t.Helper()
	whole := string(page().Content)
	check := func(of, content string) string {
		set := strings.TrimSuffix(strings.TrimPrefix(of, "bytes "), "/4800")
		r, ok := negotiate.ParseByteRanges(set, 1)
		if !ok || content != whole[r[0].First:r[0].Last+1] {
			t.Errorf("%s has other bytes", of)
		}
		return set
	}
	mediaType, parameters, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if mediaType != "multipart/byteranges" {
		return []string{check(h.Get("Content-Range"), content)}
	}
	if h.Get("Content-Range") != "" {
		t.Error("Content-Range outside of the parts")
	}
	var list []string
	r := multipart.NewReader(strings.NewReader(content), parameters["boundary"])
	for {
		part, err := r.NextRawPart()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(part)
		if err != nil || part.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Fatal(part.Header, err)
		}
		list = append(list, check(part.Header.Get("Content-Range"), string(b)))
	}
}

// TestRangesAreBounded: no request makes more bytes than twice the content.
func TestRangesAreBounded(t *testing.T) {
	sets := []string{strings.Repeat("0-,", 10_000), strings.Repeat("0-,", mostRanges)}
	var spread []string
	for i := range mostRanges {
		spread = append(spread, fmt.Sprintf("%d-%d", i*290, i*290+1))
	}
	for _, set := range append(sets, strings.Join(spread, ",")) {
		answer, _ := ask(t, one(), "GET", "Range", "bytes="+set)
		if n := len(body(t, answer)); n > 2*size {
			t.Errorf("%.40s: %d with %d bytes", set, answer.StatusCode, n)
		}
	}
}

// FuzzServeContent compares ranges and conditions with net/http, which departs
// from RFC 9110 in some things; those are named.
func FuzzServeContent(f *testing.F) {
	const same = "Mon, 06 May 2024 07:08:09 GMT"
	f.Add("bytes=0-9", `"v1"`, "", "", "", "")
	f.Add("bytes=-5", "", `"v0"`, "", same, "")
	f.Add("bytes=0-9,4000-", same, "", `W/"v1"`, "", same)
	f.Add("bytes=4800-", "", "*", "*", "then", "Sunday, 06-Nov-94 08:49:37 GMT")
	whole := page()
	engine := &Handler{Find: func(*http.Request) Resource { return one() }}
	standard := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", whole.ETag)
		w.Header().Set("Content-Type", whole.Type)
		http.ServeContent(w, r, "", whole.Modified, bytes.NewReader(whole.Content))
	})
	f.Fuzz(func(t *testing.T, set, ifRange, ifMatch, ifNoneMatch, ifModified, ifUnmodified string) {
		r := httptest.NewRequest("GET", "/", nil)
		for field, value := range map[string]string{"Range": set, "If-Range": ifRange, "If-Match": ifMatch,
			"If-None-Match": ifNoneMatch, "If-Modified-Since": ifModified, "If-Unmodified-Since": ifUnmodified} {
			if value != "" {
				r.Header.Set(field, value)
			}
		}
		if departs(r.Header) {
			return
		}
		ours, theirs := httptest.NewRecorder(), httptest.NewRecorder()
		engine.ServeHTTP(ours, r)
		standard.ServeHTTP(theirs, r)
		if ours.Code != theirs.Code {
			t.Fatalf("%v: %d, net/http %d", r.Header, ours.Code, theirs.Code)
		}
		if ours.Code == 206 && !strings.HasPrefix(theirs.Header().Get("Content-Type"), "multipart/") && ours.Body.String() != theirs.Body.String() {
			t.Fatalf("%v: other bytes", r.Header)
		}
	})
}

// departs reports whether net/http is known to read the fields otherwise: it
// answers 416 to ranges that are malformed or in another unit, where section
// 14.2 has them ignored; it takes "-0" for a range; it takes the whole for a
// multitude of ranges by another measure; it reads tags and dates with
// less care.
func departs(h http.Header) bool {
	if len(h["Range"]) > 0 {
		unit, set, ok := negotiate.CutRange(h["Range"])
		ranges, okSet := negotiate.ParseByteRanges(set, 2)
		if !ok || !okSet || unit != negotiate.Bytes || !strings.HasPrefix(h.Get("Range"), "bytes=") || len(ranges) > 1 {
			return true
		}
		if ranges[0].First < 0 && ranges[0].Suffix == 0 || strings.ContainsAny(set, " \t,") || len(set) > 20 {
			return true
		}
	}
	for _, field := range []string{"If-Match", "If-None-Match"} {
		if _, ok := negotiate.ParseETagList(h[field]); len(h[field]) > 0 && !ok || strings.ContainsAny(h.Get(field), "*,") && h.Get(field) != "*" {
			return true
		}
	}
	for _, field := range []string{"If-Modified-Since", "If-Unmodified-Since", "If-Range"} {
		_, isDate := negotiate.ParseDate(h[field], time.Now())
		_, isTag := negotiate.ParseETag(h.Get(field))
		if len(h[field]) > 0 && !isDate && !(field == "If-Range" && isTag) {
			_, err := http.ParseTime(h.Get(field))
			return err == nil || field == "If-Range"
		}
		if date, err := http.ParseTime(h.Get(field)); isDate && (err != nil || date.Year() < 100 || date.Year() > 2060) {
			return true
		}
	}
	return false
}
