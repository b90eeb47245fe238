// Package probe tests an HTTP server against the decision table, over the wire.
// For each edge of [decision.Table] it sends a request that must take it, and
// judges the response by RFC 9110 and its companions.
//
//   - A target is a URL, and what has been learned of it: validators, variants,
//     methods, how writes end.
//   - A recipe is one way to take an edge: what must be known of a target, the
//     request, the responses that show that the edge was taken, those that are
//     right too and show nothing, and the rule that any other response breaks.
//   - A finding, a result and a report are those of package report.
//
// Where the edge depends on the request, one page is enough. Where it depends on
// the state of a resource, one of the targets must be in that state: a page that
// is gone, a form that answers 303. Package target has resources in all states.
//
// A response with a Decision-Path, as Rhaptos sends when it keeps traces, is also
// judged by that path, step by step.
//
// Requests are sent one after another, each on a connection of its own. Those
// about slow clients wait beside the others. Without [Options.Writes] only GET,
// HEAD, OPTIONS, TRACE and an unknown method are sent.
package probe
