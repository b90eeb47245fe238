package contribution

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/google/uuid"

	"github.com/rhaptos/rhaptos/gitserver"
)

// Verdict is what a review says about a version as a whole.
type Verdict string

// The verdicts. A review with none is a remark.
const (
	Remark  Verdict = ""
	Approve Verdict = "approve"
	Request Verdict = "request-changes"
)

// Review is an opinion or a remark on a version of a contribution.
type Review struct {
	ID           string // a URN
	Contribution int64
	Version      int64
	Author       string // name of the account
	At           time.Time
	Verdict      Verdict
	Text         string // may be empty if there is a verdict
	Path         string // of a file in the version; empty: the review is about all of it
	Line         int    // from 1; 0: the review is about the whole file
	Quote        string // the line

	Now *Now // in the latest version, of an earlier one; nil: it is not known, or the same
}

// annotation is a review as a note has it: a Web Annotation
// (https://www.w3.org/TR/annotation-model/) with two members of our own.
type annotation struct {
	Context    []any   `json:"@context"`
	ID         string  `json:"id"`
	Type       string  `json:"type"`
	Motivation string  `json:"motivation"`
	Creator    creator `json:"creator"`
	Created    string  `json:"created"`
	Body       *body   `json:"body,omitempty"`
	Target     target  `json:"target"`

	Contribution int64   `json:"rhaptos:contribution"`
	Version      int64   `json:"rhaptos:version"`
	Verdict      Verdict `json:"rhaptos:verdict,omitempty"`
}

type creator struct {
	Type string `json:"type"`
	Name string `json:"nickname"`
}

type body struct {
	Type   string `json:"type"`
	Value  string `json:"value"`
	Format string `json:"format"`
}

type target struct {
	Source   string     `json:"source"` // refs/contributions/N/vK, or a file in it behind ":", as git writes it
	Selector []selector `json:"selector,omitempty"`
}

// selector is a FragmentSelector with a line in the form of RFC 5147, or a
// TextQuoteSelector with the text of the line.
type selector struct {
	Type       string `json:"type"`
	ConformsTo string `json:"conformsTo,omitempty"`
	Value      string `json:"value,omitempty"`
	Exact      string `json:"exact,omitempty"`
}

// vocabulary is where the members of our own are defined.
const vocabulary = "https://rhaptos.org/ns#"

func (r *Review) annotation() annotation {
	a := annotation{
		Context: []any{"http://www.w3.org/ns/anno.jsonld", map[string]string{"rhaptos": vocabulary}},
		ID:      r.ID, Type: "Annotation", Motivation: "commenting", Creator: creator{"Person", r.Author},
		Created: r.At.UTC().Format(time.RFC3339), Contribution: r.Contribution, Version: r.Version, Verdict: r.Verdict,
		Target: target{Source: VersionRef(r.Contribution, r.Version)},
	}
	if r.Verdict != Remark {
		a.Motivation = "assessing"
	}
	if r.Text != "" {
		a.Body = &body{"TextualBody", r.Text, "text/plain"}
	}
	if r.Path == "" {
		return a
	}
	a.Target.Source += ":" + r.Path
	if r.Line > 0 {
		a.Target.Selector = []selector{
			{Type: "FragmentSelector", ConformsTo: "http://tools.ietf.org/rfc/rfc5147", Value: fmt.Sprintf("line=%d,%d", r.Line-1, r.Line)},
			{Type: "TextQuoteSelector", Exact: r.Quote},
		}
	}
	return a
}

func (a *annotation) review() (*Review, error) {
	at, err := time.Parse(time.RFC3339, a.Created)
	if err != nil {
		return nil, err
	}
	r := &Review{ID: a.ID, Contribution: a.Contribution, Version: a.Version, Author: a.Creator.Name, At: at, Verdict: a.Verdict}
	if a.Body != nil {
		r.Text = a.Body.Value
	}
	_, r.Path, _ = strings.Cut(a.Target.Source, ":")
	for _, s := range a.Target.Selector {
		switch s.Type {
		case "FragmentSelector":
			_, end, _ := strings.Cut(s.Value, ",")
			if r.Line, err = strconv.Atoi(end); err != nil {
				return nil, err
			}
		case "TextQuoteSelector":
			r.Quote = s.Exact
		}
	}
	return r, nil
}

// parseReviews reads a note.
func parseReviews(note []byte) (list []*Review, err error) {
	for line := range bytes.Lines(note) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var a annotation
		if err := json.Unmarshal(line, &a); err != nil {
			return nil, fmt.Errorf("a review: %w", err)
		}
		r, err := a.review()
		if err != nil {
			return nil, fmt.Errorf("a review: %w", err)
		}
		list = append(list, r)
	}
	return list, nil
}

// trees has the trees of commits.
type trees interface {
	Tree(commit plumbing.Hash) (fs.FS, error)
}

// readNote returns the note on a commit; empty: there is none.
func readNote(objects trees, refs []gitserver.Ref, commit plumbing.Hash) ([]byte, error) {
	ref, ok := find(refs, gitserver.ReviewRef)
	if !ok {
		return nil, nil
	}
	tree, err := objects.Tree(ref.Target)
	if err != nil {
		return nil, err
	}
	note, err := fs.ReadFile(tree, commit.String())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return note, err
}

// readReviews returns the reviews of a version by its head, the first one first.
func readReviews(objects trees, refs []gitserver.Ref, head plumbing.Hash) ([]*Review, error) {
	note, err := readNote(objects, refs, head)
	if err != nil {
		return nil, err
	}
	return parseReviews(note)
}

// approvals returns who approves of the latest version of a contribution, and who asks
// for changes. The last verdict of each reviewer counts, and that of the author does
// not.
func (c *Contributions) approvals(ctx context.Context, repo *gitserver.Repository, of *Contribution, reviews []*Review) (approve, against []string, err error) {
	last := map[string]Verdict{}
	var order []string
	for _, r := range reviews {
		if r.Contribution != of.Number || r.Verdict == Remark || r.Author == of.Author {
			continue
		}
		if _, ok := last[r.Author]; !ok {
			order = append(order, r.Author)
		}
		last[r.Author] = r.Verdict
	}
	for _, name := range order {
		if c.Counts != nil {
			counts, err := c.Counts(ctx, repo, name)
			if err != nil {
				return nil, nil, err
			}
			if !counts {
				continue
			}
		}
		if last[name] == Approve {
			approve = append(approve, name)
		} else {
			against = append(against, name)
		}
	}
	return approve, against, nil
}

// newReview checks a review and completes it.
func newReview(r *Review, of *Contribution, tree fs.FS, at time.Time) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	r.ID, r.Contribution, r.Version, r.At = id.URN(), of.Number, of.Version, at
	r.Text = strings.TrimSpace(plain(r.Text))
	switch {
	case len(r.Text) > maxText:
		return fmt.Errorf("the text is longer than %d bytes", maxText)
	case r.Text == "" && r.Verdict == Remark:
		return errors.New("a review needs a text, or says --approve or --request-changes")
	case r.Verdict != Remark && r.Author == of.Author:
		return errors.New("nobody approves of a contribution of their own")
	case r.Path == "":
		return nil
	case !fs.ValidPath(r.Path):
		return fmt.Errorf("%.200q is no path of a file", r.Path)
	}
	info, err := fs.Stat(tree, r.Path)
	if err != nil || !info.Mode().IsRegular() {
		return fmt.Errorf("version %d has no file %s", of.Version, path.Clean(r.Path))
	}
	if r.Line == 0 {
		return nil
	}
	text, err := fs.ReadFile(tree, r.Path)
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if r.Line < 1 || r.Line > len(lines) {
		return fmt.Errorf("%s has %d lines, and no line %d", r.Path, len(lines), r.Line)
	}
	r.Quote = cut(plain(lines[r.Line-1]), 1000)
	return nil
}
