package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
)

// ErrNoPush says that no push has the id.
var ErrNoPush = errors.New("no such push")

// PushRecord is a push as it was recorded, accepted or not.
type PushRecord struct {
	ID        string // grows with time
	Version   int64  // of the repository after the push
	Actor     string // the account's name
	Transport string // "http" or "ssh"
	At        time.Time
	Updates   []gitserver.RefUpdate
	Omitted   int              // updates that the record does not have, because there were too many
	Options   []string         // push options, verbatim
	Accepted  bool             // at least one ref was updated
	Verdict   []string         // the messages that the pusher got, line by line
	Report    blobstore.Digest // of what the hooks found; empty if there is no report

	Certificate *gitserver.Certificate // nil: the push was not signed
}

// recordedUpdate is a ref update in the push row's JSON. Names are bytes in
// git; what is not UTF-8 is replaced here, the row being for people to read.
type recordedUpdate struct {
	Ref     string `json:"ref"`
	Old     string `json:"old"`
	New     string `json:"new"`
	Refused string `json:"refused,omitempty"`
	Forced  bool   `json:"forced,omitempty"`
	Omitted int    `json:"omitted,omitempty"` // in a last element without a ref
}

// maxRecorded bounds the updates in the record of a push.
const maxRecorded = 1000

// recorded returns the record of the updates. If there are too many, those that were
// refused come first.
func (t *transaction) recorded() []recordedUpdate {
	list := make([]recordedUpdate, 0, len(t.push.Updates))
	for _, u := range t.push.Updates {
		list = append(list, recordedUpdate{Ref: u.Name, Old: u.Old.String(), New: u.New.String(), Refused: t.reason(u), Forced: u.Forced})
	}
	if len(list) <= maxRecorded {
		return list
	}
	slices.SortStableFunc(list, func(a, b recordedUpdate) int { return cmp.Compare(accepts(a), accepts(b)) })
	return append(list[:maxRecorded], recordedUpdate{Omitted: len(list) - maxRecorded})
}

func accepts(u recordedUpdate) int {
	if u.Refused == "" {
		return 1
	}
	return 0
}

// keepReport makes the push's report durable in the blob store.
func (s *Store) keepReport(ctx context.Context, push *gitserver.Push) (blobstore.Digest, error) {
	if len(push.Report) == 0 {
		return "", nil
	}
	info, err := s.blobs.Put(ctx, bytes.NewReader(push.Report))
	if err != nil {
		return "", fmt.Errorf("keep the report: %w", err)
	}
	return info.Digest, nil
}

func (t *transaction) record(ctx context.Context, version int64, accepted bool) error {
	p := t.push
	updatesJSON, err := json.Marshal(t.recorded())
	if err != nil {
		return err
	}
	optionsJSON, err := json.Marshal(append([]string{}, p.Options...))
	if err != nil {
		return err
	}
	c := p.Certificate
	if c == nil {
		c = &gitserver.Certificate{}
	}
	_, err = t.tx.ExecContext(ctx, `INSERT INTO push (repository_id, id, version, actor, transport, at, updates, options, accepted, verdict, report,
			certificate, certificate_status, certificate_signer, nonce_status)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		p.Repository.ID, p.ID, version, p.Actor, p.Transport, database.Micros(p.At),
		string(updatesJSON), string(optionsJSON), accepted, strings.Join(p.Verdict, "\n"), string(t.report),
		c.Text, string(c.Status), c.Signer, string(c.Nonce))
	return err
}

const pushColumns = "id, version, actor, transport, at, updates, options, accepted, verdict, report, certificate, certificate_status, certificate_signer, nonce_status"

func scanPush(row database.Row) (*PushRecord, error) {
	var p PushRecord
	var at int64
	var updates, options, verdict, report string
	var c gitserver.Certificate
	if err := row.Scan(&p.ID, &p.Version, &p.Actor, &p.Transport, &at, &updates, &options, &p.Accepted, &verdict, &report,
		&c.Text, &c.Status, &c.Signer, &c.Nonce); err != nil {
		return nil, err
	}
	if c.Text != "" {
		p.Certificate = &c
	}
	var recorded []recordedUpdate
	if err := errors.Join(json.Unmarshal([]byte(updates), &recorded), json.Unmarshal([]byte(options), &p.Options)); err != nil {
		return nil, fmt.Errorf("the record of push %s: %w", p.ID, err)
	}
	for _, u := range recorded {
		if u.Ref == "" && u.Omitted > 0 {
			p.Omitted = u.Omitted
			continue
		}
		p.Updates = append(p.Updates, gitserver.RefUpdate{Name: u.Ref, Old: plumbing.NewHash(u.Old), New: plumbing.NewHash(u.New), Refused: u.Refused, Forced: u.Forced})
	}
	p.At, p.Report = database.Time(at), blobstore.Digest(report)
	if verdict != "" {
		p.Verdict = strings.Split(verdict, "\n")
	}
	return &p, nil
}

// Push reads the record of one push. The error of one that is not there
// matches ErrNoPush.
func (r Repositories) Push(ctx context.Context, repositoryID, id string) (*PushRecord, error) {
	p, err := scanPush(r.DB.QueryRowContext(ctx, "SELECT "+pushColumns+" FROM push WHERE repository_id = $1 AND id = $2", repositoryID, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNoPush
	}
	return p, err
}

// Pushes reads the records of up to n pushes, newest first: those before the
// push with the id before, or the latest if before is empty.
func (r Repositories) Pushes(ctx context.Context, repositoryID, before string, n int) ([]*PushRecord, error) {
	rows, err := r.DB.QueryContext(ctx, "SELECT "+pushColumns+` FROM push
		WHERE repository_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3`, repositoryID, before, n)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, scanPush)
}
