package s3_test

import (
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/blobstore/s3"
)

func TestParseURL(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	for raw, want := range map[string]string{
		"s3://books":                                                          "s3://books us-east-1 https://s3.us-east-1.amazonaws.com host",
		"s3://books/a/b/?region=eu-central-1":                                 "s3://books/a/b eu-central-1 https://s3.eu-central-1.amazonaws.com host",
		"s3://books?endpoint=minio.example:9000":                              "s3://books at https://minio.example:9000 us-east-1 https://minio.example:9000 path",
		"s3://books?endpoint=http://10.0.0.1:9000":                            "s3://books at http://10.0.0.1:9000 us-east-1 http://10.0.0.1:9000 path",
		"s3://books?endpoint=https://r2.example&use_path_style=false":         "s3://books at https://r2.example us-east-1 https://r2.example host",
		"s3://books?use_path_style=true&ssetype=aws:kms&kmskeyid=k&profile=p": "s3://books us-east-1 https://s3.us-east-1.amazonaws.com path aws:kms k p",
		"s3://books?ssetype=AES256":                                           "s3://books us-east-1 https://s3.us-east-1.amazonaws.com host AES256",
	} {
		l, err := s3.ParseURL(raw)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		style := "host"
		if l.PathStyle {
			style = "path"
		}
		got := strings.Join(strings.Fields(strings.Join([]string{l.String(), l.Region, l.Endpoint.String(), style, l.Encryption, l.KeyID, l.Profile}, " ")), " ")
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", raw, got, want)
		}
	}
}

// What is wrong with a URL is said, but never what may be a secret in it.
func TestParseURLErrors(t *testing.T) {
	for raw, words := range map[string]string{
		"":                                            "begins with",
		"https://host/books":                          "s3://BUCKET",
		"s3://":                                       "bucket",
		"s3://key:sesame@books":                       "AWS_ACCESS_KEY_ID",
		"s3://key:sesame@books:port\x7f/":             "cannot be read",
		"s3://Books_":                                 "bucket",
		"s3://books/../x":                             "prefix",
		"s3://books/a//b":                             "prefix",
		"s3://books#x":                                "fragment",
		"s3://books?color=red":                        "color",
		"s3://books?region=a&region=b":                "more than once",
		"s3://books?use_path_style=yes":               "true or false",
		"s3://books?ssetype=ROT13":                    "AES256",
		"s3://books?kmskeyid=k":                       "aws:kms",
		"s3://books?endpoint=ftp://host":              "endpoint",
		"s3://books?endpoint=https://host/way":        "endpoint",
		"s3://books?endpoint=https://key:sesame@host": "endpoint",
		"s3://books?%zz":                              "parameters",
	} {
		_, err := s3.ParseURL(raw)
		if err == nil || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%q: %v, want %q", raw, err, words)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	f.Add("s3://books/a?region=eu-central-1&endpoint=http://127.0.0.1:1&ssetype=AES256")
	f.Fuzz(func(t *testing.T, raw string) {
		l, err := s3.ParseURL(raw)
		if err != nil {
			return
		}
		if l.Name == "" || l.Endpoint == nil || l.Endpoint.Host == "" || l.Prefix != "" && (!strings.HasSuffix(l.Prefix, "/") || strings.HasPrefix(l.Prefix, "/")) {
			t.Errorf("%q: %+v", raw, l)
		}
		if _, err := s3.Open(s3.Config{Location: l}); err != nil {
			t.Errorf("%q cannot be opened: %v", raw, err)
		}
	})
}
