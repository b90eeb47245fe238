-- Files that people carry away of releases, and what the archive's addresses
-- (/contents/UUID@NUMBER, /resources/SHA1) lead to.

-- +goose Up
CREATE TABLE export (
	repository_id TEXT NOT NULL,
	book TEXT NOT NULL, -- slug
	major INTEGER NOT NULL,
	minor INTEGER NOT NULL,
	format TEXT NOT NULL, -- epub, zip, source, pdf; plan: which of them to make is to be found out
	state TEXT NOT NULL, -- wanted, made, failed
	digest TEXT NOT NULL DEFAULT '', -- of one that is made
	size BIGINT NOT NULL DEFAULT 0, -- bytes
	error TEXT NOT NULL DEFAULT '', -- of the last attempt
	attempts INTEGER NOT NULL DEFAULT 0,
	wanted_at BIGINT NOT NULL,
	ended_at BIGINT NOT NULL DEFAULT 0, -- when it was made or failed
	PRIMARY KEY (repository_id, book, major, minor, format)
);
CREATE INDEX export_state ON export (state);

-- Releases that are there already.
INSERT INTO export (repository_id, book, major, minor, format, state, wanted_at)
	SELECT repository_id, book, major, minor, 'plan', 'wanted', published_at FROM release WHERE state = 'current';

CREATE TABLE archive_book (
	repository_id TEXT NOT NULL,
	book TEXT NOT NULL, -- slug
	uuid TEXT NOT NULL,
	PRIMARY KEY (repository_id, book)
);
CREATE INDEX archive_book_uuid ON archive_book (uuid);

CREATE TABLE archive_resource (
	repository_id TEXT NOT NULL,
	sha1 TEXT NOT NULL, -- hexadecimal
	digest TEXT NOT NULL, -- of the blob
	type TEXT NOT NULL, -- media type
	size BIGINT NOT NULL, -- bytes
	book TEXT NOT NULL, -- the latest release that is known to have it
	major INTEGER NOT NULL,
	minor INTEGER NOT NULL,
	PRIMARY KEY (repository_id, sha1)
);
CREATE INDEX archive_resource_sha1 ON archive_resource (sha1);
CREATE INDEX archive_resource_digest ON archive_resource (repository_id, digest);

-- +goose Down
DROP TABLE archive_resource;
DROP TABLE archive_book;
DROP TABLE export;
