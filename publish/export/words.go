package export

import "strings"

// words are what exports say by themselves, in one language.
type words struct {
	contents, cover, start, by, license, number, published string
	pages, interactive, picture, source, online            string
	search, found, nothing, noScript                       string
	previous, next, summary, pictures, formulas, printed   string
}

// wordsOf finds the words for a language by its primary subtag (BCP 47);
// English for languages without a table.
func wordsOf(language string) *words {
	primary, _, _ := strings.Cut(strings.ToLower(language), "-")
	switch primary {
	case "es":
		return &spanish
	case "pl":
		return &polish
	}
	return &english
}

var english = words{
	contents: "Contents", cover: "Cover", start: "Start of the text", by: "by", license: "Licence", number: "Release", published: "Published",
	pages: "Pages", interactive: "Interactive content, online:", picture: "Picture, not included here:", source: "Source", online: "Online",
	search: "Search", found: "found", nothing: "Nothing found. Try fewer or other words.", noScript: "The search needs JavaScript; the contents do not.",
	previous: "Previous", next: "Next",
	summary:  "The text can be read in the order of the contents, with headings on every level and links to all references.",
	pictures: "Pictures have descriptions.", formulas: "Formulas are MathML.", printed: "Page numbers are those of this edition only.",
}

var spanish = words{
	contents: "Índice", cover: "Cubierta", start: "Comienzo del texto", by: "por", license: "Licencia", number: "Edición", published: "Publicado",
	pages: "Páginas", interactive: "Contenido interactivo, en línea:", picture: "Imagen, no incluida aquí:", source: "Fuente", online: "En línea",
	search: "Buscar", found: "encontrados", nothing: "No se ha encontrado nada. Pruebe con menos palabras o con otras.", noScript: "La búsqueda necesita JavaScript; el índice, no.",
	previous: "Anterior", next: "Siguiente",
	summary:  "El texto puede leerse en el orden del índice, con títulos en todos los niveles y enlaces a todas las referencias.",
	pictures: "Las imágenes tienen descripciones.", formulas: "Las fórmulas son MathML.", printed: "Los números de página son solo de esta edición.",
}

var polish = words{
	contents: "Spis treści", cover: "Okładka", start: "Początek tekstu", by: "autor:", license: "Licencja", number: "Wydanie", published: "Opublikowano",
	pages: "Strony", interactive: "Treść interaktywna, w sieci:", picture: "Ilustracja, niezawarta tutaj:", source: "Źródło", online: "W sieci",
	search: "Szukaj", found: "znaleziono", nothing: "Nic nie znaleziono. Spróbuj mniejszej liczby słów lub innych.", noScript: "Wyszukiwanie wymaga JavaScriptu; spis treści nie.",
	previous: "Poprzednia", next: "Następna",
	summary:  "Tekst można czytać w kolejności spisu treści, z nagłówkami na każdym poziomie i odsyłaczami do wszystkich odniesień.",
	pictures: "Ilustracje mają opisy.", formulas: "Wzory są w MathML.", printed: "Numery stron dotyczą tylko tego wydania.",
}
