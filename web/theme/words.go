package theme

import "strings"

// words are what templates say by themselves, in one language.
type words struct {
	Skip, Contents, Previous, Next, Search, Found            string
	Draft, DraftOf, DraftNote, License, By, AlsoAs           string
	Catalogue, NoBooks, NoRelease, Private, Latest           string
	Releases, AllReleases, OtherReleases, Drafts, Clone      string
	Branch, Problems, Book, Books, Number, Date, Commit      string
	Ref, Pushes, Who, Signature, What, Verdict, Newer, Older string
	Published, Updated, Language, Source, Withdrawn          string
	Blocked, Reason, NewerRelease, Files, Request            string
	Pages, NoHits, NoReleases, Here                          string
	Publication                                              string
	Push, NoPushes, ErrorsBefore, Before, NoProblems         string
	MoreProblems, Suggestion, Said                           string
	Changes, ChangedSince, NoChanges, SamePages, Media       string
	Added, Removed, MovedHere, NextChange, MarkedPlaces      string
	NewPage, LostPage, Retitled, OnlyNumbers, ChangedWords   string
	MovedBlocks, Images, TooLarge, Uncompared, Coarse        string
	NotIndexed, TooSlow                                      string
	HowToCite                                                string
	MirrorOf, LastPull, NextPull, AtOnce, WhenAsked          string
	PullNew, PullCurrent, PullUpdated, PullRefused           string
	PullFailed                                               string
}

// Pull says how a pull ended.
func (w words) Pull(state string) string {
	return map[string]string{"new": w.PullNew, "current": w.PullCurrent, "updated": w.PullUpdated, "refused": w.PullRefused, "failed": w.PullFailed}[state]
}

// wordsFor finds the words by the language's primary subtag; English for
// languages without a table.
func wordsFor(tag string) words {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	switch primary {
	case "es":
		return spanish
	case "pl":
		return polish
	}
	return english
}

var english = words{
	Skip: "Skip to the text", Contents: "Contents", Previous: "Previous", Next: "Next", Search: "Search", Found: "found",
	Draft: "Draft", DraftOf: "Draft of the branch", DraftNote: "It may change at any time.", License: "Licence", By: "by", AlsoAs: "Also as",
	Catalogue: "Books", NoBooks: "There are no books yet.", NoRelease: "not released yet", Private: "private", Latest: "latest",
	Releases: "Releases", AllReleases: "All releases", OtherReleases: "Other releases", Drafts: "Drafts", Clone: "Clone",
	Branch: "Branch", Problems: "Problems", Book: "Book", Books: "Books", Number: "Release", Date: "Date", Commit: "Commit",
	Ref: "From", Pushes: "Recent pushes", Who: "Who", Signature: "Signature", What: "What", Verdict: "Verdict", Newer: "Newer", Older: "Older",
	Published: "Published", Updated: "Updated", Language: "Language", Source: "Source", Withdrawn: "Withdrawn",
	Blocked: "Blocked for legal reasons", Reason: "Reason", NewerRelease: "There is a newer release.", Files: "Sources", Request: "Request",
	Pages: "More pages", NoHits: "Nothing found. Try fewer or other words.", NoReleases: "Nothing has been released yet.", Here: "Where this page is",
	Publication: "Publication",
	Push:        "Push", NoPushes: "Nothing has been pushed yet.", ErrorsBefore: "Errors that were there before and stop nothing", Before: "from before",
	NoProblems: "Nothing was found.", MoreProblems: "Problems that are not listed", Suggestion: "Suggestion", Said: "What the pusher was told",
	Changes: "Changes", ChangedSince: "What has changed since", NoChanges: "Nothing has changed.", SamePages: "Pages that have not changed", Media: "Images and other files",
	Added: "added", Removed: "removed", MovedHere: "moved", NextChange: "Next change", MarkedPlaces: "Marked places",
	NewPage: "new page", LostPage: "page removed", Retitled: "formerly", OnlyNumbers: "numbers only", ChangedWords: "words",
	MovedBlocks: "blocks moved", Images: "images", TooLarge: "too large to be compared",
	Uncompared: "not compared here, for too many pages have changed; the link compares it",
	Coarse:     "So much has changed here, or the page is so long, that not all of it could be compared word by word: some of what is marked may be in both.",
	NotIndexed: "This book is still being indexed. Try again in a moment.", TooSlow: "This search took too long. Try fewer or rarer words.",
	HowToCite: "How to Cite",
	MirrorOf:  "Mirror of", LastPull: "Last pull", NextPull: "Next pull", AtOnce: "at once", WhenAsked: "when it is asked for",
	PullNew: "none yet", PullCurrent: "nothing new", PullUpdated: "all that was new was taken", PullRefused: "some of it was refused", PullFailed: "failed",
}

var spanish = words{
	Skip: "Ir al texto", Contents: "Índice", Previous: "Anterior", Next: "Siguiente", Search: "Buscar", Found: "encontrados",
	Draft: "Borrador", DraftOf: "Borrador de la rama", DraftNote: "Puede cambiar en cualquier momento.", License: "Licencia", By: "por", AlsoAs: "También como",
	Catalogue: "Libros", NoBooks: "Todavía no hay libros.", NoRelease: "sin publicar todavía", Private: "privado", Latest: "última",
	Releases: "Ediciones", AllReleases: "Todas las ediciones", OtherReleases: "Otras ediciones", Drafts: "Borradores", Clone: "Clonar",
	Branch: "Rama", Problems: "Problemas", Book: "Libro", Books: "Libros", Number: "Edición", Date: "Fecha", Commit: "Commit",
	Ref: "Origen", Pushes: "Envíos recientes", Who: "Quién", Signature: "Firma", What: "Qué", Verdict: "Resultado", Newer: "Más recientes", Older: "Más antiguos",
	Published: "Publicado", Updated: "Actualizado", Language: "Idioma", Source: "Fuente", Withdrawn: "Retirada",
	Blocked: "Bloqueada por motivos legales", Reason: "Motivo", NewerRelease: "Hay una edición más reciente.", Files: "Fuentes", Request: "Solicitud",
	Pages: "Más páginas", NoHits: "No se ha encontrado nada. Pruebe con menos palabras o con otras.", NoReleases: "Todavía no se ha publicado nada.", Here: "Dónde está esta página",
	Publication: "Publicación",
	Push:        "Envío", NoPushes: "Todavía no se ha enviado nada.", ErrorsBefore: "Errores que ya estaban y no impiden nada", Before: "de antes",
	NoProblems: "No se ha encontrado nada.", MoreProblems: "Problemas que no se muestran", Suggestion: "Sugerencia", Said: "Lo que se dijo al autor",
	Changes: "Cambios", ChangedSince: "Qué ha cambiado desde", NoChanges: "No ha cambiado nada.", SamePages: "Páginas sin cambios", Media: "Imágenes y otros archivos",
	Added: "añadido", Removed: "eliminado", MovedHere: "trasladado", NextChange: "Cambio siguiente", MarkedPlaces: "Lugares marcados",
	NewPage: "página nueva", LostPage: "página eliminada", Retitled: "antes", OnlyNumbers: "solo números", ChangedWords: "palabras",
	MovedBlocks: "bloques trasladados", Images: "imágenes", TooLarge: "demasiado grande para compararla",
	Uncompared: "no comparada aquí, pues han cambiado demasiadas páginas; el enlace la compara",
	Coarse:     "Ha cambiado tanto, o la página es tan larga, que no todo se ha podido comparar palabra por palabra: parte de lo marcado puede estar en ambas.",
	NotIndexed: "Este libro todavía se está indexando. Vuelva a intentarlo en un momento.", TooSlow: "Esta búsqueda ha tardado demasiado. Pruebe con menos palabras o con otras menos frecuentes.",
	HowToCite: "Cómo citar",
	MirrorOf:  "Réplica de", LastPull: "Última actualización", NextPull: "Próxima actualización", AtOnce: "enseguida", WhenAsked: "cuando se pida",
	PullNew: "ninguna todavía", PullCurrent: "nada nuevo", PullUpdated: "se tomó todo lo nuevo", PullRefused: "una parte fue rechazada", PullFailed: "falló",
}

var polish = words{
	Skip: "Przejdź do tekstu", Contents: "Spis treści", Previous: "Poprzednia", Next: "Następna", Search: "Szukaj", Found: "znaleziono",
	Draft: "Wersja robocza", DraftOf: "Wersja robocza gałęzi", DraftNote: "Może się zmienić w każdej chwili.", License: "Licencja", By: "–", AlsoAs: "Także jako",
	Catalogue: "Książki", NoBooks: "Nie ma jeszcze książek.", NoRelease: "jeszcze nie wydano", Private: "prywatne", Latest: "najnowsze",
	Releases: "Wydania", AllReleases: "Wszystkie wydania", OtherReleases: "Inne wydania", Drafts: "Wersje robocze", Clone: "Klonowanie",
	Branch: "Gałąź", Problems: "Problemy", Book: "Książka", Books: "Książki", Number: "Wydanie", Date: "Data", Commit: "Commit",
	Ref: "Skąd", Pushes: "Ostatnie zmiany", Who: "Kto", Signature: "Podpis", What: "Co", Verdict: "Wynik", Newer: "Nowsze", Older: "Starsze",
	Published: "Wydano", Updated: "Zmieniono", Language: "Język", Source: "Źródło", Withdrawn: "Wycofane",
	Blocked: "Zablokowane z powodów prawnych", Reason: "Powód", NewerRelease: "Jest nowsze wydanie.", Files: "Źródła", Request: "Żądanie",
	Pages: "Więcej stron", NoHits: "Nic nie znaleziono. Spróbuj użyć mniej słów lub innych.", NoReleases: "Nic jeszcze nie wydano.", Here: "Gdzie jest ta strona",
	Publication: "Publikacja",
	Push:        "Zmiana", NoPushes: "Nic jeszcze nie przysłano.", ErrorsBefore: "Błędy, które były wcześniej i niczego nie wstrzymują", Before: "wcześniejszy",
	NoProblems: "Nic nie znaleziono.", MoreProblems: "Problemy, których tu nie ma", Suggestion: "Propozycja", Said: "Co powiedziano autorowi",
	Changes: "Zmiany", ChangedSince: "Co zmieniło się od", NoChanges: "Nic się nie zmieniło.", SamePages: "Strony bez zmian", Media: "Ilustracje i inne pliki",
	Added: "dodano", Removed: "usunięto", MovedHere: "przeniesiono", NextChange: "Następna zmiana", MarkedPlaces: "Zaznaczone miejsca",
	NewPage: "nowa strona", LostPage: "strona usunięta", Retitled: "dawniej", OnlyNumbers: "tylko numery", ChangedWords: "słowa",
	MovedBlocks: "przeniesione bloki", Images: "ilustracje", TooLarge: "za duża, by ją porównać",
	Uncompared: "nieporównana tutaj, bo zmieniło się zbyt wiele stron; porównuje ją odnośnik",
	Coarse:     "Zmieniło się tak wiele, albo strona jest tak długa, że nie wszystko dało się porównać słowo po słowie: część zaznaczonych miejsc może być w obu.",
	NotIndexed: "Ta książka jest jeszcze indeksowana. Spróbuj ponownie za chwilę.", TooSlow: "To wyszukiwanie trwało zbyt długo. Spróbuj użyć mniej słów lub rzadszych.",
	HowToCite: "Jak cytować",
	MirrorOf:  "Kopia", LastPull: "Ostatnie pobranie", NextPull: "Następne pobranie", AtOnce: "zaraz", WhenAsked: "na żądanie",
	PullNew: "jeszcze żadne", PullCurrent: "nic nowego", PullUpdated: "przyjęto wszystko, co nowe", PullRefused: "część odrzucono", PullFailed: "nie powiodło się",
}
