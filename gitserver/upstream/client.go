package upstream

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/egress"
	"github.com/rhaptos/rhaptos/gitserver/lfs"
	"github.com/rhaptos/rhaptos/gitserver/pktline"
)

// Bounds of what an upstream may send. Those of packs are ReceivePack's.
const (
	maxAdvertisement = 64 << 20 // bytes of refs
	maxAnswerHeader  = 64 << 10
	maxSaid          = 1000 // bytes of an error's text
)

// Source is the URL of an upstream and the credential for it.
type Source struct {
	URL        string // http or https, without name, query and fragment
	Credential string // NAME:TOKEN; empty: nobody
}

// authorization is the field with which the source is asked; empty: none.
func (s Source) authorization() string {
	if s.Credential == "" {
		return ""
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(s.Credential))
}

// Client speaks to upstreams as git's client does, by version 0 of the protocol,
// which every server of the last fifteen years understands (gitprotocol-http(5),
// gitprotocol-pack(5)). It starts no process, so that a guard can look at every
// connection and nobody on this machine sees a credential.
type Client struct {
	http    *http.Client
	private bool // http:// as well
	agent   string
}

// NewClient makes a client that connects where the guard lets it: by https, and
// where private networks are allowed by http as well.
func NewClient(guard egress.Guard, version string) *Client {
	return &Client{http: guard.Client(0, maxAnswerHeader), private: guard.Private, agent: "rhaptos/" + version}
}

// LFS is Git LFS at a source.
func (c *Client) LFS(s Source) *lfs.Remote {
	return &lfs.Remote{URL: lfs.RemoteURL(s.URL), Authorization: s.authorization(), Client: c.http, Plain: c.private, Agent: c.agent}
}

// Remote has the refs and capabilities that an upstream advertises.
type Remote struct {
	Refs         map[string]plumbing.Hash // by full name
	Head         string                   // the ref that HEAD points at; empty if the server does not say
	capabilities []string
}

// checkURL checks the URL of an upstream.
func checkURL(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return fmt.Errorf("the address of an upstream must be a URL: %w", err)
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return fmt.Errorf("%q cannot be the address of an upstream: it must begin with https:// and name a host", address)
	case u.User != nil:
		return errors.New("the address of an upstream must not hold a name or token: give it on standard input")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("the address of an upstream must not hold a query or fragment")
	case len(address) > 2000:
		return fmt.Errorf("the address of an upstream is %d bytes long, must be at most 2000", len(address))
	}
	return nil
}

// checkScheme checks the URL of an upstream and, unless private networks are allowed,
// that it is of https.
func checkScheme(address string, private bool) error {
	if err := checkURL(address); err != nil {
		return err
	}
	if u, err := url.Parse(address); !private && (err != nil || u.Scheme != "https") {
		return errors.New("upstreams are asked over https only, unless private networks are allowed")
	}
	return nil
}

// CheckURL refuses the URL of an upstream that a [Client] with the guard would not
// connect to, before it is added.
func CheckURL(ctx context.Context, address string, guard egress.Guard) error {
	if err := checkScheme(address, guard.Private); err != nil {
		return err
	}
	if err := guard.Check(ctx, address); err != nil {
		return fmt.Errorf("the upstream cannot be reached: %w; whoever runs the server can allow it (serve --allow-private-mirrors)", err)
	}
	return nil
}

func (c *Client) request(ctx context.Context, s Source, method, rest string, body []byte) (*http.Response, error) {
	if err := checkScheme(s.URL, c.private); err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(s.URL, "/")+rest, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", "git/"+c.agent) // some servers answer only to what begins with git/
	if a := s.authorization(); a != "" {
		r.Header.Set("Authorization", a)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/x-git-upload-pack-request")
		r.Header.Set("Accept", "application/x-git-upload-pack-result")
	}
	return egress.Ask(c.http, r)
}

// accept closes an answer that is not of the media type, and says what is wrong.
func accept(r *http.Response, mediaType string) error {
	got, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if r.StatusCode == http.StatusOK && got == mediaType {
		return nil
	}
	r.Body.Close()
	switch {
	case r.StatusCode/100 == 3 && r.Header.Get("Location") != "":
		to, _, _ := strings.Cut(r.Header.Get("Location"), "/info/refs")
		return fmt.Errorf("the upstream answers %s, and redirects are not followed: it may be at %.300q now", egress.Plain(r.Status), to)
	case r.StatusCode == http.StatusUnauthorized, r.StatusCode == http.StatusForbidden:
		return fmt.Errorf("the upstream answers %s: it wants a token, another one, or the name that belongs to it (NAME:TOKEN); or there is nothing of that name", egress.Plain(r.Status))
	case r.StatusCode != http.StatusOK:
		return fmt.Errorf("the upstream answers %s", egress.Plain(r.Status))
	}
	return fmt.Errorf("the upstream answers with %.100q, which is not git over HTTP (the \"dumb\" kind is not understood)", got)
}

// Look asks an upstream for its refs.
func (c *Client) Look(ctx context.Context, s Source) (*Remote, error) {
	r, err := c.request(ctx, s, http.MethodGet, "/info/refs?service=git-upload-pack", nil)
	if err != nil {
		return nil, err
	}
	if err := accept(r, "application/x-git-upload-pack-advertisement"); err != nil {
		return nil, err
	}
	defer r.Body.Close()
	remote, err := readRemote(r.Body)
	if err != nil {
		return nil, fmt.Errorf("the refs of the upstream cannot be read: %w", err)
	}
	return remote, nil
}

// readRemote reads the first answer of upload-pack over HTTP.
func readRemote(r io.Reader) (*Remote, error) {
	packets := pktline.NewReader(r, maxAdvertisement)
	if kind, line, err := packets.Next(); err != nil || kind != pktline.Data || strings.TrimSuffix(string(line), "\n") != "# service=git-upload-pack" {
		return nil, errors.Join(err, errors.New("it does not begin with the name of the service"))
	}
	if kind, _, err := packets.Next(); err != nil || kind != pktline.Flush {
		return nil, errors.Join(err, errors.New("the name of the service does not end"))
	}
	remote := &Remote{Refs: map[string]plumbing.Hash{}}
	for first := true; ; {
		kind, line, err := packets.Next()
		switch {
		case err != nil:
			return nil, fmt.Errorf("it ends early: %w", err)
		case kind == pktline.Flush:
			return remote, nil
		case kind != pktline.Data:
			return nil, errors.New("a packet of another version of the protocol")
		}
		text := strings.TrimSuffix(string(line), "\n")
		if text == "version 1" {
			continue
		}
		if said, ok := strings.CutPrefix(text, "ERR "); ok {
			return nil, fmt.Errorf("it says %.300q", said)
		}
		if first {
			var capabilities string
			text, capabilities, _ = strings.Cut(text, "\x00")
			remote.capabilities = strings.Fields(capabilities)
			for _, c := range remote.capabilities {
				if head, ok := strings.CutPrefix(c, "symref=HEAD:"); ok {
					remote.Head = head
				}
			}
			first = false
		}
		if err := remote.add(text); err != nil {
			return nil, err
		}
	}
}

// add reads ID SP NAME.
func (r *Remote) add(text string) error {
	id, name, ok := strings.Cut(text, " ")
	switch {
	case id == "shallow":
		return errors.New("its history is cut off (a shallow clone)")
	case ok && len(id) == 64:
		return errors.New("its objects are named by sha256, and here by sha1")
	case !ok || !plumbing.IsHash(id):
		return fmt.Errorf("no ref: %.100q", text)
	case name == "capabilities^{}", name == "HEAD", strings.HasSuffix(name, "^{}"):
	default:
		r.Refs[name] = plumbing.NewHash(id)
	}
	return nil
}

// asked are the capabilities that are asked for where they are offered. The first
// one must be.
var asked = []string{"side-band-64k", "ofs-delta", "thin-pack", "no-progress"}

// Fetch asks an upstream for a pack of what the wanted objects lead to and those
// that we have do not. The pack is read from what is returned, and it ends early
// with an error when the upstream is silent for too long.
func (c *Client) Fetch(ctx context.Context, s Source, remote *Remote, want, have []plumbing.Hash) (io.ReadCloser, error) {
	if !slices.Contains(remote.capabilities, asked[0]) {
		return nil, errors.New("the upstream does not offer side-band-64k: its server is too old")
	}
	capabilities := ""
	for _, one := range asked {
		if slices.Contains(remote.capabilities, one) {
			capabilities += " " + one
		}
	}
	capabilities += " agent=" + c.agent
	var body []byte
	for _, id := range want {
		body = pktline.Append(body, "want ", id.String(), capabilities, "\n")
		capabilities = ""
	}
	body = pktline.AppendSpecial(body, pktline.Flush)
	for _, id := range have {
		body = pktline.Append(body, "have ", id.String(), "\n")
	}
	body = pktline.Append(body, "done\n")
	r, err := c.request(ctx, s, http.MethodPost, "/git-upload-pack", body)
	if err != nil {
		return nil, err
	}
	if err := accept(r, "application/x-git-upload-pack-result"); err != nil {
		return nil, err
	}
	return newPack(r.Body), nil
}

// pack is a pack inside of side-band-64k, behind the acknowledgements.
type pack struct {
	body    io.ReadCloser
	packets *pktline.Reader
	left    []byte // of the packet in hand
	began   bool
	err     error // why it ended, but for its end
}

// newPack reads from the body of an answer.
func newPack(body io.ReadCloser) *pack {
	return &pack{body: body, packets: pktline.NewReader(body, 1<<62)}
}

// Close implements [io.Closer].
func (p *pack) Close() error { return p.body.Close() }

// Read implements [io.Reader].
func (p *pack) Read(b []byte) (int, error) {
	for len(p.left) == 0 {
		if p.err != nil {
			return 0, p.err
		}
		kind, line, err := p.packets.Next()
		if p.err = p.packet(kind, line, err); errors.Is(p.err, io.EOF) {
			return 0, io.EOF
		}
	}
	n := copy(b, p.left)
	p.left = p.left[n:]
	return n, nil
}

// packet looks at one packet: of the pack, which becomes what is left to read, of
// progress, of an error, or an acknowledgement before all these.
func (p *pack) packet(kind pktline.Kind, line []byte, err error) error {
	const data, progress, fatal = 1, 2, 3
	text := strings.TrimSuffix(string(line[:min(len(line), maxSaid)]), "\n")
	switch {
	case errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	case err != nil:
		return fmt.Errorf("the upstream stopped in the middle: %w", err)
	case kind == pktline.Flush && p.began:
		return io.EOF
	case kind != pktline.Data || len(line) == 0:
		return errors.New("the upstream sends no pack")
	case line[0] == data:
		p.began, p.left = true, line[1:]
	case line[0] == progress:
	case line[0] == fatal:
		return fmt.Errorf("the upstream says %q", egress.Plain(text[1:]))
	case strings.HasPrefix(text, "ERR "):
		return fmt.Errorf("the upstream says %q", egress.Plain(text[4:]))
	case !p.began && (text == "NAK" || strings.HasPrefix(text, "ACK ")):
	default:
		return errors.New("the upstream sends no pack")
	}
	return nil
}
