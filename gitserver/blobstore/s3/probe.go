package s3

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/lifecycle"
)

// How hard the probe tries to find two creators of one object that both succeed.
const (
	probeRounds = 3
	probeRacers = 4
)

// Probe finds out whether the bucket keeps the promises that blobs rely on, with a few
// objects below PREFIX/probe/ that it removes in the end. The error of a bucket that
// does not says in words which promise it breaks, and what to do.
func (b *Bucket) Probe(ctx context.Context) error {
	if v, err := b.Credentials.GetWithContext(b.core.CredContext()); err != nil || v.SignerType.IsAnonymous() {
		return fmt.Errorf("bucket %s: no credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use --bucket-credentials: %w",
			b.Location, errors.Join(err, fs.ErrPermission))
	}
	p := &probe{Bucket: b}
	defer p.clear(context.WithoutCancel(ctx))
	for _, check := range []func(context.Context) error{p.reach, p.rules, p.create, p.checksum, p.list, p.remove} {
		err := p.retry(ctx, "probe", func(ctx context.Context) error {
			p.base = b.Prefix + "probe/" + rand.Text() + "/"
			return check(ctx)
		})
		if err != nil {
			return fmt.Errorf("the bucket cannot be used: %w", err)
		}
	}
	return nil
}

// broken is the error of a promise that the bucket does not keep: there is no other
// attempt.
func broken(format string, args ...any) error { return final{fmt.Errorf(format, args...)} }

// probe is one look at what the bucket promises.
type probe struct {
	*Bucket
	base string // of the keys of one attempt
	keys []string
}

// reach finds out whether the bucket is there.
func (p *probe) reach(ctx context.Context) error {
	there, err := p.core.BucketExists(ctx, p.Name)
	if err == nil && !there {
		return broken("there is no bucket of this name; create it, without versioning and lifecycle rules")
	}
	return err
}

// rules looks for rules of the bucket that delete or keep what they should not. Not
// every store knows them, or lets everybody read them.
func (p *probe) rules(ctx context.Context) error {
	if c, err := p.core.GetBucketLifecycle(ctx, p.Name); err == nil {
		for _, r := range c.Rules {
			if r.Status == "Enabled" && expires(r) && overlaps(r, p.Prefix) {
				return broken("the lifecycle rule %q deletes objects by their age, and blobs are needed at any age; restrict it to other prefixes", r.ID)
			}
		}
	}
	if v, err := p.core.GetBucketVersioning(ctx, p.Name); err == nil && v.Enabled() {
		p.Log.WarnContext(ctx, "the bucket has versioning: what Rhaptos deletes stays there, and is paid for, until a lifecycle rule removes noncurrent versions", "bucket", p.Location)
	}
	return nil
}

func expires(r lifecycle.Rule) bool {
	return !r.Expiration.IsDaysNull() || !r.Expiration.IsDateNull() || bool(r.Expiration.DeleteAll)
}

// overlaps reports whether a rule is about keys below the prefix.
func overlaps(r lifecycle.Rule, prefix string) bool {
	of := r.Prefix
	if r.RuleFilter.Prefix != "" {
		of = r.RuleFilter.Prefix
	} else if r.RuleFilter.And.Prefix != "" {
		of = r.RuleFilter.And.Prefix
	}
	return strings.HasPrefix(of, prefix) || strings.HasPrefix(prefix, of)
}

// create lets several writers create one object at the same time: one may succeed, and
// its bytes must be there at once.
func (p *probe) create(ctx context.Context) error {
	for round := range probeRounds {
		key := fmt.Sprintf("%screate-%d", p.base, round)
		winners, err := p.race(ctx, key)
		if err != nil {
			return err
		}
		if len(winners) != 1 {
			return broken("%d of %d writers created one object at the same time, and each was told that it was the first; the store must support If-None-Match: *", len(winners), probeRacers)
		}
		if err := p.holds(ctx, key, winners[0]); err != nil {
			return err
		}
		if err := p.put(ctx, key, []byte("another"), nil, true); err != nil && !exists(err) {
			return err
		} else if err == nil {
			return broken("an object that exists was created once more; the store must refuse that with 412")
		}
		if err := p.holds(ctx, key, winners[0]); err != nil {
			return err
		}
	}
	return nil
}

// race returns what the writers wrote who were told that they were first.
func (p *probe) race(ctx context.Context, key string) (winners [][]byte, err error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for racer := range probeRacers {
		wg.Go(func() {
			text := fmt.Appendf(nil, "racer %d", racer)
			putErr := p.put(ctx, key, text, nil, true)
			mu.Lock()
			defer mu.Unlock()
			if putErr == nil {
				winners = append(winners, text)
			} else if !exists(putErr) && !conflict(putErr) {
				err = putErr
			}
		})
	}
	wg.Wait()
	return winners, err
}

// conflict reports whether two requests with conditions met: Amazon lets one of them
// try again then.
func conflict(err error) bool {
	var response minio.ErrorResponse
	return errors.As(err, &response) && response.StatusCode == http.StatusConflict
}

// put writes a small object once, with the checksum of its data or another one.
func (p *probe) put(ctx context.Context, key string, data, sum []byte, create bool) error {
	ctx, cancel := context.WithTimeout(ctx, p.Stall)
	defer cancel()
	options := p.options()
	if create {
		options.SetMatchETagExcept("*")
	}
	signed := "" // the signature covers a wrong checksum, but not the body
	if sum == nil {
		s := sha256.Sum256(data)
		sum, signed = s[:], hex.EncodeToString(s[:])
	}
	options.UserMetadata = map[string]string{sumHeader: base64.StdEncoding.EncodeToString(sum)}
	p.note(key)
	_, err := p.core.PutObject(ctx, p.Name, key, bytes.NewReader(data), int64(len(data)), "", signed, options)
	return err
}

var noting sync.Mutex

// note remembers what is to be removed.
func (p *probe) note(key string) {
	noting.Lock()
	defer noting.Unlock()
	p.keys = append(p.keys, key)
}

// holds checks what is read at a key; nil data: nothing.
func (p *probe) holds(ctx context.Context, key string, data []byte) error {
	got, err := p.get(ctx, key)
	switch there := !errors.Is(missing(err, key), fs.ErrNotExist); {
	case data == nil && !there:
		return nil
	case data != nil && !there:
		return broken("an object that was written cannot be read at once")
	case err != nil:
		return err
	case data == nil:
		return broken("an object that was deleted, or never written in full, is there all the same")
	case !bytes.Equal(got, data):
		return broken("an object that was written reads as other bytes")
	}
	return nil
}

// checksum sends bytes that are not those of their checksum.
func (p *probe) checksum(ctx context.Context) error {
	key := p.base + "checksum"
	other := sha256.Sum256([]byte("other bytes"))
	if err := p.put(ctx, key, []byte("these bytes"), other[:], true); err == nil {
		return broken("bytes that do not have their checksum are accepted; the store must compare x-amz-checksum-sha256")
	} else if passingOnly(err) {
		return err
	}
	return p.holds(ctx, key, nil)
}

// passingOnly reports whether an error says nothing about the request: no answer, or
// that of a store that is not well.
func passingOnly(err error) bool {
	var response minio.ErrorResponse
	return !errors.As(err, &response) || response.StatusCode >= http.StatusInternalServerError
}

// list looks whether what was written is listed at once.
func (p *probe) list(ctx context.Context) error {
	want := map[string]bool{}
	for i := range 5 {
		key := fmt.Sprintf("%slist-%d", p.base, i)
		if err := p.put(ctx, key, []byte("listed"), nil, true); err != nil {
			return err
		}
		want[key] = true
	}
	listed, err := p.listed(ctx)
	for key := range want {
		if err == nil && !listed[key] {
			err = broken("an object that was written is not listed at once")
		}
	}
	return err
}

func (p *probe) listed(ctx context.Context) (map[string]bool, error) {
	ctx, cancel := context.WithTimeout(ctx, p.Patience)
	defer cancel()
	listed := map[string]bool{}
	for o := range p.core.ListObjectsIter(ctx, p.Name, minio.ListObjectsOptions{Prefix: p.base, Recursive: true}) {
		if o.Err != nil {
			return nil, o.Err
		}
		listed[o.Key] = true
	}
	return listed, nil
}

// remove deletes an object, which then may be neither read nor listed, and creates it
// once more.
func (p *probe) remove(ctx context.Context) error {
	key := p.base + "removed"
	if err := p.put(ctx, key, []byte("removed"), nil, true); err != nil {
		return err
	}
	if err := p.core.RemoveObject(ctx, p.Name, key, minio.RemoveObjectOptions{}); err != nil {
		return fmt.Errorf("objects cannot be deleted, so nothing can be swept: %w", err)
	}
	if err := p.holds(ctx, key, nil); err != nil {
		return err
	}
	listed, err := p.listed(ctx)
	if err != nil {
		return err
	}
	if listed[key] {
		return broken("an object that was deleted is listed all the same")
	}
	if err := p.put(ctx, key, []byte("once more"), nil, true); err != nil && !exists(err) {
		return fmt.Errorf("an object that was deleted cannot be written once more: %w", err)
	}
	return p.put(ctx, key, []byte("replaced"), nil, false)
}

// clear removes the objects of the probe.
func (p *probe) clear(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for _, key := range p.keys {
		if err := p.core.RemoveObject(ctx, p.Name, key, minio.RemoveObjectOptions{}); err != nil {
			p.Log.InfoContext(ctx, "an object of the probe stays in the bucket", "bucket", p.Location, "key", key, "err", err)
			return
		}
	}
}
