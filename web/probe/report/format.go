package report

import "io"

// Formats has the writers of a report by the name of the format.
var Formats = map[string]func(*Report, io.Writer) error{
	"text":  (*Report).WriteText,
	"json":  (*Report).WriteJSON,
	"junit": (*Report).WriteJUnit,
	"svg":   (*Report).WriteSVG,
}
