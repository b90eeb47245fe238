package s3

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"strings"

	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/encrypt"
	"github.com/minio/minio-go/v7/pkg/s3utils"
)

// Location says where a bucket is. It holds no secrets.
type Location struct {
	Name       string   // of the bucket
	Prefix     string   // of all keys, empty or with a slash at its end
	Endpoint   *url.URL // of the store: scheme, host and port
	Region     string
	PathStyle  bool   // the bucket is in the path of URLs, not in the name of the host
	Encryption string // at the store: empty, "AES256" or "aws:kms"
	KeyID      string // of the KMS key, for "aws:kms"
	Profile    string // in the file of credentials; empty: the default
}

// String is the location as people write it, without parameters.
func (l Location) String() string {
	s := "s3://" + l.Name
	if l.Prefix != "" {
		s += "/" + strings.TrimSuffix(l.Prefix, "/")
	}
	if l.Endpoint != nil && !s3utils.IsAmazonEndpoint(*l.Endpoint) {
		s += " at " + l.Endpoint.Scheme + "://" + l.Endpoint.Host
	}
	return s
}

// The parameters of the URL of a bucket, as the Go CDK names them
// (gocloud.dev/blob/s3blob).
const (
	paramRegion     = "region"
	paramEndpoint   = "endpoint"
	paramPathStyle  = "use_path_style"
	paramEncryption = "ssetype"
	paramKeyID      = "kmskeyid"
	paramProfile    = "profile"
)

// ParseURL reads the URL of a bucket:
//
//	s3://BUCKET[/PREFIX][?region=REGION&endpoint=URL&use_path_style=true&ssetype=AES256|aws:kms&kmskeyid=ID&profile=NAME]
//
// The default endpoint is Amazon's for the region. Another endpoint is taken to want
// the bucket in the path, unless use_path_style=false.
func ParseURL(raw string) (l Location, err error) {
	u, err := url.Parse(raw)
	if err != nil {
		var inner *url.Error // whose text is the URL, which may have a password in it
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return l, fmt.Errorf("the URL of the bucket cannot be read: %w", err)
	}
	switch {
	case u.User != nil:
		return l, errors.New("the URL of the bucket has credentials in it, which others on the machine could read: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use --bucket-credentials")
	case u.Scheme != "s3":
		return l, fmt.Errorf("the URL of the bucket begins with %q: write s3://BUCKET/PREFIX?endpoint=URL", u.Scheme+"://")
	case u.Fragment != "":
		return l, errors.New("the URL of the bucket has a fragment")
	}
	l.Name = u.Host
	if err := s3utils.CheckValidBucketNameStrict(l.Name); err != nil {
		return l, fmt.Errorf("bucket %q: %w", l.Name, err)
	}
	if l.Prefix, err = prefix(u.Path); err != nil {
		return l, err
	}
	return l, l.parameters(u.RawQuery)
}

// prefix reads the path of a bucket's URL.
func prefix(p string) (string, error) {
	p = strings.Trim(p, "/")
	if p == "" {
		return "", nil
	}
	if path.Clean(p) != p || strings.HasPrefix(p, "..") || s3utils.CheckValidObjectNamePrefix(p) != nil || len(p) > 512 {
		return "", fmt.Errorf("the prefix %q cannot be that of a key", p)
	}
	return p + "/", nil
}

func (l *Location) parameters(query string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return fmt.Errorf("the parameters of the bucket's URL: %w", err)
	}
	style := ""
	endpoint := ""
	for name, v := range values {
		if len(v) != 1 {
			return fmt.Errorf("the bucket's URL has %s more than once", name)
		}
		switch name {
		case paramRegion:
			l.Region = v[0]
		case paramEndpoint:
			endpoint = v[0]
		case paramPathStyle:
			style = v[0]
		case paramEncryption:
			l.Encryption = v[0]
		case paramKeyID:
			l.KeyID = v[0]
		case paramProfile:
			l.Profile = v[0]
		default:
			return fmt.Errorf("the bucket's URL has an unknown parameter %q", name)
		}
	}
	if l.Region == "" {
		if l.Region = os.Getenv("AWS_REGION"); l.Region == "" {
			l.Region = "us-east-1"
		}
	}
	if err := l.endpoint(endpoint); err != nil {
		return err
	}
	switch style {
	case "":
		l.PathStyle = !s3utils.IsAmazonEndpoint(*l.Endpoint)
	case "true", "false":
		l.PathStyle = style == "true"
	default:
		return fmt.Errorf("%s is %q: write true or false", paramPathStyle, style)
	}
	_, err = l.serverSide()
	return err
}

// endpoint reads the URL of the store.
func (l *Location) endpoint(raw string) error {
	if raw == "" {
		raw = "https://s3." + l.Region + ".amazonaws.com"
	}
	if !strings.Contains(raw, "://") {
		raw = "https://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return fmt.Errorf("the endpoint of the bucket is not the URL of a host: write endpoint=https://HOST")
	}
	l.Endpoint = &url.URL{Scheme: u.Scheme, Host: u.Host}
	return nil
}

// serverSide is the encryption that the store is asked for; nil: none.
func (l *Location) serverSide() (encrypt.ServerSide, error) {
	switch {
	case l.Encryption == "" && l.KeyID == "":
		return nil, nil
	case l.Encryption == "AES256" && l.KeyID == "":
		return encrypt.NewSSE(), nil
	case l.Encryption == "aws:kms":
		return encrypt.NewSSEKMS(l.KeyID, nil)
	}
	return nil, fmt.Errorf("%s is %q with %s=%q: write AES256, or aws:kms with the id of a key", paramEncryption, l.Encryption, paramKeyID, l.KeyID)
}

// Credentials looks for credentials, each time that they are needed and have expired:
// in the file, if one is named, in the format of ~/.aws/credentials; otherwise in the
// environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN), in the
// files of the AWS tools, and at the metadata of the machine.
func Credentials(file, profile string) *credentials.Credentials {
	if file != "" {
		return credentials.New(&credentials.FileAWSCredentials{Filename: file, Profile: profile})
	}
	chain := []credentials.Provider{&credentials.EnvAWS{}, &credentials.FileAWSCredentials{Profile: profile}, &credentials.IAM{}}
	if profile != "" {
		chain = chain[1:2]
	}
	return credentials.NewChainCredentials(chain)
}
