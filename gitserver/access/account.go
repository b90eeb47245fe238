package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Account is somebody who may sign in.
type Account struct {
	ID       string // stable for life
	Name     string
	Admin    bool // may everything on every repository
	Disabled bool // may nothing; its keys and tokens are not accepted
}

// maxAccountName bounds an account's name in bytes.
const maxAccountName = 39

// checkAccountName checks the name of a new account: it owns
// repositories, so the rules for owners hold.
func checkAccountName(name string) error {
	if len(name) > maxAccountName {
		return fmt.Errorf("account name %.60q: at most %d characters", name, maxAccountName)
	}
	if err := gitserver.CheckOwner(name); err != nil {
		return fmt.Errorf("account %w", err)
	}
	return nil
}

// AddAccount makes an account. Its name is 1 to 39 of a-z, 0-9, '.', '_' and
// '-', beginning with a letter or digit; the error of a taken one is [ErrExists].
func (a *Access) AddAccount(ctx context.Context, name string, admin bool) (*Account, error) {
	if err := checkAccountName(name); err != nil {
		return nil, err
	}
	account := &Account{ID: newID(), Name: name, Admin: admin}
	result, err := a.db.ExecContext(ctx, `
		INSERT INTO account (id, name, admin, disabled, created_at)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING`,
		account.ID, name, admin, false, database.Micros(time.Now()))
	if err := affected(result, err, ErrExists); err != nil {
		return nil, fmt.Errorf("add account %s: %w", name, err)
	}
	return account, nil
}

const selectAccount = `SELECT account.id, account.name, account.admin, account.disabled FROM account`

func scanAccount(row database.Row) (*Account, error) {
	account := new(Account)
	return account, row.Scan(&account.ID, &account.Name, &account.Admin, &account.Disabled)
}

// Account returns the account called name, or [ErrNoAccount].
func (a *Access) Account(ctx context.Context, name string) (*Account, error) {
	return accountByName(ctx, a.db, name)
}

func accountByName(ctx context.Context, q database.Queryer, name string) (*Account, error) {
	account, err := scanAccount(q.QueryRowContext(ctx, selectAccount+` WHERE name = $1`, name))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: %.60q", ErrNoAccount, name)
	}
	if err != nil {
		return nil, fmt.Errorf("read account %.60q: %w", name, err)
	}
	return account, nil
}

// Accounts lists all accounts by name.
func (a *Access) Accounts(ctx context.Context) ([]*Account, error) {
	all, err := rows(ctx, a.db, scanAccount, selectAccount+` ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return all, nil
}

// Disable takes an account's access away at once, from the next command or
// request on; what it owns stays. The last admin cannot be disabled:
// [ErrLastAdmin].
func (a *Access) Disable(ctx context.Context, name string) error {
	return a.change(ctx, name, `UPDATE account SET disabled = true WHERE name = $1`)
}

// Enable undoes Disable: keys, tokens and roles are as they were.
func (a *Access) Enable(ctx context.Context, name string) error {
	return a.change(ctx, name, `UPDATE account SET disabled = false WHERE name = $1`)
}

// Promote makes an account an admin of the server.
func (a *Access) Promote(ctx context.Context, name string) error {
	return a.change(ctx, name, `UPDATE account SET admin = true WHERE name = $1`)
}

// Demote undoes Promote. The last admin cannot be demoted: [ErrLastAdmin].
func (a *Access) Demote(ctx context.Context, name string) error {
	return a.change(ctx, name, `UPDATE account SET admin = false WHERE name = $1`)
}

// change runs a statement on the account called name. A server that has an
// enabled admin before it has one after it.
func (a *Access) change(ctx context.Context, name, statement string) error {
	err := a.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		// Writing all admins first makes changes of two of them wait for each
		// other on PostgreSQL, as on SQLite all do.
		if _, err := tx.ExecContext(ctx, `UPDATE account SET admin = true WHERE admin`); err != nil {
			return err
		}
		before, err := admins(ctx, tx)
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, statement, name)
		if err := affected(result, err, ErrNoAccount); err != nil {
			return err
		}
		after, err := admins(ctx, tx)
		if err == nil && before > 0 && after == 0 {
			return ErrLastAdmin
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("change account %.60q: %w", name, err)
	}
	return nil
}

// admins counts the accounts that may administer the server.
func admins(ctx context.Context, q database.Queryer) (n int, err error) {
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM account WHERE admin AND NOT disabled`).Scan(&n)
	return n, err
}
