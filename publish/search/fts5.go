package search

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// FTS5 is the engine of SQLite (https://sqlite.org/fts5.html): a table without
// content, whose columns are the fields. Its tokenizer parts at spaces only,
// which is all that is left to do.
type FTS5 struct{}

// weights are those of the fields. A word with accents that is asked for without
// them counts less, and one that is asked for with them counts more.
var weights = [fieldCount]string{
	titleField: "10", headingField: "4", termField: "3", textField: "1", exactField: "1", accentedField: "-0.5", stemField: "0.5",
}

// onlyTitle is added, and more of it the shorter the title is: a field's weight
// cannot make a word in a title worth more than many in the text, for BM25 lets no
// word be worth much more than two.
var onlyTitle = [fieldCount]string{
	titleField: "10", headingField: "0", termField: "0", textField: "0", exactField: "0", accentedField: "0", stemField: "0.2",
}

const (
	plainColumns    = "{title heading term text}"
	accentedColumns = "{title heading term text accented}"
)

func (FTS5) create(ctx context.Context, q database.Queryer) error {
	_, err := q.ExecContext(ctx, `CREATE VIRTUAL TABLE IF NOT EXISTS search_tokens USING fts5(
		title, heading, term, text, exact, accented, stem,
		content = '', contentless_delete = 1, tokenize = "ascii tokenchars '.+#'")`)
	if err != nil {
		return fmt.Errorf("create the table of tokens: %w", err)
	}
	return nil
}

func (FTS5) insert(ctx context.Context, tx database.Tx, id int64, f [fieldCount]string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO search_tokens (rowid, title, heading, term, text, exact, accented, stem)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id, f[titleField], f[headingField], f[termField], f[textField], f[exactField], f[accentedField], f[stemField])
	if err != nil {
		return fmt.Errorf("index document %d: %w", id, err)
	}
	return nil
}

func (FTS5) remove(ctx context.Context, tx database.Tx, ids []int64) error {
	for _, id := range ids {
		if _, err := tx.ExecContext(ctx, `DELETE FROM search_tokens WHERE rowid = $1`, id); err != nil {
			return fmt.Errorf("take document %d out of the index: %w", id, err)
		}
	}
	return nil
}

func (FTS5) clear(ctx context.Context, tx database.Tx) error {
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
			(bm25(search_tokens, ` + strings.Join(weights[:], ", ") + `)
				+ bm25(search_tokens, ` + strings.Join(onlyTitle[:], ", ") + `) * 6 / (3 + p.title_size))
				* CASE WHEN p.made THEN 0.6 ELSE 1 END AS score
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

func (FTS5) find(ctx context.Context, q database.Queryer, query Query, in scope, offset, limit int) ([]place, int, error) {
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
	var wanted, unwanted []string
	together := together(q)
	for i := range q.Clauses {
		if c := &q.Clauses[i]; c.Exclude {
			unwanted = append(unwanted, plainColumns+" : "+quoted(c.tokens, c.Prefix))
		} else {
			forms := alternatives(c, languages)
			if len(wanted) == 0 && len(together) > 0 {
				forms = append(forms, plainColumns+" : "+quoted(together, false))
			}
			wanted = append(wanted, "("+strings.Join(forms, " OR ")+")")
		}
	}
	e := strings.Join(wanted, " AND ")
	if len(unwanted) > 0 {
		e = "(" + e + ") NOT (" + strings.Join(unwanted, " OR ") + ")"
	}
	return e
}

// together are the words of a query as one phrase, nil if that would be nothing
// new. It changes nothing in what is found, for the words are wanted anyway; but
// pages in which they stand side by side come first.
func together(q Query) []token {
	var phrase []token
	clauses := 0
	for _, c := range q.Clauses {
		if !c.Exclude {
			phrase = append(phrase, c.tokens...)
			clauses++
		}
	}
	if clauses < 2 || len(phrase) > maxPhrase {
		return nil
	}
	return phrase
}

// alternatives are the forms in which a clause may be found.
func alternatives(c *Clause, languages []string) []string {
	words := quoted(c.tokens, false)
	list := []string{}
	if len(c.tokens) > 1 || c.tokens[0].gram {
		return append(list, plainColumns+" : "+quoted(c.tokens, c.Prefix))
	}
	word := &c.tokens[0]
	if word.exact == word.folded {
		list = append(list, accentedColumns+" : "+words)
	} else {
		list = append(list, plainColumns+" : "+words, `exact : "`+word.exact+`"`)
	}
	if c.Prefix {
		list = append(list, plainColumns+" : "+quoted(c.tokens, true))
	}
	if !c.Phrase {
		for _, stem := range stems(word, languages) {
			list = append(list, `stem : "`+stem+`"`)
		}
	}
	return list
}

// stems are those of a word in each language, without doubles.
func stems(word *token, languages []string) []string {
	var list []string
	for _, language := range languages {
		if stem := stemmerFor(language).of(word); stem != "" && !slices.Contains(list, stem) {
			list = append(list, stem)
		}
	}
	return list
}

func quoted(tokens []token, prefix bool) string {
	words := make([]string, len(tokens))
	for i := range tokens {
		words[i] = tokens[i].folded
	}
	s := `"` + strings.Join(words, " ") + `"`
	if prefix {
		s += " *"
	}
	return s
}
