// Package decision answers HTTP requests by walking a table of decisions, so
// that every status code comes from one place and for a stated reason.
//
//   - A Resource states facts: which methods it allows, who may see it, whether
//     it exists, which representations it has.
//   - A Representation is one form of a resource: media type, language, content
//     coding, validators, length, bytes.
//   - A Decision is a question with two ways out; each leads to another decision
//     or to a status. All of them are the rows of one table ([Table]).
//   - A Trace is the list of questions that one request met, and their answers.
//
// The table descends from the flow diagram of Webmachine (version 3, whose ids
// are kept in the column Old), put right by RFC 9110: existence comes before
// negotiation, preconditions come in the order of section 13.2.2, a range is
// looked at for GET only. Ids and order are those of the larger table that this
// one is the beginning of; so an id like M5b marks a row that was cut in two.
//
// To wrap a resource, embed [Defaults] and write only what differs:
//
//	type greeting struct{ decision.Defaults }
//
//	func (greeting) Representations(*http.Request) ([]decision.Representation, error) {
//		return []decision.Representation{decision.Bytes("text/plain; charset=utf-8", []byte("hello\n"))}, nil
//	}
//
//	http.Handle("/greeting", &decision.Handler{
//		Find: func(*http.Request) decision.Resource { return greeting{} },
//	})
//
// HEAD is answered like GET without the content. TRACE is a method that no
// resource allows unless it says so. Sections are those of RFC 9110 unless
// another RFC is named.
package decision
