package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish"
)

var deliveryID = regexp.MustCompile(`^[!-~]{1,200}$`)

// ErrNoRef says that a repository has no such ref.
var ErrNoRef = errors.New("no such ref")

// Resolver knows the refs of repositories.
type Resolver interface {
	// Head is the full name of the branch that HEAD points at.
	Head(ctx context.Context, q database.Queryer, repositoryID string) (ref string, err error)

	// Resolve is the commit that a ref, a full name, points at, as q sees it;
	// of an annotated tag the commit behind it. The error of a ref that is not
	// there, or leads to no commit, is ErrNoRef.
	Resolve(ctx context.Context, q database.Queryer, repositoryID, ref string) (commit string, err error)

	// Published reports whether the repository's settings, as they are in the
	// commit, let the ref be published.
	Published(ctx context.Context, repositoryID, ref, commit string) (bool, error)
}

// Receiver takes what is delivered to triggers: POST /-/hooks/NAME.
type Receiver struct {
	triggers *Triggers
	resolver Resolver
}

// NewReceiver makes the receiver of the triggers.
func NewReceiver(triggers *Triggers, resolver Resolver) *Receiver {
	return &Receiver{triggers, resolver}
}

// MaxBody is how many bytes a delivery's body may have.
const MaxBody = 1 << 20

// Refusal is an error that the sender of a delivery can do something about.
type Refusal struct {
	Reason RefusalReason
	Detail string // a sentence without its full stop, for the sender
}

// RefusalReason is the kind of a refusal.
type RefusalReason uint8

// Why a delivery is refused.
const (
	Unsigned       RefusalReason = iota // no such trigger, or its signature is missing or wrong
	Malformed                           // no delivery id, or a body that cannot be read
	NotPublishable                      // the ref is not there or not published
	Moving                              // the ref moves too fast
)

func (r *Refusal) Error() string { return r.Detail }

func refuse(reason RefusalReason, format string, args ...any) error {
	return &Refusal{reason, fmt.Sprintf(format, args...)}
}

// Incoming is a request that has been shown to come from who has the trigger's
// secret.
type Incoming struct {
	trigger *Trigger
	header  http.Header
	body    []byte
}

// Receipt is what came of a delivery.
type Receipt struct {
	Queued bool // a publication has been asked for, now or by an earlier request with the same delivery id
	Text   string
}

// Verify finds the trigger with the name and checks its signature over the body
// as it came. The same [*Refusal] and about the same work answer for a trigger
// that does not exist.
func (v *Receiver) Verify(ctx context.Context, name string, header http.Header, body []byte) (*Incoming, error) {
	trigger, secret, err := v.triggers.find(ctx, name)
	known := err == nil
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	if !signed(secret, header.Values("X-Hub-Signature-256"), body) || !known {
		return nil, refuse(Unsigned,
			"no such trigger, or the header X-Hub-Signature-256 is not the signature of this body with the trigger's secret")
	}
	return &Incoming{trigger, header, body}, nil
}

// Take asks for the publication that a delivery wants. What the sender did wrong
// is a [*Refusal]; then nothing has been remembered, and the same delivery may
// come again.
func (v *Receiver) Take(ctx context.Context, d *Incoming) (Receipt, error) {
	if event := d.header.Get("X-GitHub-Event"); event != "" && event != "push" {
		return Receipt{Text: fmt.Sprintf("nothing to do for the event %q", event)}, nil
	}
	id := d.header.Get("X-GitHub-Delivery")
	if !deliveryID.MatchString(id) {
		return Receipt{}, refuse(Malformed,
			"the header X-GitHub-Delivery must hold an id of this delivery, 1 to 200 printable ASCII characters, so that it takes effect only once")
	}
	ref, err := requestedRef(d.header.Get("Content-Type"), d.body)
	if err != nil {
		return Receipt{}, refuse(Malformed, "%v", err)
	}
	return v.request(ctx, d.trigger, id, ref)
}

// signed reports whether the one signature is sha256= and the HMAC-SHA256 of
// the body in hexadecimal, as GitHub signs
// (docs.github.com, "Validating webhook deliveries").
func signed(secret string, signatures []string, body []byte) bool {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	want := mac.Sum(nil)
	if len(signatures) != 1 {
		return false
	}
	text, ok := strings.CutPrefix(signatures[0], "sha256=")
	got, err := hex.DecodeString(text)
	return ok && err == nil && hmac.Equal(got, want)
}

// request asks for the publication in one transaction with the record of the
// delivery.
func (v *Receiver) request(ctx context.Context, t *Trigger, delivery, ref string) (Receipt, error) {
	if seen, err := v.triggers.seen(ctx, t.Name, delivery); err != nil || seen {
		return Receipt{Queued: true, Text: "this delivery has been taken before"}, err
	}
	ref, err := v.choose(ctx, t, ref)
	if err != nil {
		return Receipt{}, err
	}
	commit, err := v.permitted(ctx, t, ref)
	for tries := 0; err == nil; tries++ {
		var number int64
		number, err = v.commit(ctx, t, delivery, ref, commit)
		var moved *movedError
		switch {
		case err == nil && number == 0:
			return Receipt{Queued: true, Text: "this delivery has been taken before"}, nil
		case err == nil:
			return Receipt{Queued: true, Text: fmt.Sprintf("publication %d of %s at %s", number, ref, commit)}, nil
		case errors.As(err, &moved) && tries < 5:
			commit, err = v.permitted(ctx, t, ref)
		case moved != nil:
			err = refuse(Moving, "%s moved while it was looked at; send the same delivery again", ref)
		}
	}
	return Receipt{}, err
}

// choose is the ref to publish: what the request names, else what the trigger
// is for, else the default branch.
func (v *Receiver) choose(ctx context.Context, t *Trigger, ref string) (string, error) {
	switch {
	case ref == "" && t.Ref == "":
		head, err := v.resolver.Head(ctx, v.triggers.db, t.RepositoryID)
		if err != nil {
			return "", fmt.Errorf("find the default branch: %w", err)
		}
		return head, nil
	case ref == "":
		return t.Ref, nil
	case !fullName(ref):
		return "", refuse(NotPublishable, "ref must be a full name, such as refs/heads/main")
	case t.Ref != "" && t.Ref != ref:
		return "", refuse(NotPublishable, "this trigger publishes %s only", t.Ref)
	}
	return ref, nil
}

// permitted is the commit of the ref, if the trigger may publish it. Looking
// into the commit for the settings takes too long for a write transaction.
func (v *Receiver) permitted(ctx context.Context, t *Trigger, ref string) (commit string, err error) {
	commit, err = v.resolve(ctx, v.triggers.db, t, ref)
	if err != nil || t.Ref != "" {
		return commit, err
	}
	ok, err := v.resolver.Published(ctx, t.RepositoryID, ref, commit)
	if err != nil {
		return "", fmt.Errorf("read the settings of %s: %w", ref, err)
	}
	if !ok {
		return "", refuse(NotPublishable,
			"%s is not published: name it in %s, or make a trigger for this ref", ref, publish.SettingsFile)
	}
	return commit, nil
}

func (v *Receiver) resolve(ctx context.Context, q database.Queryer, t *Trigger, ref string) (string, error) {
	commit, err := v.resolver.Resolve(ctx, q, t.RepositoryID, ref)
	if errors.Is(err, ErrNoRef) {
		return "", refuse(NotPublishable, "the repository has no ref %s", ref)
	}
	if err != nil {
		return "", fmt.Errorf("resolve %s: %w", ref, err)
	}
	return commit, nil
}

// movedError says that a ref has moved since it was looked at.
type movedError struct{ ref string }

func (e *movedError) Error() string { return e.ref + " moves too fast" }

// commit records the delivery and asks for the publication; zero means that
// the delivery was recorded before.
func (v *Receiver) commit(ctx context.Context, t *Trigger, delivery, ref, commit string) (number int64, err error) {
	err = v.triggers.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		number = 0
		first, err := remember(ctx, tx, t.Name, delivery)
		if err != nil || !first {
			return err
		}
		now, err := v.resolve(ctx, tx, t, ref)
		if err != nil {
			return err
		}
		if now != commit {
			return &movedError{ref}
		}
		number, err = publish.Request(ctx, tx, publish.Publication{
			RepositoryID: t.RepositoryID, Ref: ref, Commit: commit, Kind: publish.Release})
		return err
	})
	return number, err
}
