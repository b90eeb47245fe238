-- The full-text index. What is indexed is known by digests: pages and manifests
-- are blobs, documents are texts. The tokens are kept by the engine, in a table
-- of its own, under the document's id.

-- +goose Up
CREATE TABLE search_index (
    version BIGINT NOT NULL -- of the way in which text becomes tokens
);

CREATE TABLE search_document (
    id         BIGINT PRIMARY KEY,
    digest     TEXT NOT NULL UNIQUE, -- of content
    content    BYTEA NOT NULL,       -- the text by sections, JSON
    title_size BIGINT NOT NULL,      -- words in the title
    indexed_at BIGINT NOT NULL
);

-- Which text a stored page has. Pages that differ in what leads around share one.
CREATE TABLE search_page (
    digest      TEXT PRIMARY KEY, -- of the page's blob
    document_id BIGINT NOT NULL REFERENCES search_document (id),
    indexed_at  BIGINT NOT NULL
);
CREATE INDEX search_page_document ON search_page (document_id);

-- What is indexed as a whole: the releases and drafts with the manifest.
CREATE TABLE search_edition (
    id         BIGINT PRIMARY KEY,
    manifest   TEXT NOT NULL UNIQUE, -- digest
    language   TEXT NOT NULL,        -- BCP 47 of the book; may be empty
    indexed_at BIGINT NOT NULL
);

CREATE TABLE search_place (
    document_id BIGINT NOT NULL REFERENCES search_document (id),
    edition_id  BIGINT NOT NULL REFERENCES search_edition (id),
    position    BIGINT NOT NULL, -- in reading order
    page        TEXT NOT NULL,   -- digest
    slug        TEXT NOT NULL,
    number      TEXT NOT NULL,
    title_size  BIGINT NOT NULL, -- the document's
    made        BOOLEAN NOT NULL, -- not a page of the author's, but put together of others
    PRIMARY KEY (document_id, edition_id, position)
);
CREATE INDEX search_place_edition ON search_place (edition_id);
CREATE INDEX search_place_page ON search_place (page);

-- +goose Down
DROP TABLE search_place;
DROP TABLE search_edition;
DROP TABLE search_page;
DROP TABLE search_document;
DROP TABLE search_index;
