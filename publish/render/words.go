package render

import "strings"

// words are what a renderer writes by itself, in one language.
type words struct {
	labels map[string]forms  // by element: what a thing with a number is called
	notes  map[string]string // by class of a note: its title

	abstract     string
	glossary     string
	footnotes    string
	backToText   string
	solution     string
	hint         string
	commentary   string
	seeAlso      string
	unreadable   string // in place of a page whose source cannot be read
	notIncluded  string // an exercise that is kept elsewhere; followed by its name
	interactive  string // text of a link to interactive content
	frame        string // name of interactive content that has none
	noInteract   string // interactive content that cannot be linked to
	missingMedia string // a picture that is not there; followed by its description
}

// forms are a word's grammatical cases by the names that cmlnle:case uses;
// the empty name is the nominative.
type forms map[string]string

func (f forms) in(grammaticalCase string) string {
	if w, ok := f[grammaticalCase]; ok {
		return w
	}
	return f[""]
}

func plain(word string) forms { return forms{"": word} }

// wordsOf finds the words for a language by its primary subtag (BCP 47);
// English for languages without a table.
func wordsOf(language string) *words {
	primary, _, _ := strings.Cut(strings.ToLower(language), "-")
	switch primary {
	case "es":
		return spanish()
	case "pl":
		return polish()
	}
	return english()
}

func english() *words {
	return &words{
		labels: map[string]forms{
			"chapter": plain("Chapter"), "appendix": plain("Appendix"), "figure": plain("Figure"),
			"table": plain("Table"), "example": plain("Example"), "equation": plain("Equation"),
			"exercise": plain("Exercise"), "solution": plain("Solution"), "rule": plain("Rule"),
			"proof": plain("Proof"), "footnote": plain("Footnote"), "listing": plain("Listing"),
		},
		notes: map[string]string{
			"note": "Note", "tip": "Tip", "important": "Important", "warning": "Warning", "caution": "Caution",
			"be-prepared": "Be Prepared", "boundless-physics": "Boundless Physics",
			"calculator": "Using a Calculator", "career-connection": "Career Connection",
			"chapter-objectives": "Chapter Objectives", "check-understanding": "Check Your Understanding",
			"checkpoint": "Checkpoint", "collab": "Collaborative Exercise", "fun-in-physics": "Fun in Physics",
			"how-to": "How To", "lab": "Lab", "learning-objectives": "Learning Objectives",
			"link-to-learning": "Link to Learning", "links-to-physics": "Links to Physics",
			"media": "Media", "misconception": "Misconception Alert", "problem-solving": "Problem-Solving Strategy",
			"project": "Project", "qa": "Q&A", "snap-lab": "Snap Lab",
			"teacher-demonstration": "Teacher Demonstration", "theorem": "Theorem",
			"tips-for-success": "Tips for Success", "try": "Try It", "virtual-physics": "Virtual Physics",
			"watch-physics": "Watch Physics", "work-in-physics": "Work in Physics",
			"worked-example": "Worked Example", "your-turn": "Your Turn",
		},
		abstract:     "Learning Objectives",
		glossary:     "Key Terms",
		footnotes:    "Footnotes",
		backToText:   "Back to the text",
		solution:     "Solution",
		hint:         "Hint",
		commentary:   "Commentary",
		seeAlso:      "See also",
		unreadable:   "The source of this page could not be read, so there is nothing to show. The page comes back when its file is mended.",
		notIncluded:  "This exercise is kept outside the book’s sources and is not included here:",
		interactive:  "Open the interactive content",
		frame:        "Interactive content",
		noInteract:   "Interactive content is not included here:",
		missingMedia: "A file is missing here:",
	}
}

func spanish() *words {
	return &words{
		labels: map[string]forms{
			"chapter": plain("Capítulo"), "appendix": plain("Apéndice"), "figure": plain("Figura"),
			"table": plain("Tabla"), "example": plain("Ejemplo"), "equation": plain("Ecuación"),
			"exercise": plain("Ejercicio"), "solution": plain("Solución"), "rule": plain("Regla"),
			"proof": plain("Demostración"), "footnote": plain("Nota"), "listing": plain("Listado"),
		},
		notes: map[string]string{
			"note": "Nota", "tip": "Consejo", "important": "Importante", "warning": "Advertencia", "caution": "Precaución",
			"be-prepared": "Prepárese", "calculator": "Uso de la calculadora",
			"chapter-objectives": "Objetivos del capítulo", "check-understanding": "Compruebe lo aprendido",
			"checkpoint": "Punto de control", "collab": "Ejercicio colaborativo", "how-to": "Cómo hacerlo",
			"lab": "Laboratorio", "learning-objectives": "Objetivos de aprendizaje",
			"link-to-learning": "Enlace al aprendizaje", "media": "Multimedia",
			"problem-solving": "Estrategia de resolución de problemas", "project": "Proyecto",
			"theorem": "Teorema", "try": "Inténtelo", "worked-example": "Ejemplo resuelto", "your-turn": "Su turno",
		},
		abstract:     "Objetivos de aprendizaje",
		glossary:     "Términos clave",
		footnotes:    "Notas a pie de página",
		backToText:   "Volver al texto",
		solution:     "Solución",
		hint:         "Pista",
		commentary:   "Comentario",
		seeAlso:      "Véase también",
		unreadable:   "No se pudo leer la fuente de esta página, así que no hay nada que mostrar. La página volverá cuando se corrija su archivo.",
		notIncluded:  "Este ejercicio se guarda fuera de las fuentes del libro y no se incluye aquí:",
		interactive:  "Abrir el contenido interactivo",
		frame:        "Contenido interactivo",
		noInteract:   "El contenido interactivo no se incluye aquí:",
		missingMedia: "Falta un archivo aquí:",
	}
}

// declined is a Polish noun: nominative (and vocative), genitive, dative,
// accusative, instrumental, locative.
func declined(nominative, genitive, dative, accusative, instrumental, locative string) forms {
	return forms{
		"": nominative, "genitive": genitive, "dative": dative, "accusative": accusative,
		"instrumental": instrumental, "locative": locative,
	}
}

func polish() *words {
	return &words{
		labels: map[string]forms{
			"chapter":  declined("Rozdział", "Rozdziału", "Rozdziałowi", "Rozdział", "Rozdziałem", "Rozdziale"),
			"appendix": declined("Dodatek", "Dodatku", "Dodatkowi", "Dodatek", "Dodatkiem", "Dodatku"),
			"figure":   declined("Ilustracja", "Ilustracji", "Ilustracji", "Ilustrację", "Ilustracją", "Ilustracji"),
			"table":    declined("Tabela", "Tabeli", "Tabeli", "Tabelę", "Tabelą", "Tabeli"),
			"example":  declined("Przykład", "Przykładu", "Przykładowi", "Przykład", "Przykładem", "Przykładzie"),
			"equation": declined("Równanie", "Równania", "Równaniu", "Równanie", "Równaniem", "Równaniu"),
			"exercise": declined("Zadanie", "Zadania", "Zadaniu", "Zadanie", "Zadaniem", "Zadaniu"),
			"solution": declined("Rozwiązanie", "Rozwiązania", "Rozwiązaniu", "Rozwiązanie", "Rozwiązaniem", "Rozwiązaniu"),
			"rule":     declined("Reguła", "Reguły", "Regule", "Regułę", "Regułą", "Regule"),
			"proof":    declined("Dowód", "Dowodu", "Dowodowi", "Dowód", "Dowodem", "Dowodzie"),
			"footnote": declined("Przypis", "Przypisu", "Przypisowi", "Przypis", "Przypisem", "Przypisie"),
			"listing":  declined("Listing", "Listingu", "Listingowi", "Listing", "Listingiem", "Listingu"),
		},
		notes: map[string]string{
			"chapter-objectives": "Cele rozdziału", "check-understanding": "Sprawdź, czy rozumiesz",
			"checkpoint": "Punkt kontrolny", "lab": "Laboratorium", "learning-objectives": "Cele dydaktyczne",
			"problem-solving": "Strategia rozwiązywania zadań", "project": "Projekt", "theorem": "Twierdzenie",
			"note": "Uwaga", "tip": "Wskazówka", "important": "Ważne", "warning": "Ostrzeżenie", "caution": "Przestroga",
			"try": "Spróbuj", "worked-example": "Przykład z rozwiązaniem", "your-turn": "Twoja kolej",
		},
		abstract:     "Cele dydaktyczne",
		glossary:     "Kluczowe pojęcia",
		footnotes:    "Przypisy",
		backToText:   "Wróć do tekstu",
		solution:     "Rozwiązanie",
		hint:         "Wskazówka",
		commentary:   "Komentarz",
		seeAlso:      "Zobacz też",
		unreadable:   "Nie udało się odczytać źródła tej strony, więc nie ma czego pokazać. Strona wróci po poprawieniu pliku.",
		notIncluded:  "To zadanie jest przechowywane poza źródłami książki i nie zostało tu dołączone:",
		interactive:  "Otwórz treść interaktywną",
		frame:        "Treść interaktywna",
		noInteract:   "Treść interaktywna nie została tu dołączona:",
		missingMedia: "Brakuje tu pliku:",
	}
}
