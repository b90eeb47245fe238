// Package failpoint names the steps of a push and of a publication at which
// the crash test kills the server. Without the build tag failpoint the names
// cost nothing and do nothing.
package failpoint
