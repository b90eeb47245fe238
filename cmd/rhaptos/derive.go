package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/lfs"
	"github.com/rhaptos/rhaptos/gitserver/store"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/release"
	treesettings "github.com/rhaptos/rhaptos/publish/settings"
)

type deriveCmd struct {
	Source  string `arg:"" name:"owner/name" help:"The repository to derive from; with @N or @BOOK@N behind it, a release other than the latest."`
	To      string `arg:"" name:"new-owner/new-name" help:"The repository to create."`
	Private bool   `help:"Restrict reading to accounts with a role."`
}

// permission lets an account derive from what it may read, for itself.
func (d *deriveCmd) permission(*env) access.Permission {
	source, _, _ := strings.Cut(d.Source, "@")
	owner, _, _ := strings.Cut(d.To, "/")
	return func(ctx context.Context, a *access.Access, p access.Principal) error {
		if err := access.OnRepository(source, access.Read)(ctx, a, p); err != nil {
			return err
		}
		return access.OwnAccount(owner)(ctx, a, p)
	}
}

// Run makes the repository and requests its first publication, in one transaction.
func (d *deriveCmd) Run(ctx context.Context, c *cli, con console) error {
	source, wanted, _ := strings.Cut(d.Source, "@")
	owner, name, err := splitPath(d.To)
	if err != nil {
		return err
	}
	return c.onRepository(ctx, source, func(rec *env, repo *gitserver.Repository) error {
		by, done, err := c.contributor(ctx, rec)
		if err != nil {
			return err
		}
		defer done()
		of, book, err := by.findRelease(ctx, repo, wanted)
		if err != nil {
			return err
		}
		if forbidsDerivatives(book.LicenseURL, book.License) && !d.Private {
			return fmt.Errorf("%s does not allow adaptations to be published: derive with --private, or ask the authors", licenseName(book))
		}
		derivation := store.Derivation{
			Source: repo, Commit: plumbing.NewHash(of.Commit), Release: of.Book + "@" + of.Number.String(), Owner: owner, Name: name, Private: d.Private || repo.Private,
			By: gitexec.Person{Name: owner, Address: owner + "@" + by.contributions.Host, At: time.Now()}, Message: fmt.Sprintf("Derive from %s %s@%s\n", repo.Path(), of.Book, of.Number),
		}
		first, note, err := by.attribute(ctx, repo, of, book, &derivation)
		if err != nil {
			return err
		}
		made, err := by.store.Derive(ctx, derivation, lfsOf(repo), first.request(c.actor()))
		if err != nil {
			return err
		}
		con.printf("derived %s from %s, %s %s\n", made.Path(), repo.Path(), of.Title, of.Number)
		for _, line := range append(duties(book), note...) {
			con.printf("%s\n", line)
		}
		return nil
	})
}

// findRelease finds the release that "", "N" or "BOOK@N" means: the latest of a
// repository with one book, or that of the number.
func (c *contributor) findRelease(ctx context.Context, repo *gitserver.Repository, wanted string) (*release.Release, *release.Book, error) {
	all, err := c.releases.Releases(ctx, repo.ID)
	if err != nil {
		return nil, nil, err
	}
	all = slices.DeleteFunc(all, func(r *release.Release) bool { return r.State != release.Current })
	if wanted == "" && len(all) > 0 {
		wanted = all[0].Book + "@" + all[0].Number.String()
		if slices.ContainsFunc(all, func(r *release.Release) bool { return r.Book != all[0].Book }) {
			return nil, nil, fmt.Errorf("%s has several books: say which release, such as %s@%s", repo.Path(), repo.Path(), wanted)
		}
	}
	var found []*release.Release
	for _, r := range all {
		if number := r.Number.String(); wanted == number || wanted == r.Book+"@"+number {
			found = append(found, r)
		}
	}
	switch len(found) {
	case 0:
		return nil, nil, fmt.Errorf("%s has no release %s", repo.Path(), wanted)
	case 1:
	default:
		return nil, nil, fmt.Errorf("%s has several releases %s: say of which book, such as %s@%s@%s", repo.Path(), wanted, repo.Path(), found[0].Book, wanted)
	}
	m, err := c.releases.Manifest(ctx, found[0].Manifest)
	if err != nil {
		return nil, nil, err
	}
	return found[0], &m.Book, nil
}

// origin is the table [derived-from] of the settings.
type origin struct {
	Title      string   `toml:"title"`
	Authors    []string `toml:"authors,omitempty"`
	URL        string   `toml:"url,omitempty"`
	License    string   `toml:"license,omitempty"`
	LicenseURL string   `toml:"license-url,omitempty"`
}

// firstPublication is what a new repository publishes first.
type firstPublication struct{ kind publish.Kind }

// attribute adds the table [derived-from] to the settings in the tree, unless they have
// one, and finds out what the default branch leads to.
func (c *contributor) attribute(ctx context.Context, repo *gitserver.Repository, of *release.Release, book *release.Book, d *store.Derivation) (firstPublication, []string, error) {
	tree, done, err := gitSource{c.store}.Tree(ctx, repo.ID, of.Commit)
	if err != nil {
		return firstPublication{}, nil, err
	}
	defer done()
	set, _ := treesettings.Read(tree, repo.DefaultBranch())
	first := firstPublication{publish.Draft}
	if set.Published(repo.DefaultBranch()) && set.Publish == treesettings.OnPush {
		first.kind = publish.Release
	}
	if set.DerivedFrom.Title != "" {
		return first, []string{fmt.Sprintf("%s keeps [derived-from] of %s, which names %s; add there what you take from %s.", treesettings.File, repo.Path(), set.DerivedFrom.Title, of.Title)}, nil
	}
	text, err := fs.ReadFile(tree, treesettings.File)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return first, nil, err
	}
	var b bytes.Buffer
	if b.Write(bytes.TrimRight(text, "\n")); b.Len() > 0 {
		b.WriteString("\n\n")
	}
	from := origin{Title: book.Title, Authors: book.Authors, License: book.License, LicenseURL: book.LicenseURL}
	if c.url != "" {
		from.URL = address.Of(c.url, repo.Path()).Release(of.Book, of.Number)
	}
	err = toml.NewEncoder(&b).Encode(map[string]origin{"derived-from": from})
	d.Path, d.Content = treesettings.File, b.Bytes()
	return first, nil, err
}

// request requests the first publication.
func (f firstPublication) request(actor string) func(context.Context, database.Tx, *gitserver.Repository, plumbing.Hash) error {
	return func(ctx context.Context, tx database.Tx, repo *gitserver.Repository, tip plumbing.Hash) error {
		_, err := publish.Request(ctx, tx, publish.Publication{RepositoryID: repo.ID, Ref: repo.Head, Commit: tip.String(), Kind: f.kind, Actor: actor})
		return err
	}
}

// lfsOf gives a new repository the Git LFS objects of another one.
func lfsOf(source *gitserver.Repository) func(context.Context, database.Tx, *gitserver.Repository, plumbing.Hash) error {
	return func(ctx context.Context, tx database.Tx, repo *gitserver.Repository, _ plumbing.Hash) error {
		return lfs.Share(ctx, tx, source.ID, repo.ID)
	}
}

var (
	creativeCommons = regexp.MustCompile(`(?i)creativecommons\.org/licenses/([a-z-]+)/`)
	licenseShort    = regexp.MustCompile(`(?i)\bCC[ -](BY[A-Z -]*)`)
)

// terms returns the parts of a Creative Commons license, such as by, nc and sa; nil for
// any other license.
func terms(url, name string) []string {
	for _, m := range [][]string{creativeCommons.FindStringSubmatch(url), licenseShort.FindStringSubmatch(name)} {
		if m != nil {
			return strings.FieldsFunc(strings.ToLower(m[1]), func(r rune) bool { return r == '-' || r == ' ' })
		}
	}
	return nil
}

func forbidsDerivatives(url, name string) bool { return slices.Contains(terms(url, name), "nd") }

func licenseName(b *release.Book) string {
	switch {
	case b.License != "":
		return "The license " + b.License
	case b.LicenseURL != "":
		return "The license " + b.LicenseURL
	}
	return "The license"
}

// duties says what the license of a book asks of whoever derives from it.
func duties(b *release.Book) []string {
	if b.License == "" && b.LicenseURL == "" {
		return []string{b.Title + " names no license: ask its authors before you publish what you derive."}
	}
	list := terms(b.LicenseURL, b.License)
	lines := []string{licenseName(b) + " is that of the original; [derived-from] in " + treesettings.File + " names its authors to your readers."}
	for _, duty := range []struct{ term, line string }{
		{"sa", "What you publish must be under the same license (SA)."},
		{"nc", "It must not be used for commercial purposes (NC)."},
		{"nd", "Adaptations must not be published (ND): keep this repository private."},
	} {
		if slices.Contains(list, duty.term) {
			lines = append(lines, duty.line)
		}
	}
	return lines
}
