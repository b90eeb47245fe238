// Package negotiate reads the header fields by which an HTTP client says what
// it wants: which representation of a resource (Accept, Accept-Language,
// Accept-Encoding), under which precondition (entity tags and dates) and which
// part of it (Range). It only reads and compares; what follows from the answer
// is the business of the caller.
//
//   - An offer is what the server has: a media type, a language tag, a coding.
//   - A quality is the weight that the client gives it, from 0 to 1000.
//   - An entity tag names one state of one representation.
//
// The functions take the values of a field as they stand in an [http.Header],
// one string for each field line, nil when the field is absent. Clients send
// much that the grammar does not know. An element that cannot be understood is
// left out, and the rest of the field counts; a field in which nothing can be
// understood counts as absent. The exceptions are said at each function.
//
// The sections named are those of RFC 9110.
package negotiate
