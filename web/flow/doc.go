// Package flow serves the diagram of web/decision: its table as a drawing, the
// traffic of the server on it, and the path of a single request. A trace is the
// list of decisions that a request met.
package flow
