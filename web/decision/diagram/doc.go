// Package diagram draws the decision table as an SVG document: the whole of it,
// one request's way through it, or what the traffic of a server has walked.
//
// The picture is made from the table alone: each group of decisions whose ids
// begin with the same letter is a stretch of a column, in the table's order; a
// way that ends in a status has its status beside the box; any other way is a
// line to the decision that it leads to. Lines that lead to the same decision
// join.
package diagram
