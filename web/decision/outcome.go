package decision

import (
	"net/http"
	"strconv"
	"time"
)

// Result says how a method ended.
type Result uint8

// The results. All but Done, Created, Queued, Elsewhere and Reset are errors.
const (
	Done            Result = iota // 200 with content, 204 without
	Created                       // 201
	Queued                        // 202
	Elsewhere                     // 303: the result is at Location
	Reset                         // 205
	Malformed                     // 400
	TimedOut                      // 408: the content did not arrive
	TooLarge                      // 413: found out while the content was read
	Unprocessable                 // 422
	Conflict                      // 409
	TooMany                       // 429: too many requests are in progress
	NoRoom                        // 507
	UpstreamWrong                 // 502
	UpstreamTooLate               // 504
	results                       // how many there are
)

// Outcome is the answer of [Resource.Process]. The zero Outcome is success with
// nothing to add.
type Outcome struct {
	Result Result

	// Location is the URL of what was created, of the result, or of a page that
	// shows how queued work progresses.
	Location string

	ETag       string        // of the new state; only if the content was taken as it was sent (9.3.4)
	Modified   time.Time     // the same as Last-Modified; zero if unknown
	Reason     string        // of an error, in words for the client; may be empty
	RetryAfter time.Duration // of an error that will pass; 0 if not known
	Header     http.Header   // further fields

	// Content is sent with 200, 201 and 202; nil sends nothing. Its validators
	// are not sent: they would not be those of the resource.
	Content *Representation
}

// Error lets [Resource.Representations] return an Outcome as an error.
func (o *Outcome) Error() string {
	if o.Reason != "" {
		return o.Reason
	}
	return "result " + strconv.Itoa(int(o.Result))
}
