package lfs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/rhaptos/rhaptos/gitserver/egress"
	"github.com/rhaptos/rhaptos/gitserver/failpoint"
)

// Bounds of a fetch.
const (
	fetchBatch = 100     // objects, as git-lfs asks for
	fetchers   = 4       // downloads at a time
	maxAnswer  = 4 << 20 // bytes of the answer to a batch: addresses are long where they are signed
)

// Remote is Git LFS on another server.
type Remote struct {
	URL           string // where its endpoints begin
	Authorization string // a field for requests to the origin of URL, and to no other; empty: none
	Client        *http.Client
	Plain         bool // http:// as well
	Agent         string
}

// RemoteURL is where the endpoints of the repository at an address begin (server
// discovery, "Guessing the Server").
func RemoteURL(repository string) string {
	repository = strings.TrimSuffix(repository, "/")
	if !strings.HasSuffix(repository, ".git") {
		repository += ".git"
	}
	return repository + "/info/lfs"
}

// Fetch gets what a repository does not have of the objects from another server.
// Each is kept as soon as it is here, so that the next fetch goes on where one
// breaks off. Lacking says why objects cannot be had: the server has not got them,
// or other bytes, or there is no room. An error means that it is worth trying
// again.
func (o *Objects) Fetch(ctx context.Context, from *Remote, repositoryID string, want []Pointer) (lacking map[OID]string, err error) {
	here, err := o.all(repositoryID)
	if err != nil {
		return nil, fmt.Errorf("list LFS objects: %w", err)
	}
	f := &fetch{Objects: o, from: from, repositoryID: repositoryID, lacking: map[OID]string{}}
	var batch []Pointer
	for _, p := range want {
		if here[p.OID] {
			continue
		}
		here[p.OID] = true
		if batch = append(batch, p); len(batch) == fetchBatch {
			if err := f.batch(ctx, batch); err != nil {
				return nil, err
			}
			batch = nil
		}
	}
	if len(batch) > 0 {
		err = f.batch(ctx, batch)
	}
	return f.lacking, err
}

// fetch is a fetch under way.
type fetch struct {
	*Objects
	from         *Remote
	repositoryID string

	mu      sync.Mutex
	lacking map[OID]string
}

func (f *fetch) lack(oid OID, why string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lacking[oid] = egress.Plain(why)
}

// batch asks for some objects and gets them.
func (f *fetch) batch(ctx context.Context, want []Pointer) error {
	answer, err := f.from.ask(ctx, want)
	if none := (*lackError)(nil); errors.As(err, &none) {
		for _, p := range want {
			f.lack(p.OID, none.why)
		}
		return nil
	}
	if err != nil {
		return err
	}
	offered := map[OID]objectAnswer{}
	for _, one := range answer.Objects {
		offered[one.OID] = one
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(fetchers)
	for _, p := range want {
		group.Go(func() error { return f.get(ctx, p, offered[p.OID]) })
	}
	return group.Wait()
}

// get gets one object in the way that is offered.
func (f *fetch) get(ctx context.Context, p Pointer, offer objectAnswer) error {
	to, ok := offer.Actions[string(Download)]
	switch e := offer.Error; {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case e != nil && (e.Code == http.StatusNotFound || e.Code == http.StatusGone || e.Code == http.StatusUnprocessableEntity):
		f.lack(p.OID, fmt.Sprintf("the upstream says %d %q", e.Code, egress.Plain(e.Message)))
		return nil
	case e != nil:
		return fmt.Errorf("LFS object %.10s: the upstream says %d %q", p.OID, e.Code, egress.Plain(e.Message))
	case !ok:
		f.lack(p.OID, "the upstream does not say where it is")
		return nil
	}
	content := &download{ctx: ctx, from: f.from, action: to, authenticated: offer.Authenticated, size: p.Size}
	defer content.close()
	err := f.Put(ctx, f.repositoryID, p.OID, p.Size, content)
	none := (*lackError)(nil)
	switch {
	case err == nil:
		failpoint.Hit("pull-file-kept")
	case errors.As(err, &none):
		f.lack(p.OID, none.why)
	case errors.Is(err, ErrMismatch):
		f.lack(p.OID, "what the upstream sends are not the bytes of the object")
	case errors.Is(err, ErrQuota):
		f.lack(p.OID, err.Error())
	default:
		return err
	}
	return nil
}

// lackError says that there is no use in asking again.
type lackError struct{ why string }

func (e *lackError) Error() string { return e.why }

// ask posts a batch request (batch API, "Requests").
func (f *Remote) ask(ctx context.Context, want []Pointer) (*batchAnswer, error) {
	req := batchRequest{Operation: Download, Transfers: []string{basic}, HashAlgo: "sha256"}
	for _, p := range want {
		req.Objects = append(req.Objects, object(p))
	}
	body, err := json.Marshal(req)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, f.URL+"/objects/batch", bytes.NewReader(body))
	if err != nil {
		return nil, egress.Reason(err)
	}
	r.Header.Set("Content-Type", mediaType)
	r.Header.Set("Accept", mediaType)
	if f.Authorization != "" {
		r.Header.Set("Authorization", f.Authorization)
	}
	answer, err := f.do(r)
	if err != nil {
		return nil, fmt.Errorf("ask for LFS objects: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	status := egress.Plain(answer.Status)
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone, http.StatusNotImplemented:
		return nil, &lackError{"the upstream has no Git LFS: it answers " + status}
	case http.StatusUnauthorized, http.StatusForbidden:
		return nil, fmt.Errorf("the upstream answers %s to Git LFS: it wants a token, or another one%s", status, said(text))
	default:
		return nil, fmt.Errorf("the upstream answers %s to Git LFS%s", status, said(text))
	}
	if err != nil {
		return nil, fmt.Errorf("ask for LFS objects: %w", err)
	}
	if len(text) > maxAnswer {
		return nil, fmt.Errorf("the upstream's answer to Git LFS is larger than %d bytes", maxAnswer)
	}
	var a batchAnswer
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, fmt.Errorf("the upstream's answer to Git LFS cannot be read: %w", err)
	}
	if a.Transfer != "" && a.Transfer != basic || a.HashAlgo != "" && a.HashAlgo != "sha256" {
		return nil, fmt.Errorf("the upstream's Git LFS wants the transfer %.60q and %.60q, and here are basic and sha256 only", a.Transfer, a.HashAlgo)
	}
	return &a, nil
}

// said returns the message of an error response ("Response Errors").
func said(text []byte) string {
	var e struct{ Message string }
	if json.Unmarshal(text, &e) != nil || e.Message == "" {
		return ""
	}
	return ": " + egress.Plain(e.Message)
}

func (f *Remote) do(r *http.Request) (*http.Response, error) {
	switch {
	case r.URL.Scheme != "https" && (!f.Plain || r.URL.Scheme != "http") || r.URL.Hostname() == "":
		return nil, errors.New("LFS objects are asked for over https only, unless private networks are allowed")
	case r.URL.User != nil:
		return nil, errors.New("the address of an LFS object holds a name or password")
	}
	r.Header.Set("User-Agent", "git-lfs/"+f.Agent) // some servers answer only to what begins so
	return egress.Ask(f.Client, r)
}
