package render

import "strings"

// words are what a renderer writes by itself, in one language.
type words struct {
	labels map[string]forms  // by element: what a thing with a number is called
	notes  map[string]string // by class of a note: its title

	sections map[string]string // by class of sections that are collected: the title of their page

	answers      string // title of a chapter's answers
	bookGlossary string // title of the book's glossary
	bookIndex    string // title of the book's index
	about        string // title of the page about the book
	moved        string // heading above what a page has at the end of its chapter
	other        string // heading in an index above what begins with no letter

	authors, publisher, edition, license, derivedFrom, source, howToCite string // on the page about the book
	licenseText, forPrograms                                             string
	thisEdition                                                          string // link to the contents, where number and date are
	originalBy                                                           string // between a title and its authors

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
	forTeachers  string // what a link leads to that readers do not see, within a sentence
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

// wordsFor are the words of a language, with a repository's own titles of notes.
func wordsFor(language string, notes map[string]map[string]string) *words {
	w := wordsOf(language)
	for _, titles := range notes {
		for class := range titles {
			if title := titleFor(notes, language, class); title != "" {
				w.notes[class] = title
			}
		}
	}
	return w
}

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
			"learning-questions": "Concepts in Practice", "practice-program": "Programming Practice", "guided-slides": "Guided Slides",
			"example": "Example", "definition": "Definition", "proof": "Proof", "rule": "Rule", "lemma": "Lemma", "corollary": "Corollary",
			"ap-test-prep": "Test Prep", "are-you-ready": "Are You Ready?", "interactive": "Interactive", "everyday-life": "Everyday Life",
			"everyday-connection": "Everyday Connection", "evolution": "Evolution Connection", "visual-connection": "Visual Connection",
			"key-equation": "Key Equation", "key-takeaways": "Key Takeaways", "student-project": "Student Project",
			"chemistry-link": "Chemistry Link", "concept-check": "Concept Check", "take-home": "Take-Home Experiment",
			"real-world": "Real-World Applications", "case-study": "Case Study", "discussion": "Discussion", "self-check": "Self Check",
			"think-it-through": "Think It Through", "exploration": "Exploration", "manipulative": "Manipulative Mathematics",
			"people": "People in Focus", "who-knew": "Who Knew?", "tech-check": "Tech Check", "work-it-out": "Work It Out",
		},
		sections: map[string]string{
			"summary": "Summary", "key-terms": "Key Terms", "key-concepts": "Key Concepts", "key-equations": "Key Equations",
			"key-formulas": "Key Formulas", "formula-review": "Formula Review", "review-questions": "Review Questions",
			"concept": "Concept Items", "practice": "Practice", "bring-together-exercises": "Bringing It Together: Practice",
			"homework": "Homework", "bring-together-homework": "Bringing It Together: Homework", "questions": "Questions",
			"self-check-questions": "Self-Check Questions", "multiple-choice": "Multiple Choice",
			"short-answer": "Short Answer", "critical-thinking": "Critical Thinking",
			"personal-application": "Personal Application Questions", "problems": "Problems",
			"problems-exercises": "Problems & Exercises", "additional-problems": "Additional Problems",
			"challenge-problems": "Challenge Problems", "performance": "Performance Task",
			"extended-response": "Extended Response", "review-exercises": "Review Exercises", "practice-test": "Practice Test",
			"chapter-review": "Chapter Review", "test-prep": "Test Prep", "references": "References",
			"further-research": "Further Research", "suggested-reading": "Suggested Reading",
			"section-exercises": "Section Exercises", "free-response": "Homework", "learning-objectives": "Learning Objectives",
		},
		answers:      "Answer Key",
		bookGlossary: "Glossary",
		bookIndex:    "Index",
		about:        "About This Book",
		moved:        "At the End of the Chapter",
		other:        "Symbols and Numbers",
		authors:      "Authors",
		publisher:    "Publisher",
		edition:      "Edition",
		license:      "Licence",
		derivedFrom:  "Adapted From",
		source:       "Sources",
		howToCite:    "How to Cite",
		licenseText:  "Text of the Licence",
		forPrograms:  "For programs that keep references",
		thisEdition:  "The number, the date and the address of this edition are with its contents.",
		originalBy:   "by",
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
		forTeachers:  "a note for teachers",
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
			"misconception": "Alerta de error conceptual", "qa": "Preguntas y respuestas", "tips-for-success": "Consejos para el éxito",
			"teacher-demonstration": "Demostración del docente", "snap-lab": "Laboratorio rápido", "career-connection": "Conexión profesional",
			"watch-physics": "Ver física", "virtual-physics": "Física virtual", "links-to-physics": "Enlaces a la física",
			"fun-in-physics": "Diversión en la física", "work-in-physics": "Trabajar en la física", "boundless-physics": "Física sin límites",
			"learning-questions": "Conceptos en la práctica", "practice-program": "Práctica de programación", "guided-slides": "Diapositivas guiadas",
			"example": "Ejemplo", "definition": "Definición", "proof": "Demostración", "rule": "Regla", "lemma": "Lema", "corollary": "Corolario",
			"student-project": "Proyecto del estudiante", "case-study": "Caso práctico", "discussion": "Debate", "self-check": "Autoevaluación",
		},
		sections: map[string]string{
			"summary": "Resumen", "key-terms": "Términos clave", "key-concepts": "Conceptos clave",
			"key-equations": "Ecuaciones clave", "key-formulas": "Fórmulas clave", "formula-review": "Repaso de fórmulas",
			"review-questions": "Preguntas de repaso", "concept": "Preguntas conceptuales", "practice": "Práctica",
			"bring-together-exercises": "Resumen: práctica", "homework": "Tarea para la casa",
			"bring-together-homework": "Resumen: tarea para la casa", "questions": "Preguntas",
			"self-check-questions": "Preguntas de autoevaluación", "multiple-choice": "Opción múltiple",
			"short-answer": "Respuestas breves", "critical-thinking": "Pensamiento crítico",
			"personal-application": "Preguntas de aplicación personal", "problems": "Problemas",
			"problems-exercises": "Problemas y ejercicios", "additional-problems": "Problemas adicionales",
			"challenge-problems": "Problemas de desafío", "performance": "Tarea de desempeño",
			"extended-response": "Respuesta extensa", "review-exercises": "Ejercicios de repaso",
			"practice-test": "Examen de práctica", "chapter-review": "Repaso del capítulo",
			"test-prep": "Preparación para exámenes", "references": "Referencias", "further-research": "Otras investigaciones",
			"suggested-reading": "Lecturas recomendadas", "section-exercises": "Ejercicios de la sección",
			"free-response": "Tarea para la casa", "learning-objectives": "Objetivos de aprendizaje",
		},
		answers:      "Clave de respuestas",
		bookGlossary: "Glosario",
		bookIndex:    "Índice",
		about:        "Acerca de este libro",
		moved:        "Al final del capítulo",
		other:        "Símbolos y números",
		authors:      "Autores",
		publisher:    "Editorial",
		edition:      "Edición",
		license:      "Licencia",
		derivedFrom:  "Adaptado de",
		source:       "Fuentes",
		howToCite:    "Cómo citar",
		licenseText:  "Texto de la licencia",
		forPrograms:  "Para gestores de referencias",
		thisEdition:  "El número, la fecha y la dirección de esta edición están en su índice de contenidos.",
		originalBy:   "de",
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
		forTeachers:  "una nota para docentes",
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
			"be-prepared": "Przygotuj się", "calculator": "Kalkulator", "career-connection": "Kariera zawodowa",
			"collab": "Praca w grupach", "how-to": "Jak to zrobić", "link-to-learning": "Materiały pomocnicze", "media": "Multimedia",
			"misconception": "Częsty błąd", "qa": "Pytania i odpowiedzi", "tips-for-success": "Dobre rady", "snap-lab": "Szybkie doświadczenie",
			"teacher-demonstration": "Pokaz nauczyciela", "watch-physics": "Zobacz fizykę", "virtual-physics": "Wirtualna fizyka",
			"learning-questions": "Pojęcia w praktyce", "practice-program": "Ćwiczenia z programowania", "guided-slides": "Slajdy z przewodnikiem",
			"example": "Przykład", "definition": "Definicja", "proof": "Dowód", "rule": "Reguła", "lemma": "Lemat", "corollary": "Wniosek",
			"student-project": "Projekt dla studentów", "case-study": "Studium przypadku", "discussion": "Dyskusja", "self-check": "Sprawdź się",
		},
		sections: map[string]string{
			"summary": "Podsumowanie", "key-terms": "Kluczowe pojęcia", "key-concepts": "Najważniejsze pojęcia",
			"key-equations": "Najważniejsze wzory", "key-formulas": "Kluczowe wzory", "formula-review": "Przegląd wzorów",
			"review-questions": "Pytania sprawdzające", "concept": "Pytania", "practice": "Ćwiczenia",
			"bring-together-exercises": "Łączymy wiedzę: ćwiczenia", "homework": "Praca domowa",
			"bring-together-homework": "Łączymy wiedzę: praca domowa", "questions": "Pytania",
			"self-check-questions": "Pytania do samodzielnego sprawdzenia", "multiple-choice": "Test wielokrotnego wyboru",
			"short-answer": "Krótkie odpowiedzi", "critical-thinking": "Myślenie krytyczne",
			"personal-application": "Pytania do osobistych przemyśleń", "problems": "Zadania",
			"problems-exercises": "Zadania i ćwiczenia", "additional-problems": "Zadania dodatkowe",
			"challenge-problems": "Zadania trudniejsze", "performance": "Zadanie projektowe",
			"extended-response": "Dłuższe odpowiedzi", "review-exercises": "Zadania powtórkowe", "practice-test": "Test próbny",
			"chapter-review": "Powtórzenie rozdziału", "test-prep": "Przygotowanie do egzaminu", "references": "Bibliografia",
			"further-research": "Dalsze badania", "suggested-reading": "Polecana literatura",
			"section-exercises": "Ćwiczenia do podrozdziału", "free-response": "Praca domowa",
			"learning-objectives": "Cele dydaktyczne",
		},
		answers:      "Rozwiązania zadań",
		bookGlossary: "Słowniczek",
		bookIndex:    "Skorowidz",
		about:        "O tej książce",
		moved:        "Na końcu rozdziału",
		other:        "Symbole i liczby",
		authors:      "Autorzy",
		publisher:    "Wydawca",
		edition:      "Wydanie",
		license:      "Licencja",
		derivedFrom:  "Na podstawie",
		source:       "Źródła",
		howToCite:    "Jak cytować",
		licenseText:  "Tekst licencji",
		forPrograms:  "Dla programów bibliograficznych",
		thisEdition:  "Numer, data i adres tego wydania są przy spisie treści.",
		originalBy:   "–",
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
		forTeachers:  "uwagi dla nauczycieli",
		missingMedia: "Brakuje tu pliku:",
	}
}
