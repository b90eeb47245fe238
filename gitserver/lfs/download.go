package lfs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/egress"
)

const (
	maxRedirects = 5 // stores of objects are often behind one
	maxResumes   = 5 // of one download, each after some bytes have come
)

// download is the content of an object on another server. One that breaks off
// goes on where it was (RFC 9110 section 14.2).
type download struct {
	ctx           context.Context // of the fetch that it is read for
	from          *Remote
	action        action
	authenticated bool // nothing has to be added to the action
	size          int64

	body    io.ReadCloser // nil: not asked for, or broken off
	at      int64         // bytes that have been read
	resumed int
	fresh   bool // nothing has come since it was last asked for
}

// Read implements [io.Reader].
func (d *download) Read(b []byte) (int, error) {
	if d.body == nil {
		if err := d.open(); err != nil {
			return 0, err
		}
	}
	n, err := d.body.Read(b)
	d.at += int64(n)
	d.fresh = d.fresh && n == 0
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	if d.fresh || d.resumed == maxResumes || d.ctx.Err() != nil {
		return n, fmt.Errorf("the download broke off after %d of %d bytes: %w", d.at, d.size, err)
	}
	d.close()
	d.resumed++
	return n, nil
}

func (d *download) close() {
	if d.body != nil {
		d.body.Close()
		d.body = nil
	}
}

// open asks for what has not been read yet.
func (d *download) open() error {
	answer, err := d.follow()
	if err != nil {
		return fmt.Errorf("ask for an LFS object: %w", err)
	}
	status, host := egress.Plain(answer.Status), egress.Plain(answer.Request.URL.Host)
	skip := int64(0)
	switch answer.StatusCode {
	case http.StatusOK:
		skip = d.at
	case http.StatusPartialContent:
		if !strings.HasPrefix(answer.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", d.at)) {
			err = fmt.Errorf("%s sends another part of an LFS object than was asked for", host)
		}
	case http.StatusNotFound, http.StatusGone:
		err = &lackError{fmt.Sprintf("%s, where the upstream says that it is, answers %s", host, status)}
	default:
		err = fmt.Errorf("%s answers %s in the place of an LFS object", host, status)
	}
	if err == nil {
		_, err = io.CopyN(io.Discard, answer.Body, skip)
	}
	if err != nil {
		answer.Body.Close()
		return err
	}
	d.body, d.fresh = answer.Body, true
	return nil
}

// follow asks for the object, and elsewhere if it is told to: what was given out
// for one origin is not shown to another.
func (d *download) follow() (*http.Response, error) {
	address, err := url.Parse(d.action.Href)
	if err != nil {
		return nil, errors.New("the upstream names something that is no address")
	}
	own, err := url.Parse(d.from.URL)
	if err != nil {
		return nil, egress.Reason(err)
	}
	first := *address
	for range maxRedirects {
		r, err := http.NewRequestWithContext(d.ctx, http.MethodGet, address.String(), nil)
		if err != nil {
			return nil, egress.Reason(err)
		}
		if d.from.Authorization != "" && !d.authenticated && origin(address) == origin(own) {
			r.Header.Set("Authorization", d.from.Authorization)
		}
		if origin(address) == origin(&first) {
			for name, value := range d.action.Header {
				r.Header.Set(name, value)
			}
		}
		r.Header.Set("Accept-Encoding", "identity")
		r.Header.Del("Range")
		if d.at > 0 {
			r.Header.Set("Range", fmt.Sprintf("bytes=%d-", d.at))
		}
		answer, err := d.from.do(r)
		if err != nil {
			return nil, err
		}
		switch answer.StatusCode {
		case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		default:
			return answer, nil
		}
		answer.Body.Close()
		if address, err = answer.Location(); err != nil {
			return nil, fmt.Errorf("%s answers %s without saying where to", egress.Plain(r.URL.Host), egress.Plain(answer.Status))
		}
	}
	return nil, fmt.Errorf("an LFS object is behind more than %d redirects", maxRedirects)
}

// origin is scheme, host and port (RFC 6454).
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}
