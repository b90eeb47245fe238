package search_test

import (
	"strings"
	"testing"
)

// small books in many languages: queries, and what must be found in which order.
var languages = []struct {
	language string
	pages    []string
	queries  []struct{ query, want, excerpt string }
}{
	{"es", []string{
		"# El cálculo\n\nEl cálculo diferencial estudia las derivadas de las funciones.",
		"# Piedras\n\nUn calculo renal, escrito sin acento, no es lo mismo. Más calculo.",
		"# El año\n\nLa pingüina canta canciones en el año nuevo.",
	}, []struct{ query, want, excerpt string }{
		{"calculo", "p1 p2", "El [cálculo] diferencial"},
		{"CÁLCULO", "p1 p2", "El [cálculo] diferencial"},
		{"derivada", "p1", "las [derivadas] de las funciones"},
		{"canción", "p3", "canta [canciones]"},
		{"pinguina", "p3", "La [pingüina]"},
		{"ano", "p3", "el [año]"},
	}},
	{"pl", []string{
		"# Kolory\n\nŻółty ptak siedzi na gałęzi w Łodzi.",
		"# Komórka\n\nKażda komórka ma błonę. Liczba komórek rośnie.",
		"# Liczby\n\nDzielimy liczbami pierwszymi, a potem zielonym ołówkiem.",
	}, []struct{ query, want, excerpt string }{
		{"zolty", "p1", "[Żółty] ptak"},
		{"ŻÓŁTY", "p1", "[Żółty] ptak"},
		{"lodzi", "p1", "w [Łodzi]"},
		{"komórki", "p2", "[komórka] ma"},
		{"liczba", "p3 p2", "[liczbami] pierwszymi"},
		{"olow", "p3", "zielonym [ołówkiem]"},
		{"gałęź*", "p1", "na [gałęzi]"},
	}},
	{"de", []string{
		"# Straßen\n\nDie Größe der Häuser an der Straße.",
		"# Übungen\n\nEine Übung über Flüsse.",
	}, []struct{ query, want, excerpt string }{
		{"strasse", "p1", "der [Straße]"},
		{"STRASSE", "p1", "der [Straße]"},
		{"grosse", "p1", "Die [Größe]"},
		{"Haus", "p1", "der [Häuser]"},
		{"ubung", "p2", "Eine [Übung]"},
		{"Fluss", "p2", "über [Flüsse]"},
	}},
	{"ja", []string{
		"# 機械学習\n\n機械学習は人工知能の一分野です。水を飲む。",
		"# 学校\n\n東京都の学校で機械を使う。データベースも学ぶ。",
	}, []struct{ query, want, excerpt string }{
		{"機械学習", "p1", "[機械学習]は人工知能"},
		{"機械", "p1 p2", "[機械]学習は"},
		{"水", "p1", "[水]を飲む"},
		{"京都", "p2", "東[京都]の"},
		{"データ", "p2", "[データ]ベース"},
		{"ﾃﾞｰﾀ", "p2", "[データ]ベース"},
		{"学習 水", "p1", "機械[学習]は"},
		{"械習", "", ""},
	}},
	{"zh", []string{
		"# 统计学\n\n统计学是研究数据的科学，包括概率论。",
		"# Python语言\n\n用Python语言编程，学习数据结构。",
	}, []struct{ query, want, excerpt string }{
		{"数据", "p2 p1", "学习[数据]结构"},
		{"概率", "p1", "包括[概率]论"},
		{"python", "p2", "用[Python]语言"},
		{"Python语言", "p2", "用[Python语言]编程"},
		{"数据结构", "p2", "[数据结构]。"},
	}},
	{"ko", []string{
		"# 물리학\n\n학교에서 물리학을 배운다.",
	}, []struct{ query, want, excerpt string }{
		{"학교", "p1", "[학교]에서"},
		{"물리학", "p1", "[물리학]을"},
	}},
	{"th", []string{
		"# คณิตศาสตร์\n\nนักเรียนเรียนภาษาไทยและคณิตศาสตร์ทุกวัน",
	}, []struct{ query, want, excerpt string }{
		{"ภาษาไทย", "p1", "[ภาษาไทย]และ"},
	}},
	{"ar", []string{
		"# الطاقة\n\nالطَّاقَةُ لا تفنى ولا تستحدث. أحمد يدرس الفيزياء.",
		"# الحركة\n\nقوانين نيوتن في الحركة ١٢٣.",
	}, []struct{ query, want, excerpt string }{
		{"الطاقة", "p1", "[الطَّاقَةُ] لا"},
		{"احمد", "p1", "[أحمد] يدرس"},
		{"123", "p2", "الحركة [١٢٣]"},
	}},
	{"ru", []string{
		"# Ёлки\n\nЗелёная ёлка растёт в лесах.",
	}, []struct{ query, want, excerpt string }{
		{"елка", "p1", "[ёлка] растёт"},
		{"лес", "p1", "в [лесах]"},
	}},
	{"en", []string{
		"# Vectors\n\nA `std::vector<int>` grows. The `snake_case` and `camelCase` names. Written in C++ and C#.",
		"# Formulas\n\nThe area is x² and water is H₂O. Its mass is 3.14 kg, or 1,000 grams.",
		"# Running\n\nShe runs. Running is fun; runners ran naïvely to the café.",
		"# Run\n\nTo run is to move.",
	}, []struct{ query, want, excerpt string }{
		{"std::vector", "p1", "A [std::vector]<int>"},
		{"vector<int>", "p1", "std::[vector<int]>"},
		{"snake_case", "p1", "The [snake_case] and"},
		{"snake", "p1", "The [snake]_case"},
		{"c++", "p1", "in [C++] and"},
		{"C#", "p1", "and [C#]."},
		{"x²", "p2", "is [x²] and"},
		{"x2", "p2", "is [x²] and"},
		{"h2o", "p2", "is [H₂O]"},
		{"3.14", "p2", "is [3.14] kg"},
		{"1000", "p2", "or [1,000] grams"},
		{"run", "p4 p3", "To [run] is"},
		{"cafe naively", "p3", "ran [naïvely] to the [café]"},
		{"camel", "p1", "and [camelCase] names"},
		{`"runners ran"`, "p3", "[runners ran] naïvely"},
		{"run -naively", "p4", "To [run] is"},
	}},
}

func TestLanguages(t *testing.T) {
	s := newShelf(t)
	for _, l := range languages {
		s.publish(l.language, "", l.language, mdBook("Book "+l.language, l.language, l.pages...))
	}
	for _, l := range languages {
		in := s.latest(l.language)
		for _, q := range l.queries {
			r := s.find(q.query, in...)
			if got := slugs(r); got != q.want {
				t.Errorf("%s: %s: found %q, want %q", l.language, q.query, got, q.want)
				continue
			}
			if len(r.Hits) == 0 {
				continue
			}
			if got := shown(r.Hits[0].Excerpt); !strings.Contains(got, q.excerpt) {
				t.Errorf("%s: %s: the excerpt is %s, want %s", l.language, q.query, got, q.excerpt)
			}
		}
	}
}

// Spelling as it was asked for comes before the same without accents, and a title
// before headings, terms, and mere text.
func TestRanking(t *testing.T) {
	s := newShelf(t)
	filler := strings.Repeat("\n\nOther words fill the page, as they do in books.", 20)
	s.publish("r", "", "c1", mdBook("Order", "en",
		"# One\n\nNo such word here."+filler,
		"# Two\n\nA wombat is met in the text, a wombat."+filler,
		"# Three\n\n## The wombat\n\nUnder a heading."+filler,
		"# Wombat\n\nIn the title."+filler,
		"# Five\n\nA résumé, and once more a résumé."+filler,
		"# Six\n\nA resume, and once more a resume."+filler,
		"# Seven\n\nA resume that becomes a résumé."+filler,
		"# Eight\n\nThe small brown bear eats. A big house."+filler,
		"# Nine\n\nThe big brown house. A small bear."+filler,
	))
	in := s.latest("r")
	for query, want := range map[string]string{
		"wombat": "p4 p3 p2", "wombats": "p4 p3 p2", "résumé": "p5 p7 p6", "resume": "p6 p7 p5", "brown bear": "p8 p9", "big house": "p8 p9", "brown house": "p9 p8",
	} {
		if got := slugs(s.find(query, in...)); got != want {
			t.Errorf("%s: found %s, want %s", query, got, want)
		}
	}
}
