package cnxml

import "cmp"

// Limits bound what Parse takes from one file. A zero field means the default.
type Limits struct {
	Bytes      int // of the file; 8 MiB
	Depth      int // of nested elements; 256
	Attributes int // of one element, namespace declarations included; 256
	Elements   int // of the file; 500,000
	Faults     int // reported before the reading stops; 20
}

func (l Limits) orDefault() Limits {
	return Limits{
		Bytes:      cmp.Or(l.Bytes, 8<<20),
		Depth:      cmp.Or(l.Depth, 256),
		Attributes: cmp.Or(l.Attributes, 256),
		Elements:   cmp.Or(l.Elements, 500_000),
		Faults:     cmp.Or(l.Faults, 20),
	}
}
