// Package decision answers HTTP requests by walking a table of decisions, so
// that every status code comes from one place and for a stated reason. It knows
// nothing of what is served: any program can wrap what it has with it.
//
//   - A [Resource] states facts: which methods it allows, who may see it, whether
//     it exists, which representations it has, what a change came to.
//   - A [Representation] is one form of a resource: media type, language, content
//     coding, validators, length, bytes.
//   - An [Outcome] is what a method came to that is not safe: done, created,
//     queued, in conflict.
//   - A [Decision] is a question with two ways out; each leads to another decision
//     or to a status. All of them are the rows of one table ([Table]).
//   - A [Trace] is the list of questions that one request met, and their answers.
//   - A [Listener] brings under the table what net/http answers by itself.
//
// The table descends from the flow diagram of Webmachine (version 3, whose ids
// are kept in the column Old), put right by RFC 9110: existence comes before
// negotiation, preconditions come in the order of section 13.2.2, a range is
// looked at for GET only. A small letter marks a row that was cut in two.
//
// To wrap a resource, embed [Defaults] and write only what differs; see the
// examples. HEAD and OPTIONS need nothing. Of the fields that the engine sets a
// resource sets none: Allow, Vary, ETag, Last-Modified, Accept-Ranges,
// Content-Length and their kin follow from the facts, and so do the bodies of
// errors, in HTML, as problem details (RFC 9457) or as text.
//
// Sections are those of RFC 9110 unless another RFC is named.
package decision
