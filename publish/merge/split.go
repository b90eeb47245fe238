package merge

import (
	"bytes"
	"maps"
	"slices"
	"unicode"
	"unicode/utf8"
)

// inGroups merges files between which a side has moved text, such as a module that it
// divided in two: what the other side changed in the text is changed where it is now.
// It returns the paths that it has merged.
func (m *treeMerger) inGroups() map[string]bool {
	done := map[string]bool{}
	for _, names := range m.related() {
		g := m.groupOf(names)
		if g == nil {
			continue
		}
		results, ok := g.write()
		if !ok {
			m.leave(g, names, done)
			continue
		}
		for i, name := range names {
			done[name] = true
			if results[i].Text == nil {
				m.set(name, nil)
				continue
			}
			m.put(name, &results[i])
		}
	}
	return done
}

// leave makes each file a conflict that has passages from another file in dispute. The
// others are merged one by one.
func (m *treeMerger) leave(g *group, names []string, done map[string]bool) {
	for i, name := range names {
		if f := g.members[i]; f.disputed() {
			done[name] = true
			m.set(name, m.texts[1][name])
			m.conflict(name, m.texts[0][name], m.texts[1][name], m.texts[2][name], "a passage that one side moved here was moved elsewhere or removed by the other side")
		}
	}
}

// runs are the marks of the runs of words in a file.
func runs(name string, data []byte) map[uint64]bool {
	marks := map[uint64]bool{}
	eachRunOf(name, data, func(mark uint64) { marks[mark] = true })
	return marks
}

// eachRunOf calls f for the runs of words in a file, as eachRun does.
func eachRunOf(name string, data []byte, f func(mark uint64)) {
	if data == nil || !isText(name, data) {
		return
	}
	var last [3 * longPassage]struct { // a ring of the last words
		hash   uint64
		weight int
	}
	at, sum, n := 0, 0, 0
	for s := string(data); s != ""; {
		size, weight := word(s)
		if r, _ := utf8.DecodeRuneInString(s); weight == 0 || unicode.IsSpace(r) {
			s = s[size:]
			continue
		}
		last[(at+n)%len(last)].hash, last[(at+n)%len(last)].weight = hashOf(s[:size]), weight
		n, sum, s = n+1, sum+weight, s[size:]
		if sum < longPassage*apart {
			continue
		}
		mark := runSalt
		for i := range n {
			mark = mix(mark, last[(at+i)%len(last)].hash)
		}
		f(mark)
		for sum >= longPassage*apart {
			sum -= last[at%len(last)].weight
			at, n = at+1, n-1
		}
	}
}

// related are groups of files between which a side has moved passages, sorted.
func (m *treeMerger) related() (groups [][]string) {
	root := map[string]string{}
	var find func(string) string
	find = func(name string) string {
		if root[name] == "" || root[name] == name {
			return name
		}
		return find(root[name])
	}
	relate := func(from, to string) {
		if a, b := find(from), find(to); a != b {
			root[max(a, b)] = min(a, b)
		}
		root[find(from)] = find(from)
	}
	m.exchanges(ours, relate)
	m.exchanges(theirs, relate)
	members := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(root)) {
		members[find(name)] = append(members[find(name)], name)
	}
	for _, first := range slices.Sorted(maps.Keys(members)) {
		if len(members[first]) > 1 {
			groups = append(groups, members[first])
		}
	}
	return groups
}

// exchanges calls f for files between which a side moved words. Those are looked for that
// are gone from files that the other side changed, too: others need no merge.
func (m *treeMerger) exchanges(which int, f func(from, to string)) {
	gone := map[uint64]string{}
	for _, name := range m.names() {
		data := m.texts[0][name]
		if data == nil || bytes.Equal(data, m.texts[1][name]) || bytes.Equal(data, m.texts[2][name]) || !m.divisible(name) {
			continue
		}
		stays := runs(name, m.texts[which+1][name])
		for k := range runs(name, data) {
			if other, twice := gone[k]; !stays[k] && twice && other != name {
				gone[k] = ""
			} else if !stays[k] {
				gone[k] = name
			}
		}
	}
	if len(gone) == 0 {
		return
	}
	for _, to := range m.names() {
		data := m.texts[which+1][to]
		if data == nil || bytes.Equal(data, m.texts[0][to]) || !m.divisible(to) {
			continue
		}
		from := map[uint64]string{}
		eachRunOf(to, data, func(k uint64) {
			if gone[k] != "" && gone[k] != to {
				from[k] = gone[k]
			}
		})
		if len(from) == 0 {
			continue
		}
		eachRunOf(to, m.texts[0][to], func(k uint64) { delete(from, k) })
		for _, name := range slices.Sorted(maps.Values(from)) {
			f(name, to)
		}
	}
}

// divisible reports whether text of the file may be moved to other files: it is a
// chapter or a module, and was not moved as a whole.
func (m *treeMerger) divisible(name string) bool {
	for which := range 2 {
		if m.moved[which][name] != "" || m.from[which][name] != "" {
			return false
		}
	}
	p := parserOf(name)
	return (p.form == asText || p.form == asXML) && (hasSuffix(name, ".md") || hasSuffix(name, ".cnxml"))
}

func hasSuffix(name, end string) bool {
	return len(name) > len(end) && name[len(name)-len(end):] == end
}

// groupOf reads the files of a group; nil if one of them cannot be merged as what it
// is.
func (m *treeMerger) groupOf(names []string) *group {
	g := &group{names: m.words}
	for _, name := range names {
		p := parserOf(name)
		f := member{name: name, parser: p}
		for i, into := range []**node{&f.v.b, &f.v.o, &f.v.t} {
			data, ok := m.texts[i][name]
			if !ok {
				continue
			}
			if !isText(name, data) {
				return nil
			}
			if *into = p.parse(string(data)); *into == nil {
				return nil
			}
		}
		if f.v.b == nil && f.v.o != nil && f.v.t != nil {
			return nil
		}
		g.members = append(g.members, f)
	}
	return g
}
