package transfer

import (
	"context"
	"fmt"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// The bounds of one INSERT. PostgreSQL takes 65,535 values in a statement.
const (
	maxValues = 30_000
	maxBytes  = 4 << 20
)

// inserter collects rows and inserts many with each statement.
type inserter struct {
	tx      database.Tx
	table   table
	columns []column
	values  []any
	bytes   int
}

func (i *inserter) add(ctx context.Context, row []any) error {
	for _, v := range row {
		switch v := v.(type) {
		case string:
			i.bytes += len(v)
		case []byte:
			i.bytes += len(v)
		}
	}
	i.values = append(i.values, row...)
	if len(i.values)+len(row) > maxValues || i.bytes > maxBytes {
		return i.flush(ctx)
	}
	return nil
}

// flush inserts what was collected.
func (i *inserter) flush(ctx context.Context) error {
	if len(i.values) == 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, `INSERT INTO "%s" (%s) VALUES `, i.table.name, names(i.columns))
	for n := range i.values {
		switch {
		case n%len(i.columns) > 0:
			b.WriteByte(',')
		case n > 0:
			b.WriteString("),(")
		default:
			b.WriteByte('(')
		}
		fmt.Fprintf(&b, "$%d", n+1)
	}
	b.WriteByte(')')
	_, err := i.tx.ExecContext(ctx, b.String(), i.values...)
	i.values, i.bytes = i.values[:0], 0
	return err
}
