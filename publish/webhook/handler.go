package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish"
)

// Path is where triggers live; the trigger's name follows.
const Path = "/-/hooks/"

const maxBody = 1 << 20 // bytes

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

// Handler answers the requests of triggers: POST /-/hooks/NAME.
type Handler struct {
	triggers *Triggers
	resolver Resolver
	log      *slog.Logger
}

// NewHandler makes the handler of the triggers.
func NewHandler(triggers *Triggers, resolver Resolver, log *slog.Logger) *Handler {
	return &Handler{triggers, resolver, log}
}

// ServeHTTP verifies a request and asks for the publication that it wants:
//
//	202  asked for, now or by an earlier request with the same delivery id
//	200  nothing to do: a ping, or an event that is not a push
//	400  no delivery id, or a body that cannot be read
//	401  no such trigger, or its signature is missing or wrong
//	405, 413, 415, 422 (the ref is not there or not published), 500
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		writeProblem(w, http.StatusMethodNotAllowed, "a trigger is a POST")
		return
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	answer, err := h.answer(w, r)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		writeProblem(w, refused.status, refused.detail)
	case err != nil:
		h.log.ErrorContext(r.Context(), "trigger failed", "path", r.URL.Path, "err", err)
		writeProblem(w, http.StatusInternalServerError, "the publication could not be asked for; send the same delivery again later")
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(answer.status)
		io.WriteString(w, answer.text+"\n")
	}
}

// refusal is an error that the sender can do something about.
type refusal struct {
	status int
	detail string
}

func (r *refusal) Error() string { return r.detail }

func refuse(status int, format string, args ...any) error {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

// writeProblem sends a problem as of RFC 9457.
func writeProblem(w http.ResponseWriter, status int, detail string) {
	body, _ := json.Marshal(struct { // strings and numbers always encode
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}{http.StatusText(status), status, detail})
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}

type answer struct {
	status int
	text   string
}

func (h *Handler) answer(w http.ResponseWriter, r *http.Request) (*answer, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, refuse(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", maxBody)
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "the body could not be read to its end")
	}
	trigger, err := h.verify(r, body)
	if err != nil {
		return nil, err
	}
	// Behind this line the sender is known to have the secret.
	if event := r.Header.Get("X-GitHub-Event"); event != "" && event != "push" {
		return &answer{http.StatusOK, fmt.Sprintf("nothing to do for the event %q", event)}, nil
	}
	delivery := r.Header.Get("X-GitHub-Delivery")
	if !deliveryID.MatchString(delivery) {
		return nil, refuse(http.StatusBadRequest,
			"the header X-GitHub-Delivery must hold an id of this delivery, 1 to 200 printable ASCII characters, so that it takes effect only once")
	}
	ref, err := requestedRef(r.Header.Get("Content-Type"), body)
	if errors.Is(err, errMediaType) {
		return nil, refuse(http.StatusUnsupportedMediaType, "%v", err)
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%v", err)
	}
	return h.request(r.Context(), trigger, delivery, ref)
}

// verify finds the trigger that the request is for and checks its signature
// over the body as it came. The same error and about the same work answer for
// a trigger that does not exist.
func (h *Handler) verify(r *http.Request, body []byte) (*Trigger, error) {
	trigger, secret, err := h.triggers.find(r.Context(), strings.TrimPrefix(r.URL.Path, Path))
	known := err == nil
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	if !signed(secret, r.Header.Values("X-Hub-Signature-256"), body) || !known {
		return nil, refuse(http.StatusUnauthorized,
			"no such trigger, or the header X-Hub-Signature-256 is not the signature of this body with the trigger's secret")
	}
	return trigger, nil
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
func (h *Handler) request(ctx context.Context, t *Trigger, delivery, ref string) (*answer, error) {
	if seen, err := h.triggers.seen(ctx, t.Name, delivery); err != nil || seen {
		return &answer{http.StatusAccepted, "this delivery has been taken before"}, err
	}
	ref, err := h.choose(ctx, t, ref)
	if err != nil {
		return nil, err
	}
	commit, err := h.permitted(ctx, t, ref)
	for tries := 0; err == nil; tries++ {
		var number int64
		number, err = h.commit(ctx, t, delivery, ref, commit)
		var moved *movedError
		switch {
		case err == nil && number == 0:
			return &answer{http.StatusAccepted, "this delivery has been taken before"}, nil
		case err == nil:
			return &answer{http.StatusAccepted, fmt.Sprintf("publication %d of %s at %s", number, ref, commit)}, nil
		case errors.As(err, &moved) && tries < 5:
			commit, err = h.permitted(ctx, t, ref)
		case moved != nil:
			err = refuse(http.StatusConflict, "%s moved while it was looked at; send the same delivery again", ref)
		}
	}
	return nil, err
}

// choose is the ref to publish: what the request names, else what the trigger
// is for, else the default branch.
func (h *Handler) choose(ctx context.Context, t *Trigger, ref string) (string, error) {
	switch {
	case ref == "" && t.Ref == "":
		head, err := h.resolver.Head(ctx, h.triggers.db, t.RepositoryID)
		if err != nil {
			return "", fmt.Errorf("find the default branch: %w", err)
		}
		return head, nil
	case ref == "":
		return t.Ref, nil
	case !fullName(ref):
		return "", refuse(http.StatusUnprocessableEntity, "ref must be a full name, such as refs/heads/main")
	case t.Ref != "" && t.Ref != ref:
		return "", refuse(http.StatusUnprocessableEntity, "this trigger publishes %s only", t.Ref)
	}
	return ref, nil
}

// permitted is the commit of the ref, if the trigger may publish it. Looking
// into the commit for the settings takes too long for a write transaction.
func (h *Handler) permitted(ctx context.Context, t *Trigger, ref string) (commit string, err error) {
	commit, err = h.resolve(ctx, h.triggers.db, t, ref)
	if err != nil || t.Ref != "" {
		return commit, err
	}
	ok, err := h.resolver.Published(ctx, t.RepositoryID, ref, commit)
	if err != nil {
		return "", fmt.Errorf("read the settings of %s: %w", ref, err)
	}
	if !ok {
		return "", refuse(http.StatusUnprocessableEntity,
			"%s is not published: name it in %s, or make a trigger for this ref", ref, publish.SettingsFile)
	}
	return commit, nil
}

func (h *Handler) resolve(ctx context.Context, q database.Queryer, t *Trigger, ref string) (string, error) {
	commit, err := h.resolver.Resolve(ctx, q, t.RepositoryID, ref)
	if errors.Is(err, ErrNoRef) {
		return "", refuse(http.StatusUnprocessableEntity, "the repository has no ref %s", ref)
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
func (h *Handler) commit(ctx context.Context, t *Trigger, delivery, ref, commit string) (number int64, err error) {
	err = h.triggers.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		number = 0
		first, err := remember(ctx, tx, t.Name, delivery)
		if err != nil || !first {
			return err
		}
		now, err := h.resolve(ctx, tx, t, ref)
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
