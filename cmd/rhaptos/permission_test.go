package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	gossh "golang.org/x/crypto/ssh"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
	"github.com/rhaptos/rhaptos/gitserver/store"
	"github.com/rhaptos/rhaptos/publish/webhook"
)

// admission is a server's env with one of everything in them. Ann owns
// ann/open and ann/secret. The names of the roles are those of accounts that
// have them on both; stranger has none, root is the server's admin, and open is
// an account that is named like a repository.
type admission struct {
	*env
	who      map[string]access.Principal
	webhook  string // of ann/secret
	all      string // webhook of every repository
	delivery string // of webhook
	token    string // of ann
}

var callers = []string{"reader", "author", "editor", "admin", "ann", "stranger", "open", "root", "deploy"}

func newAdmission(t *testing.T) *admission {
	t.Helper()
	ctx := t.Context()
	db := databasetest.NewOn(t, database.SQLite).Open(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	a := &admission{env: &env{db: db, access: access.New(db, store.Repositories{DB: db}), repositories: store.Repositories{DB: db}}, who: map[string]access.Principal{}}
	for _, name := range callers[:len(callers)-1] {
		account, err := a.access.AddAccount(ctx, name, name == "root")
		must(err)
		a.who[name] = access.Principal{Account: account, Scope: access.ScopeAdmin}
	}
	for _, name := range []string{"open", "secret"} {
		repo, err := a.repositories.Create(ctx, "ann", name, name == "secret")
		must(err)
		for _, role := range []access.Role{access.RoleReader, access.RoleAuthor, access.RoleEditor, access.RoleAdmin} {
			must(a.access.Grant(ctx, repo.ID, role.String(), role))
		}
		a.who["deploy"] = access.Principal{Deploy: &access.DeployKey{RepositoryID: repo.ID, Write: true}, Scope: access.ScopeWrite}
	}
	secret, err := a.repositories.Lookup(ctx, "ann", "secret")
	must(err)
	hooks := webhook.NewWebhooks(db)
	a.webhook, _, err = hooks.Add(ctx, webhook.Webhook{URL: "https://receiver.example/", RepositoryID: secret.ID}, "")
	must(err)
	a.all, _, err = hooks.Add(ctx, webhook.Webhook{URL: "https://receiver.example/"}, "")
	must(err)
	a.delivery = "msg_1"
	_, err = db.ExecContext(ctx, `INSERT INTO delivery (id, webhook_id, event, body, state, attempts, answer, created_at)
		VALUES ($1, $2, 'x', '{}', 'failed', 1, '', 0)`, a.delivery, a.webhook)
	must(err)
	_, err = webhook.NewTriggers(db).Add(ctx, "nightly", secret.ID, "", "")
	must(err)
	token, err := a.access.CreateToken(ctx, "ann", access.ScopeRead, 0)
	must(err)
	a.token = strings.Split(token, "_")[1]
	return a
}

// The table: each verb, as it is typed, and whom it lets in. A verb of the
// program that is not here fails the test.
func permissionTable(a *admission) map[string][]string {
	var (
		accounts = slices.DeleteFunc(slices.Clone(callers), func(name string) bool { return name == "deploy" })
		root     = []string{"root"}
		ann      = []string{"ann", "root"}
		readers  = []string{"reader", "author", "editor", "admin", "ann", "root"}
		editors  = []string{"editor", "admin", "ann", "root"}
		admins   = []string{"admin", "ann", "root"}
	)
	return map[string][]string{
		"user add eve":                                            root,
		"user list":                                               root,
		"user disable ann":                                        root,
		"user enable ann":                                         root,
		"user promote ann":                                        root,
		"user demote root":                                        root,
		"user key add ann":                                        ann,
		"user key list ann":                                       ann,
		"user key remove ann x":                                   ann,
		"user gpg add ann":                                        ann,
		"user gpg list ann":                                       ann,
		"user gpg remove ann x":                                   ann,
		"token create ann":                                        ann,
		"token list ann":                                          ann,
		"token revoke " + a.token:                                 ann,
		"token revoke -":                                          root,
		"ca add office":                                           root,
		"ca list":                                                 root,
		"ca remove office":                                        root,
		"ca revoke office":                                        root,
		"repo create ann/new":                                     ann,
		"repo create new":                                         root,
		"repo list":                                               accounts,
		"repo list --deleted":                                     accounts,
		"repo show ann/open":                                      accounts,
		"repo show ann/secret":                                    readers,
		"repo show ann/none":                                      nil,
		"repo visibility ann/secret public":                       admins,
		"repo rename ann/secret ann/other":                        admins,
		"repo rename ann/secret stranger/other":                   root,
		"repo rename ann/secret admin/other":                      root,
		"repo archive ann/secret":                                 admins,
		"repo archive ann/open":                                   admins,
		"repo unarchive ann/secret":                               admins,
		"repo delete ann/secret --confirm ann/secret":             admins,
		"repo restore ann/secret":                                 ann,
		"repo key add ann/secret":                                 admins,
		"repo key list ann/secret":                                admins,
		"repo key remove ann/secret x":                            admins,
		"grant ann/secret stranger admin":                         admins,
		"grant add ann/open open admin":                           admins,
		"grant list ann/open":                                     admins,
		"grant revoke ann/secret reader":                          admins,
		"contribution list ann/secret":                            readers,
		"contribution list ann/open":                              accounts,
		"contribution show ann/secret 1":                          readers,
		"contribution show ann/open 1":                            accounts,
		"contribution review ann/secret 1 -m x":                   readers,
		"contribution review ann/open 1 -m x":                     accounts,
		"contribution accept ann/secret 1":                        {"author", "editor", "admin", "ann", "root"},
		"contribution accept ann/open 1":                          {"author", "editor", "admin", "ann", "root"},
		"contribution close ann/secret 1":                         readers,
		"contribution reopen ann/open 1":                          accounts,
		"derive ann/open stranger/copy":                           {"stranger", "root"},
		"derive ann/secret reader/copy":                           {"reader", "root"},
		"derive ann/secret stranger/copy":                         {"root"},
		"release list ann/secret":                                 readers,
		"release list ann/open":                                   accounts,
		"release show ann/secret book@1.1":                        readers,
		"release publish ann/secret main":                         editors,
		"release purge-exports ann/secret":                        admins,
		"release retry ann/secret 1":                              editors,
		"release cancel ann/secret 1":                             editors,
		"release withdraw ann/secret book@1.1 --reason x":         editors,
		"release withdraw ann/secret book@1.1 --reason x --legal": root,
		"release restore ann/secret book@1.1":                     editors,
		"release reschedule ann/secret book@1.1 now":              editors,
		"webhook add https://x.example":                           root,
		"webhook add https://x.example --repo ann/secret":         admins,
		"webhook list":                                            accounts,
		"webhook remove " + a.webhook:                             admins,
		"webhook remove " + a.all:                                 root,
		"webhook deliveries " + a.webhook:                         admins,
		"webhook delivery " + a.delivery:                          admins,
		"webhook rotate " + a.webhook:                             admins,
		"webhook rotate " + a.all:                                 root,
		"webhook pause " + a.webhook:                              admins,
		"webhook resume " + a.webhook:                             admins,
		"webhook redeliver " + a.delivery:                         admins,
		"webhook remove nosuch":                                   nil,
		"trigger add n --repo ann/secret":                         admins,
		"trigger list":                                            accounts,
		"trigger rotate nightly":                                  admins,
		"trigger remove nightly":                                  admins,
		"mirror add ann/secret https://x.example/y":               admins,
		"mirror list":                                             accounts,
		"mirror show ann/secret":                                  admins,
		"mirror pull ann/secret":                                  admins,
		"mirror remove ann/secret":                                admins,
	}
}

// Each verb lets in whom the table says, and nobody else; and each verb is in
// the table (A1).
func TestPermissions(t *testing.T) {
	a := newAdmission(t)
	asked := map[string]bool{}
	for line, want := range permissionTable(a) {
		var v verbs
		parser, err := kong.New(&v)
		if err != nil {
			t.Fatal(err)
		}
		command, err := parser.Parse(strings.Fields(line))
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		asked[command.Selected().Path()] = true
		var got []string
		for _, name := range callers {
			p := a.who[name]
			c := &cli{caller: caller{env: a.env, principal: &p}}
			err := c.permit(t.Context(), command)
			if err == nil {
				got = append(got, name)
			} else if !denied(err) {
				t.Errorf("%s by %s: %v", line, name, err)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s lets in %v, want %v", line, got, want)
		}
	}
	parser, err := kong.New(new(verbs))
	if err != nil {
		t.Fatal(err)
	}
	for _, leaf := range parser.Model.Leaves(false) {
		if _, ok := leaf.Target.Addr().Interface().(restricted); !ok {
			t.Errorf("%s has no permission", leaf.Path())
		}
		if !asked[leaf.Path()] {
			t.Errorf("%s is not in the table", leaf.Path())
		}
	}
}

func denied(err error) bool {
	return errors.Is(err, access.ErrForbidden) || errors.Is(err, access.ErrNotFound) || errors.Is(err, webhook.ErrNotFound)
}

// What is only for the machine itself has no way in over SSH.
func TestMachineVerbsAreNotRemote(t *testing.T) {
	a := newAdmission(t)
	for _, line := range []string{"serve", "check", "check /etc", "--data /tmp repo list", "--config /etc/passwd repo list", "--version"} {
		var out, errOut bytes.Buffer
		if status := a.administer(t.Context(), a.who["root"], strings.Fields(line), strings.NewReader(""), &out, &errOut); status != 2 || out.Len() > 0 {
			t.Errorf("%s: status %d, %s%s", line, status, out.String(), errOut.String())
		}
	}
}

// No flag or argument of a verb that goes over SSH is read as a file by the
// library: the files would be the server's.
func TestRemoteVerbsReadNoFiles(t *testing.T) {
	parser, err := kong.New(new(verbs))
	if err != nil {
		t.Fatal(err)
	}
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		if v, ok := node.(*kong.Value); ok && (v.Tag.Type != "" || v.Target.Type() == reflect.TypeFor[[]byte]()) {
			t.Errorf("%s is of type %s", v.Name, v.Tag.Type)
		}
		return next(nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	a := newAdmission(t)
	for _, line := range []string{"user key add ann /etc/hostname", "user gpg add ann /etc/hostname", "user add eve --key /etc/hostname", "repo key add ann/open /etc/hostname", "ca add x /etc/hostname", "ca revoke x --key /etc/hostname"} {
		var out, errOut bytes.Buffer
		if status := a.administer(t.Context(), a.who["root"], strings.Fields(line), strings.NewReader(""), &out, &errOut); status != 1 || !strings.Contains(errOut.String(), "standard input") {
			t.Errorf("%s: status %d, %s", line, status, errOut.String())
		}
	}
}

// The verbs over SSH do what they do at the machine, and say it in the same
// words, escaped.
func TestAdminister(t *testing.T) {
	a := newAdmission(t)
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := gossh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		who, line, in string
		status        int
		out, err      string // parts
	}{
		{"stranger", "repo list", "", 0, "ann/open\n", ""},
		{"stranger", "repo show ann/open", "", 0, "0 refs", ""},
		{"ann", "repo list", "", 0, "ann/secret\tprivate", ""},
		{"ann", "repo show ann/secret", "", 0, "reader is reader", ""},
		{"ann", "webhook list", "", 0, a.webhook, ""},
		{"root", "webhook list", "", 0, a.all, ""},
		{"ann", "trigger list", "", 0, "nightly", ""},
		{"ann", "user key add ann", string(gossh.MarshalAuthorizedKey(key)), 0, "added key SHA256:", ""},
		{"ann", "user key add ann", "nonsense", 1, "", "not an SSH public key"},
		{"ann", "user key add ann", strings.Repeat("x", 100<<10), 1, "", "too long for a key"},
		{"ann", "repo create ann/third --private", "", 0, "created ann/third", ""},
		{"ann", "repo delete ann/third --confirm ann/open", "", 1, "", "add --confirm ann/third"},
		{"ann", "repo delete ann/third", "", 2, "", "--confirm"},
		{"ann", "repo delete ann/third --confirm ann/third", "", 0, "restore", ""},
		{"ann", "repo list --deleted", "", 0, "ann/third", ""},
		{"ann", "repo restore ann/third", "", 0, "is restored", ""},
		{"ann", "help", "", 0, "repo list", ""},
		{"ann", "help repo", "", 0, "rename", ""},
		{"ann", "help user key", "", 0, "add", ""},
		{"root", "help", "", 0, "user add", ""},
		{"ann", "repo --help", "", 0, "rename", ""},
		{"ann", "frobnicate", "", 2, "", "Usage:"},
		{"ann", "", "", 2, "", "Usage:"},
		{"ann", "user list", "", 1, "", "this requires an admin of the server"},
		{"stranger", "repo show ann/secret", "", 1, "", "no such repository, or you may not read it"},
		{"stranger", "repo show ann/none", "", 1, "", "no such repository, or you may not read it"},
		{"deploy", "repo list", "", 1, "", "a deploy key"},
		{"root", "repo show \u202e\x1b]0;x", "", 1, "", "is not OWNER/NAME"},
	} {
		var out, errOut bytes.Buffer
		status := a.administer(t.Context(), a.who[c.who], strings.Fields(c.line), strings.NewReader(c.in), &out, &errOut)
		if status != c.status || !strings.Contains(out.String(), c.out) || !strings.Contains(errOut.String(), c.err) || (status != 0) != (errOut.Len() > 0) {
			t.Errorf("%s, %s: status %d\n%s%s", c.who, c.line, status, out.String(), errOut.String())
		}
		if strings.ContainsAny(out.String()+errOut.String(), "\x1b\u202e") {
			t.Errorf("%s: said %q", c.line, errOut.String())
		}
	}
	// The help lists no command that the account may not use at all.
	var out, help bytes.Buffer
	a.administer(t.Context(), a.who["ann"], []string{"help"}, nil, &help, &help)
	for _, hidden := range []string{"user add", "user list", "user promote", "ca add", "ca list"} {
		if strings.Contains(help.String(), hidden) {
			t.Errorf("the help of an account lists %q:\n%s", hidden, help.String())
		}
	}
	if a.administer(t.Context(), a.who["stranger"], []string{"repo", "list"}, nil, &out, &out); strings.Contains(out.String(), "secret") {
		t.Errorf("a stranger is told of a private repository:\n%s", out.String())
	}
	for _, line := range []string{"webhook list", "trigger list"} {
		out.Reset()
		if a.administer(t.Context(), a.who["stranger"], strings.Fields(line), nil, &out, &out); out.Len() > 0 {
			t.Errorf("a stranger is told by %s:\n%s", line, out.String())
		}
	}
}

// Every table with rows of repositories is emptied of those of one that is
// removed for good: none is left that would keep it, or name it.
func TestPurgeForgetsEveryTable(t *testing.T) {
	a := newAdmission(t)
	ctx := t.Context()
	repo, err := a.repositories.Lookup(ctx, "ann", "secret")
	if err != nil {
		t.Fatal(err)
	}
	tables, err := tablesOf(ctx, a.db)
	if err != nil || len(tables) < 10 {
		t.Fatalf("tables with repositories: %v, %v", tables, err)
	}
	// A row in each of them: what is not null gets something of its type.
	err = a.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		// What a row refers to has to be there before it, so each table comes when
		// it can.
		for left := tables; len(left) > 0; {
			var later []string
			var failed error
			for _, table := range left {
				if err := insertAny(ctx, tx, table, repo.ID); err != nil {
					later, failed = append(later, table), errors.Join(failed, errors.New(table), err)
				}
			}
			if len(later) == len(left) {
				return failed
			}
			left = later
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.repositories.Delete(ctx, repo.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := a.repositories.Purge(ctx, repo.ID, a.purges()...); err != nil {
		t.Errorf("a table that is not forgotten: %v", err)
	}
	for _, table := range tables {
		var n int
		if err := a.db.QueryRowContext(ctx, `SELECT count(*) FROM `+table+` WHERE repository_id = $1`, repo.ID).Scan(&n); err != nil || n > 0 {
			t.Errorf("%s: %d rows are left, %v", table, n, err)
		}
	}
	if _, err := a.repositories.ByID(ctx, a.db, repo.ID); !errors.Is(err, gitserver.ErrNoRepository) {
		t.Errorf("after it: %v", err)
	}
}

// tablesOf are the tables that have a column repository_id.
func tablesOf(ctx context.Context, q database.Queryer) ([]string, error) {
	rows, err := q.QueryContext(ctx, `SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.name = 'repository_id' ORDER BY m.name`)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(row database.Row) (name string, err error) {
		err = row.Scan(&name)
		return name, err
	})
}

// insertAny inserts a row of a repository into a table, whatever else is in it.
func insertAny(ctx context.Context, tx database.Tx, table, repositoryID string) error {
	rows, err := tx.QueryContext(ctx, `SELECT name, type FROM pragma_table_info('`+table+`') WHERE "notnull" OR pk OR name = 'repository_id'`)
	if err != nil {
		return err
	}
	var names, values []string
	args := []any{repositoryID}
	_, err = database.Collect(rows, func(row database.Row) (struct{}, error) {
		var name, kind string
		if err := row.Scan(&name, &kind); err != nil {
			return struct{}{}, err
		}
		value := "'x'"
		switch {
		case name == "repository_id":
			value = "$1"
		case name == "account_id":
			value = "(SELECT id FROM account WHERE name = 'stranger')"
		case kind == "BIGINT" || kind == "BOOLEAN":
			value = "7"
		}
		names, values = append(names, name), append(values, value)
		return struct{}{}, nil
	})
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO `+table+` (`+strings.Join(names, ", ")+`) VALUES (`+strings.Join(values, ", ")+`)`, args...)
	return err
}
