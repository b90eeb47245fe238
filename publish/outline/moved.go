package outline

// MovedIDs are the ids of sections, numbered targets and definitions of the
// module that other pages show, by those pages and in document order. The names
// are the module's.
func (p *Page) MovedIDs(n *Names) map[*Page][]string {
	if len(n.Moved) == 0 {
		return nil
	}
	worth := make(map[string]bool, len(p.scan.sections)+len(n.Targets))
	for _, s := range p.scan.sections {
		worth[s.id] = true
	}
	for _, t := range n.Targets {
		worth[t.ID] = true
	}
	for _, d := range p.Definitions() {
		worth[d.ID()] = true
	}
	ids := map[*Page][]string{}
	for _, place := range n.IDs {
		if a, ok := n.Moved[place.ID]; ok && worth[place.ID] {
			ids[a.Page] = append(ids[a.Page], place.ID)
		}
	}
	return ids
}
