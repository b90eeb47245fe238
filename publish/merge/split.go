package merge

import (
	"maps"
	"slices"
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

// disputes calls f for files between which a side moved words that the other side
// removed, too.
func (m *treeMerger) disputes(f func(from, to string)) {
	gone := map[uint64]string{}
	for _, name := range m.names() {
		if _, ok := m.texts[0][name]; !ok || !m.divisible(name) {
			continue
		}
		o, t := runs(name, m.texts[1][name]), runs(name, m.texts[2][name])
		for k := range runs(name, m.texts[0][name]) {
			if !o[k] && !t[k] {
				gone[k] = name
			}
		}
	}
	if len(gone) == 0 {
		return
	}
	for _, name := range m.names() {
		if !m.divisible(name) {
			continue
		}
		old := runs(name, m.texts[0][name])
		for which := range 2 {
			for k := range runs(name, m.texts[which+1][name]) {
				if from := gone[k]; from != "" && from != name && !old[k] {
					f(from, name)
				}
			}
		}
	}
}

// runs are the marks of the runs of words in a file.
func runs(name string, data []byte) map[uint64]bool {
	marks := map[uint64]bool{}
	if data == nil || !isText(name, data) {
		return marks
	}
	tokens, _ := splitWords(string(data), false)
	tokens = slices.DeleteFunc(tokens, func(n *node) bool { return n.weight == 0 })
	eachRun(tokens, func(mark uint64, _, _ int) { marks[mark] = true })
	return marks
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
	m.disputes(relate)
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

// exchanges calls f for files of the base and of a side between which text was moved.
func (m *treeMerger) exchanges(which int, f func(from, to string)) {
	gone := map[uint64]string{}
	arrived := map[string][]uint64{}
	for _, name := range m.names() {
		if !m.divisible(name) {
			continue
		}
		old, new := passages(name, m.texts[0][name]), passages(name, m.texts[which+1][name])
		for k := range old {
			if !new[k] {
				if other, twice := gone[k]; twice && other != name {
					gone[k] = ""
					continue
				}
				gone[k] = name
			}
		}
		for k := range new {
			if !old[k] {
				arrived[name] = append(arrived[name], k)
			}
		}
	}
	for _, to := range slices.Sorted(maps.Keys(arrived)) {
		slices.Sort(arrived[to])
		for _, k := range arrived[to] {
			if from := gone[k]; from != "" {
				f(from, to)
			}
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

// passages are the marks of the long passages and of the named elements of a file.
func passages(name string, data []byte) map[uint64]bool {
	marks := map[uint64]bool{}
	if data == nil || !isText(name, data) {
		return marks
	}
	root := parserOf(name).parse(string(data))
	if root == nil {
		return marks
	}
	root.walk(func(n *node) bool {
		switch {
		case n.isToken() || n == root:
		case n.key != "" && n.size >= longPassage:
			marks[mix(hashOf(n.kind), hashOf(n.key))] = true
		case n.size >= longPassage && n.open == nil:
			marks[n.hash] = true
		}
		return !n.isToken()
	})
	return marks
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
