// Package rawhttp sends HTTP/1.1 requests byte for byte as they are written,
// also those that net/http refuses to send, and reads what comes back.
//
//   - A [Request] is a request line, fields and content, each of which may be
//     wrong on purpose. It can be written as a shell command ([Request.Curl]).
//   - A [Client] sends a request on a connection of its own.
//   - A [Response] is what came back: a final response, or one of [Closed],
//     [TimedOut] and [Garbled].
package rawhttp
