package contribution

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/plaintext"
)

// maxCommit bounds the part of a commit object that is read, in bytes.
const maxCommit = 64 << 10

// commit is what a commit says about the change that it is a part of.
type commit struct {
	title, text string
	changeID    string // empty: none
}

// readCommit reads a commit of the quarantine.
func (b *batch) readCommit(ctx context.Context, id plumbing.Hash) (commit, error) {
	out := &head{left: maxCommit}
	err := b.Git.Run(ctx, gitexec.Command{Args: []string{"cat-file", "commit", id.String()}, Env: b.Objects.Environment(), Stdout: out})
	if err != nil {
		return commit{}, err
	}
	return parseCommit(out.b.Bytes()), nil
}

// head keeps the beginning of what is written to it.
type head struct {
	b    bytes.Buffer
	left int
}

// Write implements [io.Writer].
func (h *head) Write(p []byte) (int, error) {
	n := min(len(p), h.left)
	h.left -= n
	h.b.Write(p[:n])
	return len(p), nil
}

var (
	// Gerrit's trailer, which its commit-msg hook writes.
	changeTrailer = regexp.MustCompile(`(?i)^Change-Id:[ \t]*([0-9A-Za-z._-]{1,100})[ \t]*$`)

	// The header of Jujutsu and GitButler.
	changeHeader = regexp.MustCompile(`^change-id ([0-9A-Za-z._-]{1,100})$`)

	trailer = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*:[ \t]`)
)

// parseCommit reads a commit object. A header for the change id counts more than a
// trailer. Trailers are no part of the text.
func parseCommit(object []byte) (c commit) {
	headers, message, _ := strings.Cut(plain(string(object)), "\n\n")
	for line := range strings.Lines(headers) {
		if m := changeHeader.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
			c.changeID = m[1]
		}
	}
	c.title, message, _ = strings.Cut(strings.TrimSpace(message), "\n")
	c.title = oneLine(c.title, maxTitle)
	message = strings.TrimSpace(message)
	start := strings.LastIndex(message, "\n\n") + 1
	if last := strings.TrimSpace(message[start:]); isTrailers(last) {
		for line := range strings.Lines(last) {
			if m := changeTrailer.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil && c.changeID == "" {
				c.changeID = m[1]
			}
		}
		message = message[:start]
	}
	c.text = cut(strings.TrimSpace(message), maxText)
	return c
}

// isTrailers reports whether every line of a paragraph is a trailer
// (git-interpret-trailers(1)) or goes on with one.
func isTrailers(paragraph string) bool {
	for i, line := range strings.Split(paragraph, "\n") {
		if !trailer.MatchString(line) && (i == 0 || !strings.HasPrefix(line, " ")) {
			return false
		}
	}
	return true
}

// plain is text that is fit for a terminal and a page, with LF at the ends of lines.
func plain(s string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(plaintext.Text(s))
}

// oneLine is text on one line of at most n bytes.
func oneLine(s string, n int) string { return cut(strings.Join(strings.Fields(plain(s)), " "), n) }

// cut shortens text to at most n bytes, of whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n -= len("…")
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
