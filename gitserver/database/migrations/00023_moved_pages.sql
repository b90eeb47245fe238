-- Where pages of a book have been. A page is known by its module.

-- +goose Up
-- A slug that a release had for a module and the next one did not. The number is
-- that of the last release that had it.
CREATE TABLE page_left (
    repository_id TEXT NOT NULL REFERENCES repository (id),
    book          TEXT NOT NULL,
    slug          TEXT NOT NULL,
    module        TEXT NOT NULL, -- empty: a page that no module of the author's makes
    uuid          TEXT NOT NULL,
    title         TEXT NOT NULL,
    major         BIGINT NOT NULL,
    minor         BIGINT NOT NULL,
    PRIMARY KEY (repository_id, book, slug, module)
);

-- A module whose file was renamed, and so became another one.
CREATE TABLE module_renamed (
    repository_id TEXT NOT NULL REFERENCES repository (id),
    book          TEXT NOT NULL,
    module        TEXT NOT NULL,
    became        TEXT NOT NULL,
    PRIMARY KEY (repository_id, book, module, became)
);

-- +goose Down
DROP TABLE module_renamed;
DROP TABLE page_left;
