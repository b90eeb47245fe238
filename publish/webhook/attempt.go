package webhook

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/egress"
)

// Bounds of what the log of an attempt holds of a response, in bytes.
const (
	loggedBody   = 4 << 10
	loggedHeader = 8 << 10
)

// Attempt is one attempt at a delivery, as the log has it.
type Attempt struct {
	Number         int
	At             time.Time
	Took           time.Duration
	URL            string
	RequestHeader  string // as on the wire
	Status         int    // 0: there was no response
	Response       string // a status line, or why there was none
	ResponseHeader string
	ResponseBody   string // the beginning of it
}

// attempt is an Attempt in progress.
type attempt struct {
	at             time.Time
	took           time.Duration
	url            string
	requestHeader  string
	status         int
	response       string
	responseHeader string
	responseBody   string
	retryAfter     time.Duration // how long the receiver wants not to be asked
}

func (a *attempt) accepted() bool { return a.status/100 == 2 }

// gone reports whether the receiver wants no more deliveries. Standard
// Webhooks let it say so by 410.
func (a *attempt) gone() bool { return a.status == http.StatusGone }

// longestRetryAfter bounds what a receiver may ask for.
const longestRetryAfter = 24 * time.Hour

// record notes a response and the beginning of its body.
func (a *attempt) record(r *http.Response, body []byte) {
	a.status, a.response = r.StatusCode, egress.Plain(r.Status)
	a.responseHeader = headerText(r.Header, loggedHeader)
	a.responseBody = shown(body, loggedBody)
	a.retryAfter = min(retryAfter(r.Header.Get("Retry-After"), a.at), longestRetryAfter)
}

// retryAfter reads the field of that name: seconds or a date (RFC 9110 section
// 10.2.3). What is neither is nothing.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}

// headerText is a header as on the wire, at most limit bytes of it.
func headerText(h http.Header, limit int) string {
	var b strings.Builder
	h.Write(&b)
	return shown([]byte(strings.ReplaceAll(b.String(), "\r\n", "\n")), limit)
}

// shown is text from outside as it is kept: at most limit bytes, UTF-8 without
// NUL.
func shown(text []byte, limit int) string {
	if len(text) > limit {
		text = text[:limit]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(string(text), "\uFFFD"), "\x00", "\uFFFD")
}

func (a *attempt) insert(ctx context.Context, tx database.Tx, delivery string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO delivery_attempt
		(delivery_id, number, at, took, url, request_header, status, answer, answer_header, answer_body)
		SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9 FROM delivery_attempt WHERE delivery_id = $1`,
		delivery, database.Micros(a.at), a.took.Microseconds(), a.url, a.requestHeader, a.status, a.response, a.responseHeader, a.responseBody)
	if err != nil {
		return fmt.Errorf("log attempt at delivery %s: %w", delivery, err)
	}
	return nil
}

// Delivery is one delivery with the body of its request and all attempts, oldest
// first.
func (w *Webhooks) Delivery(ctx context.Context, id string) (d *Delivery, body string, attempts []*Attempt, err error) {
	d, err = scanDelivery(w.db.QueryRowContext(ctx, `SELECT `+deliveryColumns+`, body FROM delivery WHERE id = $1`, id), &body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, "", nil, fmt.Errorf("delivery %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return nil, "", nil, fmt.Errorf("read delivery %s: %w", id, err)
	}
	rows, err := w.db.QueryContext(ctx, `SELECT number, at, took, url, request_header, status, answer, answer_header, answer_body
		FROM delivery_attempt WHERE delivery_id = $1 ORDER BY number`, id)
	if err != nil {
		return nil, "", nil, fmt.Errorf("read attempts at delivery %s: %w", id, err)
	}
	attempts, err = database.Collect(rows, func(row database.Row) (*Attempt, error) {
		var a Attempt
		var at, took int64
		err := row.Scan(&a.Number, &at, &took, &a.URL, &a.RequestHeader, &a.Status, &a.Response, &a.ResponseHeader, &a.ResponseBody)
		a.At, a.Took = database.Time(at), time.Duration(took)*time.Microsecond
		return &a, err
	})
	return d, body, attempts, err
}
