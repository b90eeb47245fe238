package search

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// fts5 is the engine of SQLite (https://sqlite.org/fts5.html): a table without
// content, whose columns are the fields. Its tokenizer parts at spaces only,
// which is all that is left to do.
type fts5 struct{}

// columns names fields in FTS5's language.
func columns(fields fieldSet) string {
	var names []string
	for i, name := range [fieldCount]string{"title", "heading", "term", "text", "exact", "accented", "stem"} {
		if fields.has(i) {
			names = append(names, name)
		}
	}
	if len(names) == 1 {
		return names[0]
	}
	return "{" + strings.Join(names, " ") + "}"
}

// numbers are weights as the arguments of bm25.
func numbers(weights [fieldCount]float64) string {
	var list []string
	for _, w := range weights {
		list = append(list, strconv.FormatFloat(w, 'g', -1, 64))
	}
	return strings.Join(list, ", ")
}

func (fts5) create(ctx context.Context, db database.DB) error {
	_, err := db.ExecContext(ctx, `CREATE VIRTUAL TABLE IF NOT EXISTS search_tokens USING fts5(
		title, heading, term, text, exact, accented, stem,
		content = '', contentless_delete = 1, tokenize = "ascii tokenchars '.+#'")`)
	if err != nil {
		return fmt.Errorf("create the table of tokens: %w", err)
	}
	return nil
}

func (fts5) insert(ctx context.Context, tx database.Tx, id int64, f [fieldCount]string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO search_tokens (rowid, title, heading, term, text, exact, accented, stem)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id, f[titleField], f[headingField], f[termField], f[textField], f[exactField], f[accentedField], f[stemField])
	if err != nil {
		return fmt.Errorf("index document %d: %w", id, err)
	}
	return nil
}

func (fts5) remove(ctx context.Context, tx database.Tx, ids []int64) error {
	for _, id := range ids {
		if _, err := tx.ExecContext(ctx, `DELETE FROM search_tokens WHERE rowid = $1`, id); err != nil {
			return fmt.Errorf("take document %d out of the index: %w", id, err)
		}
	}
	return nil
}

func (fts5) clear(ctx context.Context, tx database.Tx) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO search_tokens (search_tokens) VALUES ('delete-all')`); err != nil {
		return fmt.Errorf("empty the table of tokens: %w", err)
	}
	return nil
}

// findPlaces ranks the places of the documents that match, with no more of each than
// that takes, and looks up what is to be said of those that are shown. CROSS JOIN
// keeps SQLite from beginning with the places. %s is how the places in the scope
// are found.
var findPlaces = `WITH hit AS MATERIALIZED (
		SELECT p.rowid AS place, p.edition_id AS edition, p.position AS position,
			(bm25(search_tokens, ` + numbers(weights) + `)
				+ bm25(search_tokens, ` + numbers(onlyTitle) + `) * ` + fmt.Sprint(titleBonus) + ` / (` + fmt.Sprint(titleLength) + ` + p.title_size))
				* CASE WHEN p.made THEN ` + fmt.Sprint(madeShare) + ` ELSE 1 END AS score
		FROM search_tokens CROSS JOIN search_place AS p ON p.document_id = search_tokens.rowid
		WHERE search_tokens MATCH $1 AND %s IN (SELECT value FROM json_each($2))),
	shown AS (SELECT place, score FROM hit ORDER BY score, edition, position LIMIT $3 OFFSET $4)
	SELECT p.document_id, p.edition_id, p.slug, p.number, (SELECT count(*) FROM hit)
	FROM shown CROSS JOIN search_place AS p ON p.rowid = shown.place
	ORDER BY shown.score, p.edition_id, p.position`

// A document's places are sought edition by edition, where few are asked for, or
// all gone through, where there are not many more: + keeps an index from being used.
var (
	seekPlaces = fmt.Sprintf(findPlaces, "p.edition_id")
	scanPlaces = fmt.Sprintf(findPlaces, "+p.edition_id")
)

// seekCost is the number of places that can be scanned in the time of one seek.
const seekCost = 3

func (fts5) find(ctx context.Context, q database.Queryer, query Query, in scope, offset, limit int) ([]place, int, error) {
	editions, err := json.Marshal(in.editions)
	if err != nil {
		return nil, 0, err
	}
	statement := seekPlaces
	if n := int64(len(in.editions)); n*seekCost > in.known/n { // a document is in about as many editions as its book has
		statement = scanPlaces
	}
	rows, err := q.QueryContext(ctx, statement, expression(query, in.languages), string(editions), limit, offset)
	if err != nil {
		return nil, 0, fmt.Errorf("search: %w", err)
	}
	total := 0
	places, err := database.Collect(rows, func(row database.Row) (p place, err error) {
		err = row.Scan(&p.document, &p.edition, &p.slug, &p.number, &total)
		return p, err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("search: %w", err)
	}
	return places, total, nil
}

// expression is a query in FTS5's language. Whatever comes from the reader stands
// in quotation marks in it, and is nothing but tokens.
func expression(q Query, languages []string) string {
	p := planOf(q, languages)
	var groups []string
	for _, forms := range p.wanted {
		groups = append(groups, "("+either(forms)+")")
	}
	e := strings.Join(groups, " AND ")
	if len(p.unwanted) > 0 {
		e = "(" + e + ") NOT (" + either(p.unwanted) + ")"
	}
	return e
}

func either(forms []phrase) string {
	var list []string
	for _, f := range forms {
		s := columns(f.fields) + ` : "` + strings.Join(f.words, " ") + `"`
		if f.prefix {
			s += " *"
		}
		list = append(list, s)
	}
	return strings.Join(list, " OR ")
}
