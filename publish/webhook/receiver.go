package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/settings"
)

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

// Mirrors knows which repositories are mirrors of others.
type Mirrors interface {
	// Mirrors reports whether the repository is one.
	Mirrors(ctx context.Context, repositoryID string) (bool, error)

	// Request asks, if the transaction commits, for the repository's upstream to be
	// pulled. Hops is how many other programs the event has passed through until then.
	Request(ctx context.Context, tx database.Tx, repositoryID string, hops int) error
}

// ReceiverConfig configures a Receiver.
type ReceiverConfig struct {
	Triggers *Triggers
	Resolver Resolver
	Mirrors  Mirrors // nil: there are none
}

// Receiver takes what is delivered to triggers: POST /-/hooks/NAME.
type Receiver struct {
	triggers *Triggers
	resolver Resolver
	mirrors  Mirrors
	now      func() time.Time
}

// NewReceiver returns a receiver of the triggers' deliveries.
func NewReceiver(c ReceiverConfig) *Receiver {
	return &Receiver{triggers: c.Triggers, resolver: c.Resolver, mirrors: c.Mirrors, now: time.Now}
}

// MaxBody limits the body of a delivery, in bytes.
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
	Unsigned       RefusalReason = iota // no such trigger, or its secret is not shown
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

// Receipt is the response to a delivery.
type Receipt struct {
	Queued bool // a publication has been asked for, now or by an earlier request with the same delivery id
	Text   string
}

// Verify finds the trigger with the name and checks who has signed the body as it
// came. For a trigger that does not exist the [*Refusal] and
// about the work are the same.
func (v *Receiver) Verify(ctx context.Context, name string, header http.Header, body []byte) (*Incoming, error) {
	trigger, secrets, err := v.triggers.find(ctx, name)
	known := err == nil
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	now := v.now()
	if !proven(secrets.secrets(now), header, body, now) || !known {
		return nil, refuse(Unsigned, "no such trigger, or the request does not show that its sender has the trigger's secret: "+
			"by X-Hub-Signature-256, X-Gitea-Signature, X-Forgejo-Signature, X-Gitlab-Token, or webhook-signature with webhook-id and a webhook-timestamp of the last five minutes")
	}
	return &Incoming{trigger, header, body}, nil
}

// maxHops limits the programs that an event may have passed through.
const maxHops = 5

// Take requests what a delivery asks for: a publication, or, of a mirror, a pull.
// Mistakes of the sender are a [*Refusal]; then nothing has been recorded, and the
// same delivery may be repeated. An event of another ref than the trigger
// publishes is nothing wrong: services send all events to one address, and stop
// sending to one that refuses some.
func (v *Receiver) Take(ctx context.Context, d *Incoming) (Receipt, error) {
	o, err := readOrder(d.header, d.body)
	switch {
	case err != nil:
		return Receipt{}, refuse(Malformed, "%v", err)
	case o.idle != "":
		return Receipt{Text: o.idle}, nil
	}
	r := &requisition{Receiver: v, trigger: d.trigger, ref: o.ref, delivery: idOf(d.header)}
	if r.delivery == "" {
		return Receipt{}, refuse(Malformed, "the delivery must have one id of 1 to 200 printable ASCII characters, "+
			"so that it takes effect only once: in webhook-id, X-GitHub-Delivery, X-Gitea-Delivery, X-Forgejo-Delivery, Idempotency-Key or X-Gitlab-Event-UUID")
	}
	r.hops, _ = strconv.Atoi(d.header.Get(HopsField)) // what is no number has not come from a program of this kind
	if r.hops < 0 || r.hops >= maxHops {
		return Receipt{Text: fmt.Sprintf("this has been passed on %d times, and ends here", r.hops)}, nil
	}
	if seen, err := v.triggers.seen(ctx, d.trigger.Name, r.delivery); err != nil || seen {
		return Receipt{Queued: true, Text: "this delivery was accepted before"}, err
	}
	if v.mirrors != nil {
		if mirror, err := v.mirrors.Mirrors(ctx, d.trigger.RepositoryID); err != nil {
			return Receipt{}, err
		} else if mirror {
			return r.pull(ctx)
		}
	}
	if o.gone {
		return Receipt{Text: fmt.Sprintf("nothing to do: %s was deleted", o.ref)}, nil
	}
	receipt, err := r.publish(ctx)
	if refusal := (*Refusal)(nil); o.event && errors.As(err, &refusal) && refusal.Reason == NotPublishable {
		return Receipt{Text: "nothing to do: " + refusal.Detail}, nil
	}
	return receipt, err
}

// requisition is the request of a delivery that was understood.
type requisition struct {
	*Receiver
	trigger  *Trigger
	ref      string // full name; empty: it does not say
	delivery string // its id
	hops     int
}

// pull asks for the pull in one transaction with the record of the delivery. Which
// ref has moved does not matter: all of them are looked at.
func (r *requisition) pull(ctx context.Context) (Receipt, error) {
	text := "the upstream will be pulled"
	err := r.triggers.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		first, err := remember(ctx, tx, r.trigger.Name, r.delivery)
		if err != nil || !first {
			return err
		}
		return r.mirrors.Request(ctx, tx, r.trigger.RepositoryID, r.hops)
	})
	return Receipt{Queued: true, Text: text}, err
}

// publish asks for the publication in one transaction with the record of the
// delivery.
func (r *requisition) publish(ctx context.Context) (Receipt, error) {
	ref, err := r.choose(ctx, r.trigger, r.ref)
	if err != nil {
		return Receipt{}, err
	}
	commit, err := r.permitted(ctx, r.trigger, ref)
	for tries := 0; err == nil; tries++ {
		var number int64
		number, err = r.commit(ctx, ref, commit)
		var moved *movedError
		switch {
		case err == nil && number == 0:
			return Receipt{Queued: true, Text: "this delivery was accepted before"}, nil
		case err == nil:
			return Receipt{Queued: true, Text: fmt.Sprintf("publication %d of %s at %s", number, ref, commit)}, nil
		case errors.As(err, &moved) && tries < 5:
			commit, err = r.permitted(ctx, r.trigger, ref)
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
			"%s is not published: name it in %s, or make a trigger for this ref", ref, settings.File)
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
func (r *requisition) commit(ctx context.Context, ref, commit string) (number int64, err error) {
	err = r.triggers.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		number = 0
		first, err := remember(ctx, tx, r.trigger.Name, r.delivery)
		if err != nil || !first {
			return err
		}
		now, err := r.resolve(ctx, tx, r.trigger, ref)
		if err != nil {
			return err
		}
		if now != commit {
			return &movedError{ref}
		}
		number, err = publish.Request(ctx, tx, publish.Publication{
			RepositoryID: r.trigger.RepositoryID, Ref: ref, Commit: commit, Kind: publish.Release, Hops: r.hops})
		return err
	})
	return number, err
}
