// Package report collects what a probe of a server has found, and writes it as
// text, JSON, JUnit XML or a drawing.
//
//   - A [Finding] records what came of one recipe at one target.
//   - A [Verdict] is its conclusion; verdicts have an order of weight.
//   - A [Result] sums up the findings of an edge of the decision table: its
//     verdict is the weightiest.
//   - A [Report] has a result for each edge.
package report
