// Package diagram draws the decision table as an SVG document: all of it, the
// path of one request through it, or the traffic of a server.
//
// The drawing is made from the table alone. Each group of decisions whose ids
// begin with the same letter is a stretch of a column, in the order of the
// table. An edge that ends in a status has the status beside the box; any other
// edge is a line to the decision that it leads to. Lines to the same decision
// join.
package diagram
