// Package decision answers HTTP requests by walking a table of decisions, so
// that every status code has one place and a stated reason. It knows nothing of
// what is served: any program can use it.
//
//   - A [Resource] states facts: which methods it allows, who may see it, whether
//     it exists, which representations it has, how a change ended.
//   - A [Representation] is one form of a resource: media type, language, content
//     coding, validators, length, bytes.
//   - An [Outcome] says how a method that is not safe ended: done, created,
//     queued, in conflict.
//   - A [Decision] is a question with two edges; each leads to a [Node]: another
//     decision, or a status. The decisions are the rows of one table ([Table]).
//   - A [Trace] is the path of one request: its decisions, and their answers.
//   - A [Handler] walks the table. [Handler.Listen] makes it decide also what
//     net/http would answer itself; package wire reads the connection for it.
//
// The table descends from the flow diagram of Webmachine (version 3, whose ids
// are kept in the column Old), corrected by RFC 9110: existence comes before
// negotiation, preconditions come in the order of section 13.2.2, a range counts
// for GET only. A small letter marks a row that was cut in two.
//
// To write a resource, embed [Defaults] and write only what differs; see the
// examples. HEAD and OPTIONS need nothing. A resource sets none of the fields
// that follow from its facts: Allow, Vary, ETag, Last-Modified, Accept-Ranges,
// Content-Length and their kin. The bodies of errors are made too, as HTML, as
// problem details (RFC 9457) or as text.
//
// Sections are those of RFC 9110 unless another RFC is named.
package decision
