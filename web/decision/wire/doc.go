// Package wire reads HTTP/1.1 as it comes over a connection, in front of
// net/http, and bounds how long a client may take to send or to receive. It
// knows no resources and chooses no status.
//
//   - A listener ([Listen]) hands out connections that read and check the head of
//     each request (RFC 9112) before net/http sees a byte of it. The heads that
//     pass are a subset of those that net/http accepts.
//   - A [Fault] says why a head was refused. Its [Kind] is what a caller maps to
//     a status.
//   - [Limits] are the longest target, the largest header section and the time
//     that a head may take.
//   - A [Body] reads the content of a request under a deadline, and fails once
//     the request is over.
//   - A [Writer] sends a response under a deadline, piece by piece.
package wire
