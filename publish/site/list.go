package site

import (
	"bytes"
	"errors"
	"html/template"
	"io/fs"

	"github.com/rhaptos/rhaptos/publish/release"
)

var listPage = template.Must(template.New("list").Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Books</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="style.css">
</head>
<body class="site">
<main>
<h1>Books</h1>
<ul class="books">{{range .}}
<li{{with .Language}} lang="{{.}}"{{end}}><a class="title" href="{{.Slug}}/index.html">{{.Title}}</a></li>{{end}}
</ul>
</main>
</body>
</html>
`))

// list writes the page that lists the books.
func (b *Builder) list(site *folder) error {
	style, err := fs.ReadFile(b.config.Theme.Assets(), "style.css")
	if err != nil {
		return err
	}
	var books []release.Book
	for _, slug := range b.order {
		books = append(books, b.latest[slug].Book)
	}
	var page bytes.Buffer
	return errors.Join(listPage.Execute(&page, books), site.Put("style.css", style), site.Put("index.html", page.Bytes()))
}
