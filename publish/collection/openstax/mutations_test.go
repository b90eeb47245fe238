package openstax

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
)

var (
	ownLink    = regexp.MustCompile(`<link\b[^>]*?\btarget-id="([^"]+)"[^>]*>`)
	document   = regexp.MustCompile(`\bdocument="([^"]+)"`)
	imageSrc   = regexp.MustCompile(`<image\b[^>]*?\bsrc="(\.\./\.\./media/[^"]+)"`)
	endTag     = regexp.MustCompile(`</(para|section|note|exercise|problem)>`)
	uuidText   = regexp.MustCompile(`<md:uuid>([^<]+)</md:uuid>`)
	paraID     = regexp.MustCompile(`<para\b[^>]*?\bid="([^"]+)"`)
	contentsID = regexp.MustCompile(`<md:content-id>([^<]+)</md:content-id>`)
	entryLine  = regexp.MustCompile(`<(?:col:)?module\b[^>]*?\bdocument="([^"]+)"`)
	chapter    = regexp.MustCompile(`<(?:col:)?subcollection>\s*<md:title>([^<]+)</md:title>`)
)

// linked is a random link with a target-id, the module that has the id, and
// the element's attribute there.
func linked(m *mutation) (owner, id string, attribute []int) {
	for range 50 {
		from, at := m.pick(ownLink)
		if at == nil {
			return "", "", nil
		}
		owner, id = from, m.text[from][at[2]:at[3]]
		if d := document.FindStringSubmatch(m.text[from][at[0]:at[1]]); d != nil {
			owner = path.Join(path.Dir(path.Dir(from)), d[1], "index.cnxml")
		}
		if all := m.find(owner, regexp.MustCompile(` id="`+quoted(id)+`"`)); len(all) == 1 {
			return owner, id, all[0]
		}
	}
	return "", "", nil
}

// expectBroken expects every link to the id.
func expectBroken(m *mutation, owner, id string) {
	for _, name := range m.modules {
		for _, at := range m.find(name, ownLink) {
			tag := m.text[name][at[0]:at[1]]
			d := document.FindStringSubmatch(tag)
			leads := d == nil && name == owner || d != nil && d[1] == m.moduleID(owner)
			if leads && m.text[name][at[2]:at[3]] == id {
				m.expect(name, m.line(name, at[2]), "link-target-missing")
			}
		}
	}
}

func deleteID(m *mutation) {
	owner, id, at := linked(m)
	if at == nil {
		return
	}
	m.describe("%s: without the id %s", owner, id)
	m.replace(owner, at[0], at[1], "")
	expectBroken(m, owner, id)
	// Notes that some elements should have an id follow from it.
	m.allow("id-missing")
}

func changeID(m *mutation) {
	owner, id, at := linked(m)
	if at == nil {
		return
	}
	m.describe("%s: the id %s has a letter more", owner, id)
	m.replace(owner, at[0], at[1], ` id="`+id+`x"`)
	expectBroken(m, owner, id)
}

// image is a random file that a module shows, and the places that show it.
func image(m *mutation) (file string, places func(expect func(name string, at []int))) {
	from, at := m.pick(imageSrc)
	if at == nil {
		return "", nil
	}
	src := m.text[from][at[2]:at[3]]
	file = path.Join(path.Dir(from), src)
	if _, err := fs.Stat(m.fsys, file); err != nil {
		return "", nil
	}
	return file, func(expect func(string, []int)) {
		for _, name := range m.modules {
			for _, at := range m.find(name, imageSrc) {
				if m.text[name][at[2]:at[3]] == src {
					expect(name, at)
				}
			}
		}
	}
}

func renameImage(m *mutation) {
	file, places := image(m)
	if places == nil {
		return
	}
	to := file + ".old"
	m.describe("%s is now %s", file, to)
	data, err := fs.ReadFile(m.fsys, file)
	if err != nil {
		return
	}
	m.tree.put(file, nil)
	m.tree.put(to, data)
	places(func(name string, at []int) { m.expect(name, m.line(name, at[2]), "resource-missing") })
	m.allow("media-unused")
}

func emptyImage(m *mutation) {
	file, places := image(m)
	if places == nil {
		return
	}
	m.describe("%s is empty", file)
	m.tree.put(file, []byte{})
	m.expect(file, 0, "image-broken")
}

func changeCase(m *mutation) {
	from, at := m.pick(imageSrc)
	if at == nil {
		return
	}
	src := m.text[from][at[2]:at[3]]
	upper := path.Dir(src) + "/" + strings.ToUpper(path.Base(src))
	if upper == src {
		return
	}
	m.describe("%s: %s is written %s", from, src, upper)
	m.replace(from, at[2], at[3], upper)
	m.expect(from, m.line(from, at[2]), "resource-missing")
	m.allow("media-unused")
}

func breakTag(m *mutation) {
	name, at := m.pick(endTag)
	if at == nil {
		return
	}
	m.describe("%s: %s at offset %d", name, m.text[name][at[0]:at[1]], at[0])
	m.replace(name, at[2], at[3], "xyz")
	m.expect(name, m.line(name, at[0]), "xml-malformed")
}

func cutOff(m *mutation) {
	name, at := m.pick(endTag)
	if at == nil {
		return
	}
	m.describe("%s: cut off at %d", name, at[1])
	m.replace(name, at[1], len(m.text[name]), "")
	m.expect(name, openedAt(m.text[name][:at[1]]), "xml-malformed")
}

var anyTag = regexp.MustCompile(`<(/?)([a-zA-Z][\w:.-]*)(?:[^<>"']|"[^"]*"|'[^']*')*?(/?)>`)

// openedAt is the line of the innermost element that a text leaves open.
func openedAt(text string) int {
	var open []int
	for _, at := range anyTag.FindAllStringSubmatchIndex(uncommented(text), -1) {
		switch {
		case at[2] < at[3]:
			open = open[:len(open)-1]
		case at[6] == at[7]:
			open = append(open, at[0])
		}
	}
	return lineOf(text, open[len(open)-1])
}

func duplicateUUID(m *mutation) {
	one, at := m.pick(uuidText)
	other, from := m.pick(uuidText)
	if at == nil || from == nil || one == other {
		return
	}
	m.describe("%s has the uuid of %s", one, other)
	m.replace(one, at[2], at[3], m.text[other][from[2]:from[3]])
	if one > other {
		m.expect(one, m.line(one, at[2]), "duplicate-uuid")
	} else {
		m.expect(other, m.line(other, from[2]), "duplicate-uuid")
	}
}

func malformUUID(m *mutation) {
	name, at := m.pick(uuidText)
	if at == nil {
		return
	}
	m.describe("%s: a uuid without its last digit", name)
	m.replace(name, at[3]-1, at[3], "")
	m.expect(name, m.line(name, at[2]), "uuid-malformed")
}

func duplicateID(m *mutation) {
	name, at := m.pick(paraID)
	if at == nil {
		return
	}
	all := m.find(name, paraID)
	other := all[m.random.IntN(len(all))]
	text := m.text[name]
	id, old := text[other[2]:other[3]], text[at[2]:at[3]]
	if id == old || strings.Contains(text, `target-id="`+old+`"`) {
		return
	}
	for _, elsewhere := range m.modules {
		if strings.Contains(m.text[elsewhere], `target-id="`+old+`"`) {
			return
		}
	}
	m.describe("%s: %s is called %s", name, old, id)
	m.replace(name, at[2], at[3], id)
	m.expect(name, max(m.line(name, at[2]), m.line(name, other[2])), "duplicate-id")
}

var documentLink = regexp.MustCompile(`<link\b[^>]*?\bdocument="([^"]+)"[^>]*>`)

func linkToNothing(m *mutation) {
	name, at := m.pick(documentLink)
	if at == nil {
		return
	}
	m.describe("%s: a link to nothing at %d", name, at[0])
	m.replace(name, at[2], at[3], m.text[name][at[2]:at[3]]+"0")
	m.expect(name, m.line(name, at[2]), "link-page-missing")
}

// collection is the path of a random collection.
func (m *mutation) collection() string {
	books := m.find(containerPath, hrefAttribute)
	href := books[m.random.IntN(len(books))]
	return path.Join("META-INF", m.text[containerPath][href[2]:href[3]])
}

// entryOf is a random line of a random collection's contents.
func entryOf(m *mutation) (name string, at []int, all [][]int) {
	name = m.collection()
	all = m.find(name, entryLine)
	return name, all[m.random.IntN(len(all))], all
}

func misspellModule(m *mutation) {
	name, at, _ := entryOf(m)
	m.describe("%s: %s is misspelt", name, m.text[name][at[2]:at[3]])
	m.replace(name, at[3], at[3], "x")
	m.expect(name, m.line(name, at[2]), "module-missing")
	m.allow("module-shared")
}

func moduleTwice(m *mutation) {
	name, at, all := entryOf(m)
	other := all[m.random.IntN(len(all))]
	if other[0] == at[0] {
		return
	}
	m.describe("%s: %s stands twice", name, m.text[name][other[2]:other[3]])
	m.replace(name, at[2], at[3], m.text[name][other[2]:other[3]])
	m.expect(name, max(m.line(name, at[2]), m.line(name, other[2])), "duplicate-page")
	m.allow("module-unused", "link-page-unpublished", "media-unused", "module-shared")
}

func removeModule(m *mutation) {
	name := m.modules[m.random.IntN(len(m.modules))]
	m.describe("%s is gone", name)
	m.tree.put(name, nil)
	id := m.moduleID(name)
	for file := range m.text {
		if strings.HasSuffix(file, ".collection.xml") {
			for _, at := range m.find(file, entryLine) {
				if m.text[file][at[2]:at[3]] == id {
					m.expect(file, m.line(file, at[2]), "module-missing")
				}
			}
		}
	}
	for _, from := range m.modules {
		if from == name {
			continue
		}
		for _, at := range m.find(from, documentLink) {
			if m.text[from][at[2]:at[3]] == id {
				m.expect(from, m.line(from, at[2]), "link-page-missing")
			}
		}
	}
	m.allow("media-unused")
}

func titleTwice(m *mutation) {
	name, _, _ := entryOf(m)
	all := m.find(name, chapter)
	one, other := all[m.random.IntN(len(all))], all[m.random.IntN(len(all))]
	title := m.text[name][other[2]:other[3]]
	if one[0] == other[0] {
		return
	}
	m.describe("%s: the title %q stands twice", name, title)
	m.replace(name, one[2], one[3], title)
	m.expect(name, max(m.line(name, one[2]), m.line(name, other[2])), "duplicate-title")
}

var (
	slugAttribute = regexp.MustCompile(`\bslug="([^"]+)"`)
	hrefAttribute = regexp.MustCompile(`\bhref="([^"]+)"`)
	slugElement   = regexp.MustCompile(`<md:slug>([^<]+)<`)
)

func badSlug(m *mutation) {
	all := m.find(containerPath, slugAttribute)
	at := all[m.random.IntN(len(all))]
	m.describe("the slug has a slash")
	m.replace(containerPath, at[2], at[3], "a/b")
	line := m.line(containerPath, at[2])
	m.expect(containerPath, line, "slug-malformed")
	m.expect(containerPath, line, "slug-mismatch")
}

func badCollectionSlug(m *mutation) {
	name := m.collection()
	at := m.find(name, slugElement)[0]
	slug := m.text[name][at[2]:at[3]]
	m.describe("the slug in %s has a blank", name)
	m.replace(name, at[2], at[3], "Not a slug")
	m.expect(name, m.line(name, at[0]), "slug-malformed")
	listed := m.find(containerPath, regexp.MustCompile(`slug="`+quoted(slug)+`"`))[0]
	m.expect(containerPath, m.line(containerPath, listed[0]), "slug-mismatch")
}

func otherSlug(m *mutation) {
	all := m.find(containerPath, slugAttribute)
	if len(all) < 2 {
		return
	}
	m.describe("two books have one slug")
	m.replace(containerPath, all[1][2], all[1][3], m.text[containerPath][all[0][2]:all[0][3]])
	line := m.line(containerPath, all[1][2])
	m.expect(containerPath, line, "slug-mismatch")
	m.expect(containerPath, line, "duplicate-slug")
}

func otherContentID(m *mutation) {
	name, at := m.pick(contentsID)
	if at == nil {
		return
	}
	m.describe("%s: another content-id", name)
	m.replace(name, at[3], at[3], "0")
	m.expect(name, m.line(name, at[2]), "content-id-mismatch")
}

var licenseURL = regexp.MustCompile(`<md:license\b[^>]*?\burl="([^"]+)"`)

func badLicense(m *mutation) {
	name, _, _ := entryOf(m)
	at := m.find(name, licenseURL)[0]
	m.describe("%s: version 4.5 of a license", name)
	m.replace(name, at[2], at[3], strings.Replace(m.text[name][at[2]:at[3]], "4.0", "4.5", 1))
	m.expect(name, m.line(name, at[2]), "license-unknown")
}

func pathOutside(m *mutation) {
	name, at := m.pick(imageSrc)
	if at == nil {
		return
	}
	m.describe("%s: an image outside at %d", name, at[0])
	m.replace(name, at[2], at[2], "../")
	m.expect(name, m.line(name, at[2]), "path-outside")
	m.allow("media-unused")
}

func caseCollision(m *mutation) {
	file, places := image(m)
	if places == nil {
		return
	}
	twin := path.Dir(file) + "/" + strings.ToUpper(path.Base(file))
	if twin == file {
		return
	}
	m.describe("%s beside %s", twin, file)
	m.tree.put(twin, []byte("x"))
	m.expect(max(file, twin), 0, "case-collision")
	m.allow("media-unused")
}
