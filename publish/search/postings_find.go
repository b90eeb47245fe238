package search

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// scored is a place with what it is ranked by.
type scored struct {
	place
	position int64
	score    float64 // the less the better, as in FTS5
}

func (postings) find(ctx context.Context, q database.Queryer, query Query, in scope, offset, limit int) ([]place, int, error) {
	found, err := match(ctx, q, planOf(query, in.languages))
	if err != nil {
		return nil, 0, fmt.Errorf("search: %w", err)
	}
	all, err := placesOf(ctx, q, found, in.editions)
	if err != nil {
		return nil, 0, fmt.Errorf("search: %w", err)
	}
	slices.SortFunc(all, func(a, b scored) int {
		return compareScored(&a, &b)
	})
	shown := all[min(offset, len(all)):min(offset+limit, len(all))]
	places := make([]place, len(shown))
	for i := range shown {
		if places[i], err = describe(ctx, q, &shown[i]); err != nil {
			return nil, 0, fmt.Errorf("search: %w", err)
		}
	}
	return places, len(all), nil
}

func compareScored(a, b *scored) int {
	switch {
	case a.score < b.score:
		return -1
	case a.score > b.score:
		return 1
	case a.edition != b.edition:
		return int(a.edition - b.edition)
	}
	return int(a.position - b.position)
}

// match goes through the documents that have a word of the plan, in the order of
// their ids, and ranks those that match.
func match(ctx context.Context, q database.Queryer, p plan) (map[int64]rank, error) {
	m := newRanker(p)
	if err := m.measure(ctx, q); err != nil {
		return nil, err
	}
	query, args := m.postings()
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var document, size int64
		var word string
		var encoded []byte
		if err := rows.Scan(&document, &size, &word, &encoded); err != nil {
			return nil, err
		}
		if err := m.posting(document, size, word, encoded); err != nil {
			return nil, err
		}
	}
	m.endDocument()
	return m.ranks(), rows.Err()
}

// postings is the query for all postings that the plan needs, document by document.
func (m *ranker) postings() (query string, args []any) {
	var words []string
	var prefixes []string
	for word := range m.words {
		words = append(words, word)
	}
	for prefix := range m.prefixes {
		prefixes = append(prefixes, prefix)
	}
	args = []any{words}
	conditions := []string{`word = ANY ($1::text[])`}
	for _, prefix := range prefixes {
		args = append(args, prefix, prefix+"\U0010FFFF") // no word has that character
		conditions = append(conditions, fmt.Sprintf(`word >= $%d AND word < $%d`, len(args)-1, len(args)))
	}
	return `SELECT document_id, words, word, hits FROM search_posting JOIN search_size USING (document_id)
		WHERE ` + strings.Join(conditions, " OR ") + ` ORDER BY document_id`, args
}

// measure finds out how many documents there are and how long they are.
func (m *ranker) measure(ctx context.Context, q database.Queryer) error {
	var words int64
	err := q.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(words), 0)::bigint FROM search_size`).Scan(&m.documents, &words)
	m.averageSize = float64(words) / float64(max(m.documents, 1))
	return err
}

// placesOf are the places of documents in the editions, with their scores.
func placesOf(ctx context.Context, q database.Queryer, found map[int64]rank, editions []int64) ([]scored, error) {
	if len(found) == 0 {
		return nil, nil
	}
	ids := make([]int64, 0, len(found))
	for id := range found {
		ids = append(ids, id)
	}
	rows, err := q.QueryContext(ctx, `SELECT document_id, edition_id, position, title_size, made FROM search_place
		WHERE edition_id = ANY ($1::bigint[]) AND document_id = ANY ($2::bigint[])`, editions, ids)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(row database.Row) (s scored, err error) {
		var titleSize int64
		var made bool
		err = row.Scan(&s.document, &s.edition, &s.position, &titleSize, &made)
		s.score = found[s.document].score(titleSize, made)
		return s, err
	})
}

// describe adds what is shown of a place.
func describe(ctx context.Context, q database.Queryer, s *scored) (place, error) {
	p := s.place
	err := q.QueryRowContext(ctx, `SELECT slug, number FROM search_place WHERE document_id = $1 AND edition_id = $2 AND position = $3`,
		s.document, s.edition, s.position).Scan(&p.slug, &p.number)
	return p, err
}
