// Package upstream lets a repository follow another one elsewhere.
//
//   - An upstream is a repository on another server, reached over Smart HTTP.
//   - A Mirror is one of our repositories that follows an upstream.
//   - A pull makes a mirror's refs those of its upstream.
//
// A pull is a push that the server makes to itself: what the upstream has and
// the mirror has not goes through [gitserver.Server.ReceivePack], judgement, hooks,
// limits and record included. So what would be refused of a person is refused of
// an upstream, and a mirror is never half pulled.
//
// A pull is asked for by a row and a job in one transaction. The row is the truth;
// the job only wakes a worker.
package upstream
