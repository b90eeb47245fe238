package transfer

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// table is a table of the library.
type table struct {
	name    string
	parents []string // tables that its rows lead to
}

// source is what rows are read and deleted from: all of the table, but of the settings
// those that belong to one database.
func (t table) source() string {
	if t.name == "setting" {
		return `setting WHERE name NOT IN ('` + arriving + `', '` + moved + `')`
	}
	return `"` + t.name + `"`
}

// ours reports whether a table of SQLite belongs to the library.
func ours(name string) bool {
	for _, prefix := range []string{"sqlite_", "goose_", "river_", "search_"} {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	return true
}

// tablesOf lists the tables of a library in SQLite, each after those that its rows lead to.
func tablesOf(ctx context.Context, from database.Queryer) ([]table, error) {
	rows, err := from.QueryContext(ctx, `SELECT m.name, coalesce(k."table", '') FROM sqlite_master m LEFT JOIN pragma_foreign_key_list(m.name) k ON true
		WHERE m.type = 'table' ORDER BY m.name`)
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	var left []table
	_, err = database.Collect(rows, func(row database.Row) (struct{}, error) {
		var name, parent string
		if err := row.Scan(&name, &parent); err != nil || !ours(name) {
			return struct{}{}, err
		}
		if len(left) == 0 || left[len(left)-1].name != name {
			left = append(left, table{name: name})
		}
		if last := &left[len(left)-1]; parent != "" && parent != name {
			last.parents = append(last.parents, parent)
		}
		return struct{}{}, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	return inOrder(left)
}

// inOrder puts tables behind their parents.
func inOrder(left []table) (ordered []table, err error) {
	done := map[string]bool{}
	for len(left) > 0 {
		i := slices.IndexFunc(left, func(t table) bool {
			return !slices.ContainsFunc(t.parents, func(p string) bool { return !done[p] })
		})
		if i < 0 {
			return nil, fmt.Errorf("the tables from %s on lead to each other in a circle", left[0].name)
		}
		done[left[i].name] = true
		ordered = append(ordered, left[i])
		left = slices.Delete(left, i, i+1)
	}
	return ordered, nil
}

// column is a column and its type in the database that is copied to.
type column struct{ name, kind string }

// columns are the columns of the table in a database.
func (t table) columns(ctx context.Context, q database.Queryer) ([]column, error) {
	rows, err := q.QueryContext(ctx, `SELECT * FROM "`+t.name+`" LIMIT 0`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	var columns []column
	for _, c := range types {
		columns = append(columns, column{c.Name(), c.DatabaseTypeName()})
	}
	return columns, rows.Err()
}

func names(columns []column) string {
	var all []string
	for _, c := range columns {
		all = append(all, `"`+c.name+`"`)
	}
	return strings.Join(all, ", ")
}

// rows calls f for each row of the table.
func (t table) rows(ctx context.Context, q database.Queryer, columns []column, f func(row []any) error) error {
	rows, err := q.QueryContext(ctx, `SELECT `+names(columns)+` FROM `+t.source())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		row, err := scan(rows, columns)
		if err != nil {
			return err
		}
		if err := f(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

func scan(rows *sql.Rows, columns []column) ([]any, error) {
	row, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range row {
		into[i] = &row[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	for i, c := range columns {
		v, err := value(row[i], c.kind)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.name, err)
		}
		row[i] = v
	}
	return row, nil
}

// value is a value in the form that the type of its column asks for. SQLite has no types
// of columns, and may give another one.
func value(v any, kind string) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case int64:
		switch kind {
		case "INT8", "INT4":
			return v, nil
		case "BOOL":
			return v != 0, nil
		}
	case bool:
		if kind == "BOOL" {
			return v, nil
		}
	case string:
		switch kind {
		case "TEXT":
			return v, nil
		case "BYTEA":
			return []byte(v), nil
		}
	case []byte:
		switch kind {
		case "TEXT":
			return string(v), nil
		case "BYTEA":
			return append([]byte{}, v...), nil
		}
	}
	return nil, fmt.Errorf("a %T in a column of type %s", v, kind)
}
