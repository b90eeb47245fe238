// Package probe walks the diagram of HTTP decisions over the wire, against any
// server: for each edge of [decision.Table] it makes a request that must take
// it, and judges the answer by what RFC 9110 and its companions say.
//
//   - A Target is an address, and what has been learned of it: validators,
//     variants, methods, what becomes of a write.
//   - A recipe is one way to take an edge: what must be known of a target, the
//     request, the answers that show that the edge was taken, those that are
//     right too and show nothing, and the rule that any other one breaks.
//   - A report.Finding is what came of one recipe at one target.
//   - A Result is what came of an edge, of all findings together.
//
// Edges whose way depends on the request can be forced at a single page. Those
// whose way depends on the state of a resource are only walked if one of the
// targets is in that state: a page that is gone, a form that answers 303. The
// package target is a set of resources in all states.
//
// An answer that tells its way in Decision-Path, as those of Rhaptos do when it
// keeps traces, is judged by that too: step by step.
//
// Requests go one after another, each on a connection of its own, except those
// that are about being slow: these wait beside the others. Nothing but GET,
// HEAD, OPTIONS, TRACE and a method that nobody knows is sent unless
// [Options.Writes] is set.
package probe
