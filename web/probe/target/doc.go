// Package target is a set of resources in all states that the decision table
// tells apart: for every edge that a client can take, a request to one of them
// takes it. The probe is tested on it, and other clients can be.
//
// Nothing that is sent is kept: a deleted resource is there the next time.
package target
