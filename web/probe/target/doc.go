// Package target is a set of resources in all the states that the table of
// decisions tells apart: every edge that a client can take is taken by some
// request to one of them. The test client is tried on it, and other clients
// can be.
//
// Nothing that is sent to them is kept: a resource that was deleted is there
// the next time.
package target
