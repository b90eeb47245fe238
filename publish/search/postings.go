package search

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// postings is the engine of PostgreSQL: an inverted index in a table of ours. Its
// own full-text search keeps no positions above 16,383, no more than 256 of a word,
// and four fields. What is found and how it is ranked is as with fts5.
type postings struct{}

// postingsLock is the key of the advisory lock under which the tables are made.
const postingsLock = 0x736561726368 // "search"

var createPostings = []string{
	`CREATE TABLE IF NOT EXISTS search_posting (
		word        TEXT COLLATE "C" NOT NULL,
		document_id BIGINT NOT NULL,
		hits        BYTEA NOT NULL, -- where the word is, see encodeHits
		PRIMARY KEY (word, document_id)
	)`,
	`CREATE INDEX IF NOT EXISTS search_posting_document ON search_posting (document_id)`,
	`CREATE TABLE IF NOT EXISTS search_size (
		document_id BIGINT PRIMARY KEY,
		words       BIGINT NOT NULL -- in all fields
	)`,
}

func (postings) create(ctx context.Context, db database.DB) error {
	err := db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, postingsLock); err != nil {
			return err
		}
		for _, statement := range createPostings {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("create the table of tokens: %w", err)
	}
	return nil
}

func (postings) insert(ctx context.Context, tx database.Tx, id int64, fields [fieldCount]string) error {
	words, hits, size := invert(fields)
	_, err := tx.ExecContext(ctx, `INSERT INTO search_posting (word, document_id, hits)
		SELECT word, $1, hits FROM unnest($2::text[], $3::bytea[]) AS posting (word, hits)`, id, words, hits)
	if err != nil {
		return fmt.Errorf("index document %d: %w", id, err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO search_size (document_id, words) VALUES ($1, $2)`, id, size); err != nil {
		return fmt.Errorf("index document %d: %w", id, err)
	}
	return nil
}

func (postings) remove(ctx context.Context, tx database.Tx, ids []int64) error {
	for _, table := range []string{"search_posting", "search_size"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE document_id = ANY ($1::bigint[])`, ids); err != nil {
			return fmt.Errorf("take documents out of the index: %w", err)
		}
	}
	return nil
}

func (postings) clear(ctx context.Context, tx database.Tx) error {
	for _, table := range []string{"search_posting", "search_size"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table); err != nil {
			return fmt.Errorf("empty the table of tokens: %w", err)
		}
	}
	return nil
}

// hits are the positions of one word in one document, ascending, by field. Words
// of a field are counted from 0.
type hits [fieldCount][]int

// invert gives the words of a document, in order, each with its hits encoded, and
// the number of words in all fields.
func invert(fields [fieldCount]string) (words []string, encoded [][]byte, size int) {
	places := map[string]*hits{}
	for field, text := range fields {
		position := 0
		for word := range strings.FieldsSeq(text) {
			if word != boundary { // nobody looks for it, but it counts
				if places[word] == nil {
					places[word] = new(hits)
					words = append(words, word)
				}
				places[word][field] = append(places[word][field], position)
			}
			position++
		}
		size += position
	}
	slices.Sort(words)
	for _, word := range words {
		encoded = append(encoded, encodeHits(places[word]))
	}
	return words, encoded, size
}

// encodeHits writes, for each field that has hits, the field, their number, and
// the distance of each from the one before it, as varints.
func encodeHits(h *hits) []byte {
	var b []byte
	for field, positions := range h {
		if len(positions) == 0 {
			continue
		}
		b = binary.AppendUvarint(b, uint64(field))
		b = binary.AppendUvarint(b, uint64(len(positions)))
		before := 0
		for _, p := range positions {
			b = binary.AppendUvarint(b, uint64(p-before))
			before = p
		}
	}
	return b
}

// decodeHits reads what encodeHits has written into h, behind what is there.
func decodeHits(h *hits, b []byte) error {
	for len(b) > 0 {
		field, n := binary.Uvarint(b)
		count, m := binary.Uvarint(b[max(n, 0):])
		if n <= 0 || m <= 0 || field >= fieldCount {
			return errDamagedHits
		}
		b = b[n+m:]
		position := 0
		for range count {
			step, n := binary.Uvarint(b)
			if n <= 0 || step > maxTokens*titleStems {
				return errDamagedHits
			}
			b = b[n:]
			position += int(step)
			h[field] = append(h[field], position)
		}
	}
	return nil
}

var errDamagedHits = fmt.Errorf("the index is damaged: make it anew with rhaptos search reindex")
