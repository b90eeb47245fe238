// Package e2e tests the program as its users meet it: its tests build rhaptos,
// start it, and talk to it by git, ssh, HTTP and a browser. They use nothing of
// package main.
//
// A scenario is a text archive below testdata/script, run by [TestScripts]; what
// needs a loop, a clock or a second process is a test in Go. A file is named by
// what its tests check.
package e2e
